"""Why a row cannot stand in a file; reject files name these codes."""

from shared.reasons.entry import Reason, customer

_WHERE = "The reject file names the row; mend it where it comes from, and load it again."


def _no_object(code: str, what: str) -> Reason:
    return customer(
        code,
        f"The {what} of a row are no JSON object.",
        "The text is not one strict JSON object, or holds NaN or two equal names.",
        _WHERE,
    )


ENTRIES: tuple[Reason, ...] = (
    _no_object("device-not-an-object", "device's properties"),
    _no_object("session-properties-not-an-object", "session properties"),
    _no_object("properties-not-an-object", "properties"),
    _no_object("preferences-not-an-object", "preferences"),
    _no_object("subscription-groups-not-an-object", "subscription groups"),
    customer(
        "time-out-of-range",
        "The time of a row cannot be written.",
        "It is missing, or in the account's zone before the year 1 or after 9999.",
        _WHERE,
    ),
    customer(
        "property-type",
        "A property does not have the type of its column.",
        "A value of this row is of another type than the same property of all other rows.",
        _WHERE,
        "Or choose As string, which takes values of any type.",
    ),
    customer(
        "row-too-large",
        "A row does not fit into a file.",
        "It alone is larger than a file may become.",
        _WHERE,
    ),
)
