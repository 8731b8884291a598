"""Exports: the list with its filters, newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask.typing import ResponseReturnValue

from functions.api.pages.charts import Bars, spark_words, sparkline
from functions.api.pages.lists import asked_for, day_of, one_of, show_list
from functions.api.pages.states import State, frequency_words, of_export, of_health
from functions.api.pages.text import NONE, span, words
from functions.api.pages.visits import Visit, page
from shared.domain.choices import DataType, ExportStatus, Format, Frequency
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.domain.filters import ExportFilter, Partner
from shared.jobs.list_exports import ExportRow, list_exports

FIELDS = (
    "partner",
    "type",
    "format",
    "status",
    "frequency",
    "text",
    "exported_from",
    "exported_to",
)
LISTS: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("type", "Type", DataType),
    ("format", "Format", Format),
    ("status", "Status", ExportStatus),
    ("frequency", "Frequency", Frequency),
)
LIVE = (ExportStatus.PENDING, ExportStatus.RUNNING)
# The tick that begins a run comes once a minute.
SOON = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: int
    # What people call it; empty when it has no name.
    name: str
    status: State
    # What is wrong with it, if anything is.
    health: State | None
    data_type: str
    format: str
    frequency: str
    every: str
    bucket: str
    bucket_url: str
    last_at: datetime | None
    next_at: datetime | None
    freshness: str
    bars: list[Bars]
    bars_words: str
    open: bool
    editable: bool
    # Whether its line will say something else within a moment.
    moving: bool


@page("/exports", "exports.list")
def exports(visit: Visit) -> ResponseReturnValue:
    """The list; with htmx the list alone."""
    asked = asked_for(FIELDS, chars_max=200)
    found = list_exports(
        visit.services,
        visit.account_id,
        _filter(asked.chosen),
        page_size=asked.items,
        page_token=asked.page_token,
    )
    rows = [row_of(each, visit.now) for each in found.items]
    return show_list(
        "exports",
        asked,
        found.next_page_token,
        rows=rows,
        moving=any(row.moving for row in rows),
        filters=[(name, title, _options(kind)) for name, title, kind in LISTS],
    )


def is_moving(row: ExportRow, now: datetime) -> bool:
    """Whether a run is under way, or about to be."""
    export = row.export
    if export.status is not ExportStatus.PENDING:
        return export.status is ExportStatus.RUNNING
    due = row.next_due_at
    return due is None or due <= now + SOON


def row_of(row: ExportRow, now: datetime) -> Row:
    """What a line shows of an export."""
    export = row.export
    spec = export.spec
    outcomes = [(run.status, run.rows_written) for run in row.outcomes]
    last = row.last_run
    live = export.status in LIVE
    kind, _, every = frequency_words(spec).partition(", ")
    return Row(
        id=export.export_id,
        name=export.name or "",
        status=of_export(export.status),
        health=of_health(row.health),
        data_type=words(spec.data_type),
        format=words(spec.format),
        frequency=kind,
        every=every,
        bucket=row.bucket_nickname or short_name(spec.bucket),
        bucket_url=spec.bucket,
        last_at=None if last is None else last.started_at or last.due_at,
        next_at=row.next_due_at,
        freshness=NONE if row.freshness is None else span(row.freshness),
        bars=sparkline(outcomes),
        bars_words=spark_words(outcomes),
        open=live,
        editable=live and spec.frequency is not Frequency.ONE_TIME,
        moving=is_moving(row, now),
    )


def short_name(bucket: str) -> str:
    """The end of a folder's path, which says more than where it begins."""
    if bucket.startswith(BUCKET_SCHEME):
        return bucket
    return "/".join(bucket.rstrip("/").split("/")[-2:])


def _filter(chosen: dict[str, str]) -> ExportFilter:
    return ExportFilter(
        partner=next(iter(one_of(Partner, chosen["partner"])), None),
        data_types=one_of(DataType, chosen["type"]),
        formats=one_of(Format, chosen["format"]),
        statuses=one_of(ExportStatus, chosen["status"]),
        frequencies=one_of(Frequency, chosen["frequency"]),
        exported_from=day_of(chosen["exported_from"]),
        exported_to=day_of(chosen["exported_to"]),
        text=chosen["text"],
    )


def _options(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(each.value, words(each)) for each in kind]
