"""What checking the rows of an import found."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row that is not taken."""

    row: int  # from 1, in the order in which the run read them
    reason: str
    values: str  # JSON, long values cut off


@dataclass(slots=True)
class Checked:
    """What was found in the rows so far."""

    rows: int = 0
    rejected: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    # The highest number of *Updated On*.
    highest: int | None = None
