"""Which exports a list shows, and how far back counts go: the queries of exports."""

from pydantic import Field

from functions.api.rest.models import ID_MAX, AccountPath, Day, Input, PageQuery
from shared.domain.choices import DataType, ExportStatus, Format, Frequency
from shared.domain.filters import TEXT_CHARS_MAX, ExportFilter, Partner
from shared.jobs.runs_view import DAYS_MAX


class ExportPath(AccountPath):
    """The address of an export."""

    export_id: int = Field(
        ge=1,
        le=ID_MAX,
        description="The export's request id.",
        json_schema_extra={"example": 1795348800},
    )


class CountsQuery(Input):
    """How far back to count."""

    days: int = Field(
        default=30,
        ge=1,
        le=DAYS_MAX,
        description="Days back from today, in the export's zone.",
        json_schema_extra={"example": 30},
    )


class ExportsQuery(PageQuery):
    """Which exports; what is left out does not matter."""

    partner: Partner | None = Field(default=None, description="*Partner*.")
    data_type: list[DataType] = Field(default=[], max_length=3, description="*Type*; repeat it.")
    format: list[Format] = Field(default=[], max_length=4, description="*Format*; repeat it.")
    status: list[ExportStatus] = Field(default=[], max_length=4, description="*Status*; repeat it.")
    frequency: list[Frequency] = Field(
        default=[], max_length=3, description="*Frequency*; repeat it."
    )
    exported_from: Day | None = Field(
        default=None, description="*Exported on*: had a run on this local date or later."
    )
    exported_to: Day | None = Field(
        default=None, description="*Exported on*: had a run on this local date or earlier."
    )
    bucket: str | None = Field(
        default=None, min_length=1, max_length=1_024, description="The bucket's exact address."
    )
    text: str = Field(
        default="",
        max_length=TEXT_CHARS_MAX,
        description="The beginning of a request id, or a part of the export's name, or of its "
        "bucket's nickname or address.",
    )

    def wanted(self) -> ExportFilter:
        """The filter as the rules know it."""
        return ExportFilter(
            partner=self.partner,
            data_types=tuple(self.data_type),
            formats=tuple(self.format),
            statuses=tuple(self.status),
            frequencies=tuple(self.frequency),
            exported_from=self.exported_from,
            exported_to=self.exported_to,
            bucket=self.bucket,
            text=self.text,
        )
