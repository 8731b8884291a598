"""The watermark of an import: up to which value of *Updated On* all rows were read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.import_columns import TIMES, ColumnKind
from shared.domain.import_mapping import UPDATED_ON_CHANGED
from shared.errors import CustomerFault, OurFault

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Watermark:
    """A value of *Updated On* as a whole number: microseconds or days since 1970, or itself."""

    kind: ColumnKind
    value: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"kind": self.kind.value, "value": self.value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Watermark":
        """Reads what `to_dict` wrote."""
        try:
            return cls(ColumnKind(stored["kind"]), int(stored["value"]))
        except (KeyError, TypeError, ValueError) as error:
            raise OurFault("A stored watermark cannot be read.", reason="bad-watermark") from error

    @property
    def shown(self) -> str:
        """For people."""
        if self.kind is ColumnKind.INTEGER:
            return str(self.value)
        if self.kind is ColumnKind.DATE:
            return (date(1970, 1, 1) + timedelta(days=self.value)).isoformat()
        return (_EPOCH + self.value * _MICRO).isoformat(" ")


def ordinal_of(kind: ColumnKind, at: datetime) -> int:
    """The moment as a number of this kind of column."""
    since = at - _EPOCH
    return since.days if kind is ColumnKind.DATE else since // _MICRO


def next_watermark(
    before: Watermark | None, kind: ColumnKind, highest: int | None, read_at: datetime
) -> Watermark | None:
    """The watermark after a run that read all rows from `before` on, ties included.

    It never goes back, and never beyond the moment of reading: a row that bears a time to come
    must not hide those that are changed until then, so it is read again until its time is past.
    """
    if highest is None:
        return before
    if kind in TIMES:
        highest = min(highest, ordinal_of(kind, read_at))
    if before is not None:
        highest = max(highest, before.value)
    return Watermark(kind, highest)


def check_kind(before: Watermark | None, kind: ColumnKind) -> None:
    """Raise CustomerFault when the column's values cannot be compared with the watermark."""
    if before is not None and before.kind is not kind:
        raise CustomerFault(
            f"*Updated On* held {before.kind} and now holds {kind}, so nobody can tell what "
            "changed since the last run; give the column its old type, or create the import again.",
            reason=UPDATED_ON_CHANGED,
        )
