"""Short ways to fill state with connections, imports and their runs."""

from datetime import datetime
from typing import Any

from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, Dataset
from shared.domain.import_columns import ColumnKind, FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.domain.import_states import ImportRunStatus, ImportStatus
from shared.domain.watermarks import Watermark
from shared.state import connections, import_leases, import_runs, imports
from shared.state.connections import NewConnection, SavedConnection
from shared.state.database import Database
from shared.state.import_runs import ImportRun
from shared.state.imports import Import
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT, LEASE

KEY = Credentials("key", "a@my-project.iam.gserviceaccount.com", "abcdef01", "connection-7/1")
SINCE = Watermark(ColumnKind.TIMESTAMP, 1_000_000)
MAPPING = Mapping(
    kind=Kind.EVENTS,
    identity="uid",
    updated_on="changed",
    created_on="at",
    event_name="Bought",
    properties=(Property("price", "Price", FieldType.FLOAT),),
)


def connect(
    database: Database, name: str = "Shop", *, now: datetime = NOW, account_id: int = ACCOUNT,
    by: str = "ann@example.com",
) -> SavedConnection:  # fmt: skip
    place = Dataset("my-project-1", "shop")
    new = NewConnection(account_id, name, place, Access.READ_WRITE, "EU", KEY, by)
    saved = database.run(lambda c: connections.insert(c, new, now))
    assert saved is not None
    return saved


def make_import(
    database: Database,
    nickname: str = "Orders",
    *,
    status: ImportStatus = ImportStatus.READY,
    next_run_at: datetime | None = None,
    account_id: int = ACCOUNT,
    connection_id: int = 1,
    **choices: Any,
) -> Import:
    usual: dict[str, Any] = {"source": SourceQuery("orders"), "mapping": MAPPING}
    spec = ImportSpec(nickname=nickname, connection_id=connection_id, **usual | choices)
    return database.run(
        lambda c: imports.insert(
            c, account_id, spec, now=NOW, created_by="ann@example.com", status=status,
            next_run_at=next_run_at,
        )
    )  # fmt: skip


def add_import_run(database: Database, of: Import, due_at: datetime = NOW) -> ImportRun:
    run_id = database.run(lambda c: import_runs.record(c, of.account_id, of.import_id, due_at))
    return read_import_run(database, run_id)


def read_import_run(database: Database, run_id: int, account_id: int = ACCOUNT) -> ImportRun:
    run = database.run(lambda c: import_runs.get(c, account_id, run_id))
    assert run is not None
    return run


def lease_import_run(database: Database, run: ImportRun, now: datetime = NOW) -> int | None:
    return database.run(
        lambda c: import_leases.take_lease(c, run, owner="host:1", now=now, until=now + LEASE)
    )


def end_import_run(
    database: Database, run: ImportRun, status: ImportRunStatus = ImportRunStatus.DONE
) -> None:
    attempt = read_import_run(database, run.run_id).attempt
    moved = database.run(
        lambda c: import_runs.move(
            c,
            run,
            expected=list(ImportRunStatus),
            attempt=attempt,
            status=str(status),
            lease_until=None,
        )
    )
    assert moved
