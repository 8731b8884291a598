"""What comes out of looking into a customer's dataset: a preview, a dry run."""

from pydantic import Field

from functions.api.rest.models import Output
from shared.domain.import_columns import ColumnKind
from shared.jobs.look_at_source import DryRun, SourcePreview


class ColumnOut(Output):
    """One column of a source."""

    name: str
    kind: ColumnKind
    shown: str = Field(description="Its type in the warehouse's own word.")


class SourcePreviewOut(Output):
    """First rows of a source."""

    columns: list[ColumnOut] = Field(description="All of them; rows hold the first hundred.")
    rows: list[list[str | None]] = Field(description="Values as texts, long ones cut off.")
    bytes_scanned: int | None = Field(description="What reading all of it would be billed for.")


class FieldResultOut(Output):
    """What became of one field in a dry run."""

    field: str
    column: str = Field(description="Empty where the value is the same for all rows.")
    rows_rejected: int
    reason: str = Field(description="Empty when no row was rejected for this field.")
    example: str | None


class RejectedOut(Output):
    """One row that would not be taken."""

    row: int
    reason: str
    values: str = Field(description="The row as JSON, long values cut off.")


class DryRunOut(Output):
    """What an import would do with a sample; nothing was stored."""

    rows: int
    rows_rejected: int
    fields: list[FieldResultOut]
    rejected: list[RejectedOut]


def preview_out(found: SourcePreview) -> SourcePreviewOut:
    """A preview as it is shown."""
    return SourcePreviewOut(
        columns=[ColumnOut.model_validate(column) for column in found.columns],
        rows=[list(row) for row in found.rows],
        bytes_scanned=found.bytes,
    )


def dry_run_out(found: DryRun) -> DryRunOut:
    """A dry run as it is shown."""
    return DryRunOut(
        rows=found.rows,
        rows_rejected=found.rows_rejected,
        fields=[FieldResultOut.model_validate(each) for each in found.fields],
        rejected=[RejectedOut.model_validate(each) for each in found.rejected],
    )
