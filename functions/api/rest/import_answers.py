"""What comes out of the operations on imports."""

from datetime import datetime

from pydantic import Field

from functions.api.rest.models import Output, Page
from shared.domain.import_columns import ColumnKind, FieldType
from shared.domain.import_mapping import Kind, Mapping
from shared.domain.import_schedules import When
from shared.domain.import_states import Colour, ImportRunStatus, ImportStatus
from shared.jobs.list_imports import ImportView
from shared.jobs.look_at_source import DryRun, SourcePreview
from shared.state.import_runs import ImportRun


class PropertyOut(Output):
    """One column that becomes a property."""

    column: str
    name: str
    type: FieldType


class MappingOut(Output):
    """Which column becomes what."""

    kind: Kind
    identity: str
    updated_on: str | None
    created_on: str | None
    event_name_column: str | None
    event_name: str | None
    extra: dict[str, str]
    properties: list[PropertyOut]


class ScheduleOut(Output):
    """When runs are due."""

    when: When
    time_zone: str
    every: int | None
    start_at: datetime | None
    days: list[int]
    times: list[str]


class ImportHealthOut(Output):
    """How the last run that ended went."""

    percent: float | None = Field(description="Rows that were taken; null before the first run.")
    colour: Colour = Field(description="100 is green, 50 to 99.99 yellow, below red.")
    words: str


class ImportOut(Output):
    """An import."""

    import_id: int
    nickname: str
    status: ImportStatus
    health: ImportHealthOut
    connection_id: int
    connection: str | None = Field(description="Its name; null when it was removed.")
    table: str | None
    sql: str | None
    mapping: MappingOut | None
    schedule: ScheduleOut
    next_run_at: datetime | None
    last_run_at: datetime | None
    watermark: str | None = Field(description="Up to which *Updated On* all rows are imported.")
    created_at: datetime
    created_by: str


class ImportPage(Page[ImportOut]):
    """One page of imports."""


class ImportRunOut(Output):
    """One run of an import."""

    import_run_id: int
    import_id: int
    status: ImportRunStatus
    due_at: datetime
    asked_by: str | None = Field(description="Who asked for it; null when it was its time.")
    started_at: datetime | None
    finished_at: datetime | None
    rows_read: int
    rows_rejected: int
    rows_new: int | None = Field(
        description="Rows that were not in the warehouse; null until they are published."
    )
    rejected_by_reason: dict[str, int] = Field(description="How many rows for each reason.")
    watermark_from: str | None = Field(description="Rows changed since; null reads all.")
    watermark_to: str | None
    bytes_scanned: int = Field(description="What the query was to read at the customer's.")
    error_reason: str | None
    error_message: str | None


class ImportRunPage(Page[ImportRunOut]):
    """One page of runs."""


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


def mapping_out(mapping: Mapping) -> MappingOut:
    """A mapping as it is shown."""
    properties = [PropertyOut.model_validate(each) for each in mapping.properties]
    return MappingOut(
        kind=mapping.kind,
        identity=mapping.identity,
        updated_on=mapping.updated_on,
        created_on=mapping.created_on,
        event_name_column=mapping.event_name_column,
        event_name=mapping.event_name,
        extra=dict(mapping.extra),
        properties=properties,
    )


def import_out(view: ImportView) -> ImportOut:
    """An import as it is shown."""
    found, spec = view.found, view.found.spec
    health = found.health
    return ImportOut(
        import_id=found.import_id,
        nickname=spec.nickname,
        status=view.status,
        health=ImportHealthOut(percent=health.percent, colour=health.colour, words=health.words),
        connection_id=spec.connection_id,
        connection=view.connection,
        table=spec.source.table,
        sql=spec.source.sql,
        mapping=None if spec.mapping is None else mapping_out(spec.mapping),
        schedule=ScheduleOut.model_validate(spec.schedule.to_dict()),
        next_run_at=found.next_run_at,
        last_run_at=found.last_run_at,
        watermark=None if found.watermark is None else found.watermark.shown,
        created_at=found.created_at,
        created_by=found.created_by,
    )


def import_run_out(run: ImportRun) -> ImportRunOut:
    """A run as it is shown."""
    return ImportRunOut(
        import_run_id=run.run_id,
        import_id=run.import_id,
        status=run.status,
        due_at=run.due_at,
        asked_by=run.asked_by,
        started_at=run.started_at,
        finished_at=run.finished_at,
        rows_read=run.rows_read,
        rows_rejected=run.rows_rejected,
        rows_new=run.rows_new,
        rejected_by_reason=run.rejected_by_reason,
        watermark_from=None if run.watermark_from is None else run.watermark_from.shown,
        watermark_to=None if run.watermark_to is None else run.watermark_to.shown,
        bytes_scanned=run.bytes_processed,
        error_reason=run.error_reason,
        error_message=run.error_message,
    )


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
