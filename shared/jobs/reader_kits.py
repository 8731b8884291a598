"""Makes the reader kit of an export from what was delivered."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from shared.domain.exports import Format
from shared.domain.reader_kit import Group, ReaderKit, reader_kit
from shared.domain.runs import RunKind, RunStatus
from shared.errors import InvalidInput
from shared.jobs.frozen import frozen_spec, layout_of
from shared.jobs.manage_exports import export_of
from shared.jobs.services import Services
from shared.state import runs, slices
from shared.state.runs import Run
from shared.state.slices import FileRow

# Files that are told by address; more are too many for one statement of BigQuery.
FILES_MAX = 10_000


def reader_kit_of(
    services: Services, account_id: int, export_id: int, *, event: str | None = None
) -> ReaderKit:
    """The kit; with an event, BigQuery's statements are for that one only.

    Raises InvalidInput for an export or an event that is not there.
    """
    export = export_of(services, account_id, export_id)
    every = services.database.run(lambda c: runs.list_for_export(c, account_id, export_id))
    done = [run for run in every if run.status is RunStatus.DONE]
    shape = _shape(export.spec)
    alike = [run for run in done if _shape(frozen_spec(run)) == shape]
    files = list(_files(services, current(alike), event))
    if event is not None and not files:
        raise InvalidInput(
            f"No file of an event {event!r} was delivered; check its spelling, capital letters"
            " included."
        )
    return reader_kit(
        export.spec,
        account_id,
        export_id,
        _groups(files, csv_columns=export.spec.format is Format.CSV),
        other_runs=[run.stamp for run in done if _shape(frozen_spec(run)) != shape],
    )


def current(done: Sequence[Run]) -> list[Run]:
    """The newest delivery of each window, and what was delivered later to complete those."""
    newest = {
        run.window: run.stamp
        for run in sorted(done, key=lambda run: run.stamp)
        if run.kind is not RunKind.SUPPLEMENT
    }
    kept = set(newest.values())
    return [
        run
        for run in done
        if run.stamp in kept or (run.kind is RunKind.SUPPLEMENT and run.replaces_stamp in kept)
    ]


def _shape(spec: Any) -> tuple[Any, ...]:
    """What files must have in common to be read together."""
    return spec.bucket, spec.format, spec.compression, spec.first_line


def _files(
    services: Services, done: Sequence[Run], event: str | None
) -> Iterator[tuple[Run, FileRow]]:
    """The files of the newest runs first, up to a limit."""
    count = 0
    for run in reversed(done):
        listed = services.database.run(
            partial(slices.list_files, account_id=run.account_id, run_id=run.run_id)
        )
        for file in listed:
            if event is not None and file.event_name != event:
                continue
            count += 1
            if count > FILES_MAX:
                return
            yield run, file


def _groups(files: Sequence[tuple[Run, FileRow]], *, csv_columns: bool) -> list[Group]:
    """One group an event; in CSV one for each header that its files have."""
    names: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    headers: dict[tuple[int, str | None], tuple[str, ...]] = {}
    for run, file in files:
        key = run.run_id, file.event_name
        if key not in headers:
            headers[key] = _header(run, file.event_name) if csv_columns else ()
        names.setdefault((file.event_name, headers[key]), []).append(file.name)
    parts: dict[str | None, int] = {}
    found = []
    for (event, columns), together in names.items():
        parts[event] = parts.get(event, 0) + 1
        found.append(Group(tuple(sorted(together)), event, columns, parts[event]))
    return sorted(found, key=lambda group: (group.event or "", group.part))


def _header(run: Run, event: str | None) -> tuple[str, ...]:
    # DuckDB comes with it, and the api function starts faster without.
    from shared.formats.csv_text import CsvText

    [header] = csv.reader([CsvText(layout_of(run, 0), event).head().decode()])
    return tuple(header)
