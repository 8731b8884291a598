"""The fixed parts of a row that CSV, XML and Parquet share: names, orders, sources of values."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping

import pyarrow as pa

from shared.formats import properties

# The profile part of an event: the name in the file and the column of the batch.
EVENT_PROFILE = {
    "identity": "identity",
    "objectId": "object_id",
    "all_identities": "all_identities",
    "platform": "platform",
    "phone": "phone",
    "name": "name",
    "email": "email",
    "push_token": "push_token",
}
DEVICE = ("make", "model", "appVersion", "sdkVersion", "osVersion", "browser", "dpi")
DIMENSIONS = ("width", "height", "unit")
PREFERENCES = ("MSG-webpush", "MSG-push", "MSG-email", "MSG-sms", "MSG-whatsapp")
# Profile properties that come from columns of their own, and those columns.
FROM_COLUMNS = {"Email": "email", "Phone": "phone", "Name": "name"}
# Profile properties that stand before the custom ones, in this order.
STANDARD = ("Gender", "DOB", "Photo")

_MEETS_FIXED = re.compile(
    r"(?:props\.)*(?:identity|all_identities|objectId|device|subscriptionGroups|deleted|MSG-.*"
    rf"|{'|'.join(FROM_COLUMNS)})"
)
_MEETS_COLUMN = re.compile(rf"(?:props\.)*(?:{'|'.join(FROM_COLUMNS)})")


def profile_order(name: str) -> tuple[int, str]:
    """Sorts profile properties: the standard ones in their order, then the custom ones."""
    return (STANDARD.index(name), "") if name in STANDARD else (len(STANDARD), name)


def profile_key(name: str) -> str:
    """A property's name where all of a profile lies side by side: props.<name> if it would meet.

    So is one that looks like such a one, so that no two of them meet.
    """
    return f"props.{name}" if _MEETS_FIXED.fullmatch(name) else name


def profile_entry(name: str) -> str:
    """The same where only Email, Phone and Name stand beside the properties."""
    return f"props.{name}" if _MEETS_COLUMN.fullmatch(name) else name


def column_names(
    names: Iterable[str],
    renamed: Callable[[str], str] = str,
    fold: Callable[[str], str] = str,
    taken: Iterable[str] = (),
) -> Mapping[str, str]:
    """The column of each property, in the order of `names`.

    Of columns that are equal after `fold` the later in sort order gets `~` and 8 hexadecimal
    digits of the SHA-256 of its property, or more if that is taken too.
    """
    columns: dict[str, str] = {}
    used = {fold(column) for column in taken}
    for name in sorted(names):
        column = plain = renamed(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        digits = 8
        while fold(column) in used:
            column, digits = f"{plain}~{digest[:digits]}", digits + 1
        used.add(fold(column))
        columns[name] = column
    return {name: columns[name] for name in names}


def device_texts(column: pa.StringArray) -> tuple[pa.StringArray, pa.Int32Array]:
    """DEVICE, then DIMENSIONS, of each different device, and which of those each row has.

    Devices repeat, so each is read once. A row without a device has one without properties.
    """
    pointers = [properties.pointer(name) for name in DEVICE]
    pointers += ["/dimensions" + properties.pointer(name) for name in DIMENSIONS]
    return _texts_once(column, pointers)


def preference_texts(column: pa.StringArray) -> tuple[pa.StringArray, pa.Int32Array]:
    """PREFERENCES of each different object, and which of those each row has."""
    return _texts_once(column, [properties.pointer(name) for name in PREFERENCES])


def _texts_once(
    column: pa.StringArray, pointers: list[str]
) -> tuple[pa.StringArray, pa.Int32Array]:
    known = column.fill_null("{}").dictionary_encode()
    return properties.texts_at(known.dictionary, pointers), known.indices
