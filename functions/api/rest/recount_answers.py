"""Recounts of an export, and the difference of a replay, as the API answers with them."""

from datetime import date, datetime

from pydantic import Field

from functions.api.rest.models import Output
from shared.domain.comparisons import Level
from shared.domain.recounts import RecountOutcome
from shared.jobs.recounts_view import Comparing, Recounts, ReplayDifference


class RecountOut(Output):
    """One day of arrival, counted again after 24 hours."""

    day: date = Field(description="The local date on which its windows begin.")
    outcome: RecountOutcome | None = Field(description="Null until the day is recounted.")
    due_at: datetime | None = Field(description="When it is looked at next.")
    recounted_at: datetime | None
    windows: int | None
    rows_delivered: int | None = Field(description="Duplicates included, as in all its counts.")
    rows_counted: int | None
    rows_missed: int | None = Field(description="In no file; supplement runs deliver them.")
    error_reason: str | None


class RecountsOut(Output):
    """The recounts of an export."""

    completeness: float | None = Field(
        description="Delivered of what the recounts of 30 days found, from 0 to 1."
    )
    days: list[RecountOut] = Field(description="The newest 30, the newest first.")

    @classmethod
    def of(cls, found: Recounts) -> "RecountsOut":
        """The recounts as they are answered."""
        share = None if found.completeness is None else found.completeness.share
        days = [RecountOut.model_validate(_named(day, RecountOut)) for day in found.days]
        return cls(completeness=share, days=days)


class RowsOut(Output):
    """Rows before and after, and how they differ where that is known."""

    rows_before: int
    rows_after: int
    rows_added: int | None
    rows_missing: int | None
    rows_changed: int | None


class EventRowsOut(RowsOut):
    """Rows of one event."""

    event_name: str | None = Field(description="Null for profiles.")


class FileRowsOut(EventRowsOut):
    """Rows of one file, which both deliveries have under names of their own."""

    event_date: date | None
    file_index: int
    same_bytes: bool | None = Field(description="Null for Parquet, whose files name their run.")


class ComparisonOut(RowsOut):
    """What a replay delivered else than what had been delivered of its window before."""

    level: Level = Field(description="`files` where rows could not be compared any more.")
    why_files: str = Field(description="Why not: snapshot-gone, too-large, or a reason code.")
    replaces_stamp: int = Field(description="The delivery that it is compared with.")
    settings_changed: bool
    rows_gone: int = Field(description="Of the missing rows, those not in the warehouse any more.")
    files_same: int
    files_differ: int
    events: list[EventRowsOut] = Field(description="Events whose rows differ, at most 500.")
    events_left_out: int
    files: list[FileRowsOut] = Field(description="Files that differ, at most 500.")
    files_left_out: int


class ReplayDifferenceOut(Output):
    """Whether a run is compared, and what came of it."""

    state: Comparing
    comparison: ComparisonOut | None

    @classmethod
    def of(cls, found: ReplayDifference) -> "ReplayDifferenceOut":
        """The difference as it is answered."""
        result = found.result
        return cls(
            state=found.state,
            comparison=None if result is None else ComparisonOut.model_validate(result),
        )


def _named(source: object, model: type[Output]) -> dict[str, object]:
    return {name: getattr(source, name) for name in model.model_fields}
