"""Exports as the API answers with them; names of fields as in the command line's --json."""

from datetime import date, datetime, timedelta

from pydantic import Field

from functions.api.rest.models import Output, Page
from functions.api.rest.run_answers import ProgressOut, RunOut, WindowOut, run_out
from shared import reasons
from shared.domain.choices import Compression, DataType, ExportStatus, Format, Frequency, Identifier
from shared.domain.health import Health, HealthState
from shared.domain.runs import RunStatus
from shared.domain.specs import ExportSpec
from shared.jobs.list_exports import ExportRow, ExportView
from shared.state.exports import Export


class SpecOut(Output):
    """What is delivered, where to, how often and in which shape."""

    bucket: str = Field(examples=["gs://partner-feed"])
    data_type: DataType
    frequency: Frequency
    format: Format
    compression: Compression
    events: list[str] = Field(description="Selected events; empty for other data types.")
    as_string: bool
    identity_priority: list[Identifier] = Field(description="Frozen until the export is edited.")
    time_zone: str = Field(description="Of the account when the export was made.")
    every_minutes: int | None = Field(description="Length of a window; null for one time.")
    start_on: date
    end_on: date | None
    first_line: bool
    formula_guard: bool
    prefix: str
    send_to: list[str] = Field(description="Who gets notices beside the creator.")
    continue_from: datetime | None = Field(
        description="Where the first window begins when it goes on from another export."
    )


class ExportOut(SpecOut):
    """An export."""

    request_id: int = Field(
        description="The export's id: it stands in the name of every file.", examples=[1795348800]
    )
    name: str | None = Field(description="What people call it; null when it has no name.")
    status: ExportStatus = Field(
        description="PENDING awaits its next run, RUNNING runs, DONE and STOPPED have ended."
    )
    created_at: datetime
    created_by: str | None = Field(description="Who made it; null when that was not kept.")
    next_due_at: datetime | None = Field(description="When the next window can run.")
    stopped_at: datetime | None


class OutcomeOut(Output):
    """How one run ended, or stands."""

    run_id: int
    stamp: int
    status: RunStatus
    rows_written: int


class HealthOut(Output):
    """How an export is, beside its status."""

    state: HealthState = Field(description="fine, late, or failing.")
    since: datetime | None = Field(description="Since when; null where all is fine.")
    reason: str = Field(description="A code of the catalogue; empty unless it is failing.")
    title: str = Field(description="What that means.")


class ExportRowOut(ExportOut):
    """An export as the list shows it."""

    bucket_nickname: str | None = Field(description="Null for a bucket that is not saved.")
    last_run: RunOut | None
    delivered_until: datetime | None = Field(
        description="Up to when everything was delivered, without a gap."
    )
    freshness_s: int | None = Field(description="How old that moment is, in seconds.")
    health: HealthOut | None = Field(description="Null once the export has ended.")
    outcomes: list[OutcomeOut] = Field(description="The last 20 runs, newest first.")


class ExportPage(Page[ExportRowOut]):
    """One page of the list of exports."""


class ExportViewOut(ExportRowOut):
    """An export and how to find what it delivers."""

    prefixes: list[str] = Field(
        description="What the names of its data, manifests and rejects begin with, in this order."
    )
    listing_command: str = Field(description="One command line that lists all its files.")
    running: RunOut | None = Field(description="The run under way.")
    progress: ProgressOut | None = Field(description="How far that run is.")
    windows: list[WindowOut] = Field(description="The windows that run next.")


class CountOut(Output):
    """What was delivered of one event and one of its days."""

    event_name: str | None = Field(description="Null for profiles.")
    event_date: date | None = Field(description="The local date of the events, or of the window.")
    rows: int
    bytes: int
    files: int


class CountsOut(Output):
    """Counts by event and day."""

    items: list[CountOut] = Field(description="The newest date first.")


def export_out(export: Export) -> ExportOut:
    """An export that was just made or changed."""
    return ExportOut(
        **spec_out(export.spec).model_dump(),
        request_id=export.export_id,
        name=export.name,
        status=export.status,
        created_at=export.created_at,
        created_by=export.created_by,
        next_due_at=export.next_due_at,
        stopped_at=export.stopped_at,
    )


def row_out(row: ExportRow) -> ExportRowOut:
    """An export in the list."""
    return ExportRowOut(
        **export_out(row.export).model_dump(),
        bucket_nickname=row.bucket_nickname,
        last_run=None if row.last_run is None else run_out(row.last_run),
        delivered_until=row.delivered_until,
        freshness_s=None if row.freshness is None else row.freshness // timedelta(seconds=1),
        health=None if row.health is None else health_out(row.health),
        outcomes=[
            OutcomeOut(
                run_id=run.run_id,
                stamp=run.stamp,
                status=run.status,
                rows_written=run.rows_written,
            )
            for run in row.outcomes
        ],
    )


def health_out(health: Health) -> HealthOut:
    """How an export is, with what its reason means."""
    title = reasons.of(health.reason).title if health.reason else ""
    return HealthOut(state=health.state, since=health.since, reason=health.reason, title=title)


def view_out(view: ExportView) -> ExportViewOut:
    """An export with all that its page shows."""
    return ExportViewOut(
        **row_out(view.row).model_dump(),
        prefixes=list(view.prefixes),
        listing_command=view.listing_command,
        running=None if view.running is None else run_out(view.running),
        progress=None if view.progress is None else ProgressOut.of(view.progress),
        windows=[WindowOut.of(window) for window in view.windows],
    )


def spec_out(spec: ExportSpec) -> SpecOut:
    """A specification as it is answered."""
    return SpecOut(
        bucket=spec.bucket,
        data_type=spec.data_type,
        frequency=spec.frequency,
        format=spec.format,
        compression=spec.compression,
        events=list(spec.events),
        as_string=spec.as_string,
        identity_priority=list(spec.identity_priority),
        time_zone=spec.time_zone,
        every_minutes=None if spec.every is None else spec.every // timedelta(minutes=1),
        start_on=spec.start_on,
        end_on=spec.end_on,
        first_line=spec.first_line,
        formula_guard=spec.formula_guard,
        prefix=spec.prefix,
        send_to=list(spec.send_to),
        continue_from=spec.continue_from,
    )
