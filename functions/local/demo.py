"""The command demo: data loaded and imported, every format out, once and in windows, verified."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from shutil import rmtree
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from functions.local.checking import show, verify_with_progress
from functions.local.loading import load_with_progress
from functions.local.local_runs import tick_and_drain
from functions.local.output import console, file_size, print_table
from functions.local.runner import Runner
from functions.local.sample import ARRIVED, clickstream, profiles, synthetic_events
from functions.local.sample_orders import shop_orders
from shared.bootstrap import build
from shared.config import from_environment
from shared.domain.connections import Dataset
from shared.domain.exports import Account, DataType, Format, Frequency
from shared.domain.import_mapping import Kind
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import ImportRunStatus
from shared.domain.local_time import local_date
from shared.domain.runs import RunStatus
from shared.errors import OurFault
from shared.jobs.list_imports import get_import_run
from shared.jobs.look_at_source import suggest_mapping
from shared.jobs.manage_connections import add_connection
from shared.jobs.manage_exports import create_export
from shared.jobs.manage_imports import create_import, run_import
from shared.jobs.services import Services
from shared.state import accounts, runs, slices
from shared.state.exports import Export
from shared.state.runs import Run

WHEELS = Path(__file__).parents[2] / ".sluice-wheels"
ACCOUNT = Account(account_id=1, database_id="demo", time_zone="Europe/Berlin")
DAYS = timedelta(days=30)


def run_demo() -> None:
    """Load, import, export, verify, and show where all lies; the last demo's data is replaced."""
    began = perf_counter()
    home = from_environment().home / "demo"
    rmtree(home, ignore_errors=True)
    # Worker processes read the same variable.
    os.environ["SLUICE_HOME"] = str(home)
    services = build(from_environment())
    services.database.migrate()
    services.database.run(lambda c: accounts.put(c, ACCOUNT))
    with Runner(services) as runner:
        _load(services, home)
        _import(services, runner, home)
        exports = _one_time(services, runner, home) + _recurring(services, runner, home)
    report = verify_with_progress(str(home / "buckets"), shown=True)
    _show(services, exports)
    show(report)
    console.print(f"All files lie below {home / 'buckets'}", soft_wrap=True)
    console.print(f"Done in {perf_counter() - began:.0f} s.")
    if not report.ok:
        raise typer.Exit(1)


def _load(services: Services, home: Path) -> None:
    now = services.clock()
    tables: Mapping[str, pa.Table] = {
        "clickstream": clickstream(WHEELS, now),
        "synthetic": synthetic_events(now=now),
        "profiles": profiles(now=now),
    }
    folder = home / "samples"
    folder.mkdir(parents=True)
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        is_profiles = name == "profiles"
        pq.write_table(table, path)
        report = load_with_progress(
            services,
            "profiles" if is_profiles else "events",
            [path],
            account_id=ACCOUNT.account_id,
            arrived=None if is_profiles else ARRIVED,
            shown=True,
        )
        console.print(f"{report.rows_loaded:,} rows of {name} loaded in {report.seconds:.1f} s")


def _import(services: Services, runner: Runner, home: Path) -> None:
    """A folder stands for a customer's dataset: connected, mapped by itself, imported."""
    folder = home / "shop"
    folder.mkdir()
    pq.write_table(shop_orders(now=services.clock()), folder / "orders.parquet")
    owner = ACCOUNT.account_id
    saved = add_connection(services, owner, Dataset(folder.as_uri(), ""), name="Shop")
    query = SourceQuery("orders")
    mapping = suggest_mapping(services, owner, saved.connection_id, query, Kind.EVENTS)
    made = create_import(
        services,
        owner,
        ImportSpec(
            nickname="Orders", connection_id=saved.connection_id, source=query, mapping=mapping
        ),
    )
    asked = run_import(services, owner, made.import_id)
    _drain(services, runner, "import of orders")
    run = get_import_run(services, owner, asked.run_id)
    if run.status is not ImportRunStatus.DONE:
        raise OurFault(f"The import failed: {run.error_message}")
    console.print(
        f"{run.rows_new or 0:,} of {run.rows_read:,} rows of the shop's orders imported, "
        f"{run.rows_rejected:,} rejected ({', '.join(run.rejected_by_reason)})"
    )


def _one_time(services: Services, runner: Runner, home: Path) -> list[Export]:
    today = local_date(services.clock(), ACCOUNT.time_zone)
    made = []
    for data_type in (DataType.ALL_EVENTS, DataType.ALL_USER_PROPERTIES):
        what = "profiles" if data_type.is_profiles else "events"
        for file_format in Format:
            export = _create(
                services,
                home / "buckets" / f"{what}-{file_format}",
                data_type=data_type,
                frequency=Frequency.ONE_TIME,
                format=file_format,
                start_on=today - DAYS,
                end_on=today,
            )
            _drain(services, runner, f"{what} as {file_format}")
            made.append(export)
    return made


def _recurring(services: Services, runner: Runner, home: Path) -> list[Export]:
    today = local_date(services.clock(), ACCOUNT.time_zone)
    export = _create(
        services,
        home / "buckets" / "events-every-4h",
        data_type=DataType.ALL_EVENTS,
        frequency=Frequency.RECURRING,
        every=timedelta(hours=4),
        start_on=today - timedelta(days=2),
    )
    _drain(services, runner, "events every 4 h")
    return [export]


def _create(services: Services, folder: Path, **choices: Any) -> Export:
    folder.mkdir(parents=True)
    return create_export(services, ACCOUNT.account_id, bucket=folder.as_uri(), **choices)


def _drain(services: Services, runner: Runner, title: str) -> None:
    _, given_up = tick_and_drain(services, runner, title, shown=True)
    if given_up:
        raise OurFault(f"{title}: a message was given up ({given_up[0].text}).")


def _show(services: Services, exports: list[Export]) -> None:
    rows = []
    for export in exports:
        owner = export.account_id
        done = services.database.run(
            partial(runs.list_for_export, account_id=owner, export_id=export.export_id)
        )
        for run in done:
            if run.status is not RunStatus.DONE:
                raise OurFault(f"The run {run.stamp} failed: {run.error_message}")
            files = services.database.run(
                partial(slices.list_files, account_id=owner, run_id=run.run_id)
            )
            rows.append(_row(export, run, len(files)))
    columns = ["folder", "request id", "run", "files", "rows", "size"]
    print_table("Delivered runs", columns, rows)


def _row(export: Export, run: Run, files: int) -> list[Any]:
    return [
        export.spec.bucket.rpartition("/")[2],
        str(export.export_id),
        str(run.stamp),
        files,
        run.rows_written,
        file_size(run.bytes_written),
    ]
