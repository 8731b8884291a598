"""Shows what an export would deliver before it is made: rows, names, sizes, windows, overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shared.config import Limits
from shared.domain.accounts import Account
from shared.domain.exports import (
    ExportSpec,
    Frequency,
    check_edit,
    edited,
    new_spec,
)
from shared.domain.names import RunNames
from shared.domain.runs import RunKind, query_cost
from shared.domain.selection import Selection, select_rows
from shared.domain.slices import Slicing
from shared.domain.windows import Window, starts_with_all, upcoming_windows
from shared.jobs.lookup import account_of, export_of
from shared.jobs.manage_exports import check_source
from shared.jobs.overlaps import overlap_warnings
from shared.jobs.plan_slices import BYTES_FACTOR, cut_groups
from shared.jobs.preview_rows import Shown, shown_rows
from shared.jobs.services import Services
from shared.ports import Sample, SampleBounds
from shared.state import accounts

# File names that a preview lists.
NAMES_MAX = 10


@dataclass(frozen=True, slots=True)
class Preview:
    """What the export would deliver; counts are None where counting would have taken too long."""

    spec: ExportSpec
    # The span that was looked into: the first window, or the newest one while that is to come.
    sampled: Window
    shown: Shown
    # Of one run over that span. Bytes are before compression, and about right.
    rows: int | None
    bytes: int | None
    files: int | None
    file_names: tuple[str, ...]
    # What one run reads in a warehouse that bills for it, and what that costs.
    bytes_scanned: int
    cost_usd: float
    windows: tuple[Window, ...]
    warnings: tuple[str, ...]


def preview(services: Services, account_id: int, choices: dict[str, Any]) -> Preview:
    """A look at what these choices would deliver; nothing is created, claimed or stored.

    Takes the choices of `create_export`, and raises InvalidInput for those that it refuses. The
    bucket is not asked. Bounded in rows, time and the bytes that a warehouse bills.
    """
    now = services.clock()
    account = account_of(services, account_id)
    spec = new_spec(account, now=now, **choices)
    check_source(services, account_id, spec)
    return _looked(services, account, spec, upcoming_windows(spec), now)


def preview_edit(
    services: Services, account_id: int, export_id: int, changes: dict[str, Any]
) -> Preview:
    """The same for an edit: what the next windows would deliver after these changes.

    Raises InvalidInput for what `edit_export` refuses.
    """
    now = services.clock()
    account = account_of(services, account_id)
    before = export_of(services, account_id, export_id)
    spec = edited(account, before.spec, **changes)
    check_edit(before.spec, spec, before.status)
    check_source(services, account_id, spec)
    windows = upcoming_windows(spec, before.cursor_at)
    return _looked(services, account, spec, windows, now, export_id=export_id)


def _looked(
    services: Services,
    account: Account,
    spec: ExportSpec,
    windows: Sequence[Window],
    now: datetime,
    *,
    export_id: int | None = None,
) -> Preview:
    account_id = account.account_id
    sampled = _span(spec, windows[0], now)
    selection = _selection(account_id, spec, windows[0], sampled, now)
    sample = services.warehouse.sample(selection, _bounds(services.limits))
    slicing = None
    if sample.groups is not None:
        slicing = cut_groups(sample.groups, spec.format, services.limits)
    return Preview(
        spec=spec,
        sampled=sampled,
        shown=shown_rows(sample.rows, spec, full_base=selection.full_base),
        rows=_total(sample.groups, "rows"),
        bytes=_bytes(sample, spec),
        files=None if slicing is None else _total(slicing.groups, "parts"),
        file_names=_names(services, account, spec, slicing, now, export_id=export_id),
        bytes_scanned=sample.bytes_processed,
        cost_usd=query_cost(sample.bytes_processed, services.limits.warehouse_usd_per_tib),
        windows=tuple(windows),
        warnings=overlap_warnings(services, account_id, spec, but=export_id),
    )


def _span(spec: ExportSpec, first: Window, now: datetime) -> Window:
    """A window that has ended already, of the length of the export's own."""
    if spec.frequency is Frequency.ONE_TIME or first.end_at <= now:
        return first
    return Window(now - (first.end_at - first.start_at), now)


def _selection(
    account_id: int, spec: ExportSpec, first: Window, span: Window, now: datetime
) -> Selection:
    if spec.frequency is Frequency.ONE_TIME:
        kind = RunKind.ONE_TIME
    else:
        kind = RunKind.FIRST if starts_with_all(spec, first) else RunKind.INCREMENTAL
    return select_rows(account_id, spec, kind, span, now)


def _bounds(limits: Limits) -> SampleBounds:
    return SampleBounds(
        rows=limits.preview_rows,
        seconds=limits.preview_time.total_seconds(),
        bytes=limits.preview_bytes_billed,
    )


def _total(groups: pa.Table | None, column: str) -> int | None:
    return None if groups is None else int(pc.sum(groups[column]).as_py() or 0)


def _bytes(sample: Sample, spec: ExportSpec) -> int | None:
    total = _total(sample.groups, "bytes")
    return None if total is None else int(total * BYTES_FACTOR.get(spec.format, 1.0))


def _names(
    services: Services,
    account: Account,
    spec: ExportSpec,
    slicing: Slicing | None,
    now: datetime,
    *,
    export_id: int | None,
) -> tuple[str, ...]:
    """The names of the first files, with the ids that the export would get at this moment."""
    if slicing is None:
        return ()
    parts = [part for parts in islice(slicing.slices(), NAMES_MAX) for part in parts][:NAMES_MAX]
    names = RunNames(
        account_id=account.account_id,
        request_id=int(now.timestamp()) if export_id is None else export_id,
        run_stamp=int(now.timestamp()),
        database_id=account.database_id,
        format=spec.format,
        compression=spec.compression,
        prefix=spec.prefix,
        time_zone=spec.time_zone,
    )
    if spec.data_type.is_profiles:
        return tuple(names.profile_file(None if part.parts == 1 else part.index) for part in parts)
    raws = [part.event_name or "" for part in parts]
    forms = services.database.run(lambda c: accounts.foreseen_forms(c, account.account_id, raws))
    return tuple(
        names.event_file(forms[raw], raw, part.event_date, part.index)
        for raw, part in zip(raws, parts, strict=True)
        if part.event_date is not None
    )
