"""Short ways to connect a dataset, import from it, and look at what came of it."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.adapters.duckdb_file import connect
from shared.domain.import_mapping import Mapping
from shared.domain.import_schedules import MANUAL, Schedule
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import OPEN_RUN
from shared.jobs.manage_connections import add_connection
from shared.jobs.manage_imports import create_import, import_of, run_import
from shared.state import import_rejects, import_runs
from shared.state.connections import SavedConnection
from shared.state.import_runs import ImportRun
from shared.state.imports import Import
from tests.adapters.datasets import EVENTS, ORDERS, folder_with
from tests.jobs.house import House

ROUNDS_MAX = 30


def write_source(house: House, rows: Sequence[dict[str, Any]], name: str = "orders") -> None:
    """Let the customer's table hold these rows and no others."""
    folder_with(house.folder / "shop", rows, name)


def connected(house: House, rows: Sequence[dict[str, Any]] = ()) -> SavedConnection:
    """A connection to a folder with the table `orders`."""
    place = folder_with(house.folder / "shop", rows)
    return add_connection(house.services, 1, place, name="Shop")


def importing(
    house: House,
    saved: SavedConnection,
    *,
    nickname: str = "Orders",
    mapping: Mapping = EVENTS,
    schedule: Schedule = MANUAL,
    source: SourceQuery = ORDERS,
) -> Import:
    spec = ImportSpec(
        nickname=nickname,
        connection_id=saved.connection_id,
        source=source,
        mapping=mapping,
        schedule=schedule,
    )
    return create_import(house.services, 1, spec)


def asked(house: House, made: Import) -> ImportRun:
    """A run that was asked for by hand; its message waits in the queue."""
    return run_import(house.services, 1, made.import_id)


def ran(house: House, made: Import) -> ImportRun:
    """A run by hand, brought to its end."""
    run = asked(house, made)
    finish_imports(house)
    return run_of(house, run)


def run_of(house: House, run: ImportRun) -> ImportRun:
    found = house.services.database.run(lambda c: import_runs.get(c, 1, run.run_id))
    assert found is not None
    return found


def newest(house: House, made: Import) -> ImportRun:
    [run] = house.services.database.run(lambda c: import_runs.page(c, 1, made.import_id, limit=1))
    return run


def again(house: House, made: Import) -> Import:
    return import_of(house.services, 1, made.import_id)


def finish_imports(house: House) -> None:
    """Tick and drain until no import run is open any more."""
    for _ in range(ROUNDS_MAX):
        house.drain()
        house.tick()
        house.drain()
        if not _open(house):
            return
        house.now += house.limits.redeliver_after
    raise AssertionError("an import run never ends")


def _open(house: House) -> bool:
    table = import_runs.import_runs
    statement = table.select().where(
        table.c.status.in_([str(status) for status in OPEN_RUN]), table.c.due_at <= house.now
    )
    return bool(house.services.database.run(lambda c: c.execute(statement).all()))


def stored(house: House, columns: str = "identity", table: str = "events") -> list[Any]:
    with connect(house.folder / "warehouse.duckdb", wait_s=30) as con:
        rows = con.sql(f"SELECT {columns} FROM {table} ORDER BY ALL").to_arrow_table().to_pylist()
    return [next(iter(row.values())) if len(row) == 1 else tuple(row.values()) for row in rows]


def counted(house: House) -> Counter[str]:
    """How often each identity is stored."""
    return Counter(stored(house))


def rejects(house: House, run: ImportRun) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(1_000):
        piece = house.services.database.run(
            lambda c, n=number: import_rejects.get(c, 1, run.run_id, n)  # type: ignore[misc]
        )
        if piece is None:
            return found
        lines = gzip.decompress(piece[1]).splitlines()
        assert len(lines) == piece[0]
        found += [json.loads(line) for line in lines]
    raise AssertionError("rejects never end")


def with_limits(house: House, **limits: Any) -> None:
    """Let the house have other limits."""
    house.limits = replace(house.limits, **limits)
    house.services = replace(house.services, limits=house.limits)
