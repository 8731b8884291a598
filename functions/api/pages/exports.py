"""Exports: the list with its filters, newest first, page by page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.charts import Bar, spark_words, sparkline
from functions.api.pages.frame import show
from functions.api.pages.page_sizes import items_chosen
from functions.api.pages.states import State, frequency_words, of_export, of_health
from functions.api.pages.text import NONE, span, words
from functions.api.pages.visits import Visit, is_fragment, page, url
from shared.domain.choices import DataType, ExportStatus, Format, Frequency
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.domain.filters import ExportFilter, Partner
from shared.errors import InvalidInput
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
Choice = TypeVar("Choice", bound=StrEnum)


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
    bars: list[Bar]
    bars_words: str
    open: bool
    editable: bool
    # Whether its line will say something else within a moment.
    moving: bool


@page("/exports", "exports.list")
def exports(visit: Visit) -> ResponseReturnValue:
    """The list; with htmx the list alone."""
    items = items_chosen()
    chosen = {name: request.args.get(name, "")[:200] for name in FIELDS}
    found = list_exports(
        visit.services,
        visit.account_id,
        _filter(chosen),
        page_size=items,
        page_token=request.args.get("page_token") or None,
    )
    kept = [(name, value) for name, value in chosen.items() if value]
    here = dict(kept) | {"items": str(items)}
    token = found.next_page_token
    rows = [row_of(each, visit.now) for each in found.items]
    page_here = here | {
        name: request.args[name] for name in ("page_token",) if name in request.args
    }
    shown = show(
        "exports_list.html" if is_fragment() else "exports.html",
        rows=rows,
        moving=any(row.moving for row in rows),
        here_url=url("exports", **page_here),
        chosen=chosen,
        items=items,
        filters=[(name, title, _options(kind)) for name, title, kind in LISTS],
        filtered=bool(kept) or "page_token" in request.args,
        first_url=url("exports", **here) if request.args.get("page_token") else "",
        next_url=url("exports", **here, page_token=token) if token else "",
    )
    # Without what was left empty; a person may keep this address or go back to it.
    shown.headers["HX-Replace-Url"] = url("exports", **page_here)
    return shown


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
    one: Any = _one
    return ExportFilter(
        partner=next(iter(one(Partner, chosen["partner"])), None),
        data_types=one(DataType, chosen["type"]),
        formats=one(Format, chosen["format"]),
        statuses=one(ExportStatus, chosen["status"]),
        frequencies=one(Frequency, chosen["frequency"]),
        exported_from=day_of(chosen["exported_from"]),
        exported_to=day_of(chosen["exported_to"]),
        text=chosen["text"],
    )


def _one(kind: type[Choice], text: str) -> tuple[Choice, ...]:
    if not text:
        return ()
    if text not in list(kind):
        raise InvalidInput("There is no such choice in this filter: choose one from its list.")
    return (kind(text),)


def day_of(text: str) -> date | None:
    """A date as browsers send it; None for an empty field."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("Give dates as YYYY-MM-DD, such as 2026-11-22.") from error


def _options(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(each.value, words(each)) for each in kind]
