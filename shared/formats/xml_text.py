"""Lays events or profiles out as XML: a root with one element a line."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from shared.formats.files import Layout
from shared.formats.frame import EVENT_PROFILE, FROM_COLUMNS, profile_entry, profile_order
from shared.formats.pieces import Piece
from shared.formats.stamps import stamps
from shared.formats.text import clean, wrapped, xml_escaped
from shared.formats.xml_entries import TagsOf, element_tags, entry_tags, escaped, once_each
from shared.formats.xml_properties import Properties


class XmlText:
    """The XML files of one event, or of profiles when `event_name` is None."""

    def __init__(self, layout: Layout, event_name: str | None) -> None:
        self._layout = layout
        self._event = escaped(str(clean(pa.array([event_name or ""], pa.string()))[0]))
        self._props = Properties(profile_entry, _order) if layout.profiles else Properties()
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
        after: list[Piece] = ["</Event>\n"]
        if batch["session_props"].null_count < batch.num_rows:
            tags = "<sessionProps>", "</sessionProps>"
            after.insert(0, self._session.rows([], batch["session_props"], tags, []))
        before = list(self._event_pieces(batch))
        tags = "<eventProps>", "</eventProps>"
        return self._props.rows(before, batch["event_props"], tags, after)

    def _event_pieces(self, batch: pa.RecordBatch) -> Iterator[Piece]:
        yield "<Event><ts>"
        yield stamps(batch["ts"], self._layout.time_zone)
        yield f"</ts><eventName>{self._event}</eventName><profile>"
        for tag, column in EVENT_PROFILE.items():
            yield from _element(tag, batch[column])
        yield "</profile>"
        yield from _object("deviceInfo", batch["device"], element_tags)
        yield from _element("controlGroupName", batch["control_group"])

    def _profiles(self, batch: pa.RecordBatch) -> pa.StringArray:
        after: list[Piece] = ["</profileProps>", "</Profile>\n"]
        if not self._layout.full_base and pc.any(batch["deleted"]).as_py():
            after.insert(1, pc.if_else(batch["deleted"], "<deleted>true</deleted>", ""))
        before = list(self._profile_pieces(batch))
        return self._props.rows(before, batch["props"], ("", ""), after)

    def _profile_pieces(self, batch: pa.RecordBatch) -> Iterator[Piece]:
        yield "<Profile>"
        yield from _element("identity", batch["identity"])
        identities = _repeated("entry", batch["all_identities"])
        yield from _within("<profileIdentities>", identities, "</profileIdentities>")
        yield from _element("objectId", batch["object_id"])
        yield from _object("device", batch["device"], element_tags)
        yield from _object("commPrefs", batch["comm_prefs"], element_tags)
        yield from _object("subscriptionGroups", batch["subscription_groups"], entry_tags)
        yield "<profileProps>"
        for name, column in FROM_COLUMNS.items():
            start, end, _ = entry_tags(name)
            yield from _within(start, xml_escaped(batch[column]), end)


def _order(name: str) -> tuple[int, str]:
    return profile_order(profile_entry(name))


def _element(tag: str, column: pa.Array) -> list[Piece]:
    """<tag>value</tag>, one for each value of a list; nothing where the row is null."""
    if pa.types.is_list(column.type):
        return [_repeated(tag, column)]
    return _within(f"<{tag}>", xml_escaped(column), f"</{tag}>")


def _object(tag: str, column: pa.StringArray, tags: TagsOf) -> list[Piece]:
    """<tag> with every property of the object within; nothing where the row is null."""
    inner = once_each(column, tags, nested=tags is element_tags)
    return _within(f"<{tag}>", inner, f"</{tag}>")


def _within(start: str, column: pa.StringArray, end: str) -> list[Piece]:
    """The text between its tags; nothing where the row is null."""
    if column.null_count == len(column):
        return []
    return [wrapped(start, column, end)] if column.null_count else [start, column, end]


def _repeated(tag: str, column: pa.ListArray) -> pa.StringArray:
    """<tag>value</tag> for each value, end to end; null where the row is null."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    values = wrapped(f"<{tag}>", xml_escaped(column.flatten()), f"</{tag}>")
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    rows = pc.binary_join(pa.ListArray.from_arrays(ends, values), "")
    return pc.if_else(column.is_valid(), rows, pa.scalar(None, pa.string()))
