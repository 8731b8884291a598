"""Lays events or profiles out as XML: a root with one element a line."""

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.column_names import FROM_COLUMNS, profile_order
from shared.formats.files import Layout
from shared.formats.stamps import stamps
from shared.formats.text import join, wrapped, xml_escaped
from shared.formats.xml_entries import TagsOf, element_tags, entry_tags, escaped, once_each
from shared.formats.xml_properties import Properties

# The element and the column of the batch, in the order of the file.
_EVENT_PROFILE = {
    "identity": "identity",
    "objectId": "object_id",
    "all_identities": "all_identities",
    "platform": "platform",
    "phone": "phone",
    "name": "name",
    "email": "email",
    "push_token": "push_token",
}


class XmlText:
    """The XML files of one event, or of profiles when `event_name` is None."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._event = escaped(event_name or "")
        self._props = (
            Properties(_profile_label, profile_order) if layout.profiles else Properties()
        )
        self._session = Properties()

    def head(self) -> bytes:
        """The declaration and the root's start, each a line."""
        return b'<?xml version="1.0" encoding="UTF-8"?>\n<root>\n'

    def rows(self, batch: pa.RecordBatch) -> pa.StringArray:
        """One element a row and line."""
        return self._profiles(batch) if self._layout.profiles else self._events(batch)

    def foot(self) -> bytes:
        """The root's end."""
        return b"</root>\n"

    def _events(self, batch: pa.RecordBatch) -> pa.StringArray:
        before = join(
            "<Event><ts>",
            stamps(batch["ts"], self._layout.time_zone),
            f"</ts><eventName>{self._event}</eventName><profile>",
            *(_element(tag, batch[column]) for tag, column in _EVENT_PROFILE.items()),
            "</profile>",
            _object("deviceInfo", batch["device"], element_tags),
            _element("controlGroupName", batch["control_group"]),
        )
        end = pa.repeat("</Event>\n", batch.num_rows)
        none = pa.repeat("", batch.num_rows)
        tags = "<sessionProps>", "</sessionProps>"
        after = self._session.rows(none, batch["session_props"], tags, end)
        tags = "<eventProps>", "</eventProps>"
        return self._props.rows(before, batch["event_props"], tags, after)

    def _profiles(self, batch: pa.RecordBatch) -> pa.StringArray:
        identities = _element("entry", batch["all_identities"])
        before = join(
            "<Profile>",
            _element("identity", batch["identity"]),
            wrapped("<profileIdentities>", identities, "</profileIdentities>"),
            _element("objectId", batch["object_id"]),
            _object("device", batch["device"], element_tags),
            _object("commPrefs", batch["comm_prefs"], element_tags),
            _object("subscriptionGroups", batch["subscription_groups"], entry_tags),
            "<profileProps>",
            *(_entry(name, batch[column]) for name, column in FROM_COLUMNS.items()),
        )
        deleted = pa.repeat("", batch.num_rows)
        if not self._layout.full_base:
            deleted = pc.if_else(batch["deleted"], "<deleted>true</deleted>", "")
        after = join("</profileProps>", deleted, "</Profile>\n")
        return self._props.rows(before, batch["props"], ("", ""), after)


def _profile_label(name: str) -> str:
    """A property that would meet the entry of a column is called props.<name>."""
    return f"props.{name}" if name in FROM_COLUMNS else name


def _element(tag: str, column: pa.Array) -> pa.StringArray:
    """<tag>value</tag>, one for each value of a list; null where the row is null."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    if not pa.types.is_list(column.type):
        return wrapped(f"<{tag}>", xml_escaped(column), f"</{tag}>")
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    lists = pa.ListArray.from_arrays(ends, _element(tag, column.flatten()))
    return pc.if_else(column.is_valid(), pc.binary_join(lists, ""), pa.scalar(None, pa.string()))


def _entry(name: str, column: pa.StringArray) -> pa.StringArray:
    start, end, _ = entry_tags(name)
    return wrapped(start, xml_escaped(column), end)


def _object(tag: str, column: pa.StringArray, tags: TagsOf) -> pa.StringArray:
    """<tag> with every property of the object within; null where the row is null."""
    inner = once_each(column, tags, nested=tags is element_tags)
    return wrapped(f"<{tag}>", inner, f"</{tag}>")
