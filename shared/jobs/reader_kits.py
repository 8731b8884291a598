"""Makes the reader kit of an export from what was delivered."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from shared.domain.exports import Format
from shared.domain.reader_kit import Group, ReaderKit, reader_kit
from shared.domain.runs import RunKind
from shared.errors import InvalidInput
from shared.jobs.frozen import frozen_spec, layout_of
from shared.jobs.manage_exports import export_of
from shared.jobs.services import Services
from shared.state import files, runs
from shared.state.files import FileRow
from shared.state.runs import Run

# Files that are told by address; more are too many for one statement of BigQuery.
FILES_MAX = 10_000
# Their files are asked for together: a live export has hundreds of runs a day.
RUNS_AT_ONCE = 200


def reader_kit_of(
    services: Services, account_id: int, export_id: int, *, event: str | None = None
) -> ReaderKit:
    """The kit; with an event, BigQuery's statements are for that one only.

    Raises InvalidInput for an export or an event that is not there.
    """
    export = export_of(services, account_id, export_id)
    done = services.database.run(lambda c: runs.list_delivered(c, account_id, export_id))
    shape = _shape(export.spec)
    alike = [run for run in done if _shape(frozen_spec(run)) == shape]
    found = list(_files(services, current(alike), event))
    if event is not None and not found:
        raise InvalidInput(
            f"No file of an event {event!r} was delivered; check its spelling, capital letters"
            " included."
        )
    return reader_kit(
        export.spec,
        account_id,
        export_id,
        _groups(found, csv_columns=export.spec.format is Format.CSV),
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
    count, newest_first = 0, list(reversed(done))
    for first in range(0, len(done), RUNS_AT_ONCE):
        some = newest_first[first : first + RUNS_AT_ONCE]
        ids = [run.run_id for run in some]
        listed = services.database.run(
            partial(files.list_of_runs, account_id=some[0].account_id, run_ids=ids)
        )
        for run in some:
            for file in listed.get(run.run_id, ()):
                if event is not None and file.event_name != event:
                    continue
                count += 1
                if count > FILES_MAX:
                    return
                yield run, file


def _groups(delivered: Sequence[tuple[Run, FileRow]], *, csv_columns: bool) -> list[Group]:
    """One group an event; in CSV one for each header that its files have."""
    names: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    headers: dict[tuple[int, str | None], tuple[str, ...]] = {}
    for run, file in delivered:
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
