"""The command load: files into the warehouse, with a progress bar and a summary."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import duckdb

from functions.local.load import LoadReport, Publish, load, publish_here
from functions.local.output import BytesProgress, console, errors, print_json
from shared.adapters.duckdb_warehouse import DuckDBWarehouse
from shared.bootstrap import open_loader
from shared.config import Config, from_environment
from shared.domain.counted import counted
from shared.errors import InvalidInput
from shared.jobs.manage_exports import account_of
from shared.jobs.services import Services
from shared.loading.request import Kind


def load_files(
    services: Services,
    kind: str,
    files: Sequence[Path],
    *,
    mapping: Mapping[str, str],
    arrived: str | None,
    account_id: int,
    as_json: bool,
) -> None:
    """Load the files and tell what became of their rows."""
    if kind not in ("events", "profiles"):
        raise InvalidInput(f"{kind!r} cannot be loaded; load events or profiles.")
    account_of(services, account_id)
    report = load_with_progress(
        services,
        "events" if kind == "events" else "profiles",
        files,
        mapping=mapping,
        arrived=arrived,
        account_id=account_id,
        shown=not as_json,
    )
    if as_json:
        print_json(asdict(report))
        return
    loaded = counted(report.rows_loaded, kind.removesuffix("s"))
    there = counted(report.rows_already_there, "was", "were")
    console.print(
        f"{loaded} loaded into account {account_id} in {report.seconds:.1f} s; "
        f"{there} there already."
    )
    if report.reject_file is not None:
        errors.print(
            f"{counted(report.rows_rejected, 'row was', 'rows were')} not loaded; "
            f"their lines and reasons: {report.reject_file}",
            soft_wrap=True,
        )


def load_with_progress(
    services: Services,
    kind: Kind,
    files: Sequence[Path],
    *,
    account_id: int,
    shown: bool,
    mapping: Mapping[str, str] | None = None,
    arrived: str | None = None,
) -> LoadReport:
    """Load files under a progress bar of bytes read."""
    config = from_environment()
    with (
        BytesProgress(f"Load {kind}", shown=shown) as progress,
        _target(services, config) as (con, publish),
    ):
        return load(
            con,
            kind,
            files,
            mapping=mapping or {},
            arrived=arrived,
            account_id=account_id,
            now=services.clock(),
            reject_dir=config.home / "rejects",
            publish=publish,
            on_progress=progress,
        )


@contextmanager
def _target(
    services: Services, config: Config
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Publish]]:
    """Where rows are put together, and what brings them from there into the warehouse."""
    loader = open_loader(config)
    if loader is not None:
        from functions.local.load_bigquery import publish_to, scratch

        with scratch(config.duckdb_memory_mb) as con:
            yield con, publish_to(loader)
        return
    warehouse = services.warehouse
    assert isinstance(warehouse, DuckDBWarehouse)
    with warehouse.connection() as con:
        yield con, publish_here
