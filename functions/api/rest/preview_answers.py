"""What an export would deliver, as the API answers with it."""

from collections.abc import Sequence

from pydantic import Field

from functions.api.rest.export_answers import SpecOut, spec_out
from functions.api.rest.models import Output
from functions.api.rest.run_answers import WindowOut
from shared.jobs.preview import Preview


class ShownOut(Output):
    """The first rows of one file: text, or a table where files are Parquet."""

    event_name: str | None = Field(
        description="Whose file it is; null for profiles, and where there are no rows."
    )
    text: str
    columns: list[str]
    rows: list[list[str]]
    rejected: list[str] = Field(description="Rows that would be rejected, with the reasons.")


class PreviewOut(Output):
    """What an export would deliver; counts are null where counting would have taken too long."""

    spec: SpecOut = Field(description="The choices with all defaults filled in.")
    sampled: WindowOut = Field(
        description="The span that was looked into: the first window, or the newest of its length "
        "while that is to come."
    )
    shown: ShownOut
    rows: int | None = Field(description="Of one run over that span.")
    bytes: int | None = Field(description="Before compression, and about right.")
    files: int | None
    file_names: list[str] = Field(
        description="The first ones, with the ids that it would get at this moment."
    )
    bytes_scanned: int = Field(description="What one run reads in a warehouse that bills for it.")
    cost_usd: float = Field(description="An estimate of what that costs.")
    windows: list[WindowOut] = Field(description="The first three windows that would run.")
    notes: list[str] = Field(description="What to mind, such as dates that were cut.")
    warnings: list[str] = Field(description="Other exports that deliver some of the same data.")


def preview_out(found: Preview, notes: Sequence[str] = ()) -> PreviewOut:
    """The preview as it is answered."""
    return PreviewOut(
        spec=spec_out(found.spec),
        sampled=WindowOut.of(found.sampled),
        shown=ShownOut(
            event_name=found.shown.event_name,
            text=found.shown.text,
            columns=list(found.shown.columns),
            rows=[list(row) for row in found.shown.rows],
            rejected=list(found.shown.rejected),
        ),
        rows=found.rows,
        bytes=found.bytes,
        files=found.files,
        file_names=list(found.file_names),
        bytes_scanned=found.bytes_scanned,
        cost_usd=found.cost_usd,
        windows=[WindowOut.of(window) for window in found.windows],
        notes=list(notes),
        warnings=list(found.warnings),
    )
