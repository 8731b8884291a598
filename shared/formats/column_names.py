"""Names the columns of properties so that no two meet, with each other or with a fixed column."""

import hashlib
from collections.abc import Callable, Iterable

# Properties of profiles that stand before the custom ones, in this order.
STANDARD = ("Gender", "DOB", "Photo")
# The profile properties that come from columns of the warehouse, and those columns.
FROM_COLUMNS = {"Email": "email", "Phone": "phone", "Name": "name"}


def column_names(
    properties: Iterable[str],
    is_fixed: Callable[[str], bool] = lambda _: False,
    fold: Callable[[str], str] = str,
) -> dict[str, str]:
    """The column of each property, sorted by property.

    A property that would meet a fixed column is called `props.<name>`. Of those that are equal
    after `fold` the later in sort order gets `~` and hexadecimal digits of its SHA-256.
    """
    columns: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(properties):
        wanted = f"props.{name}" if is_fixed(name) else name
        column, digits = wanted, 8
        while fold(column) in taken:
            column = f"{wanted}~{hashlib.sha256(name.encode()).hexdigest()[:digits]}"
            digits += 8
        taken.add(fold(column))
        columns[name] = column
    return columns


def profile_order(name: str) -> tuple[int, str]:
    """Sorts profile properties: the standard ones in their order, then the custom ones."""
    return (STANDARD.index(name), "") if name in STANDARD else (len(STANDARD), name)
