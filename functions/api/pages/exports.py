"""Exports: the list with its filters, newest first, page by page."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.charts import Bar, spark_words, sparkline
from functions.api.pages.frame import show
from functions.api.pages.states import State, frequency_words, of_export
from functions.api.pages.text import NONE, span, words
from functions.api.pages.visits import Visit, is_fragment, page, url
from shared.domain.choices import DataType, ExportStatus, Format, Frequency
from shared.domain.filters import PAGE_SIZES_OFFERED, ExportFilter, Partner
from shared.errors import InvalidInput
from shared.jobs.list_exports import ExportRow, list_exports

ITEMS_USUAL = 20
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
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: int
    status: State
    data_type: str
    format: str
    frequency: str
    every: str
    bucket: str
    last_at: datetime | None
    next_at: datetime | None
    freshness: str
    bars: list[Bar]
    bars_words: str
    open: bool
    editable: bool


@page("/exports", "exports.list")
def exports(visit: Visit) -> ResponseReturnValue:
    """The list; with htmx the list alone."""
    items = _items()
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
    return show(
        "exports_list.html" if is_fragment() else "exports.html",
        rows=[row_of(each) for each in found.items],
        chosen=chosen,
        kept=kept,
        items=items,
        filters=[(name, title, _options(kind)) for name, title, kind in LISTS],
        filtered=bool(kept) or "page_token" in request.args,
        first_url=url("exports", **here) if request.args.get("page_token") else "",
        next_url=url("exports", **here, page_token=token) if token else "",
    )


def row_of(row: ExportRow) -> Row:
    """What a line shows of an export."""
    export = row.export
    spec = export.spec
    outcomes = [(run.status, run.rows_written) for run in row.outcomes]
    last = row.last_run
    live = export.status in LIVE
    kind, _, every = frequency_words(spec).partition(", ")
    return Row(
        id=export.export_id,
        status=of_export(export.status),
        data_type=words(spec.data_type),
        format=words(spec.format),
        frequency=kind,
        every=every,
        bucket=row.bucket_nickname or spec.bucket,
        last_at=None if last is None else last.started_at or last.due_at,
        next_at=row.next_due_at,
        freshness=NONE if row.freshness is None else span(row.freshness),
        bars=sparkline(outcomes),
        bars_words=spark_words(outcomes),
        open=live,
        editable=live and spec.frequency is not Frequency.ONE_TIME,
    )


def _items() -> int:
    text = request.args.get("items", str(ITEMS_USUAL))
    if text not in map(str, PAGE_SIZES_OFFERED):
        raise InvalidInput("Choose 10, 20, 30 or 40 items per page.", reason="bad-page-size")
    return int(text)


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
