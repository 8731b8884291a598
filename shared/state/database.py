"""The connection to state: short transactions, the same on PostgreSQL and SQLite."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from shared.errors import Transient
from shared.state.engines import Connector, engine_at, engine_by

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
# Serialization failures and lost connections are repeated; a longer outage is the queue's turn.
TRANSACTION_ATTEMPTS = 5
# PostgreSQL: serialization_failure and deadlock_detected.
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01"})


class Database:
    """State behind one address, `sqlite:///file` or `postgresql+psycopg://...`.

    No connection is held between transactions, so that none is busy while data moves. Where a
    `connector` makes the connections (to PostgreSQL; the address is then the connector's), each
    lives for one transaction, unless it says how many to keep: idle ones of a thousand workers
    would use up the server's.
    """

    def __init__(self, url: str, connector: Connector | None = None) -> None:
        self._connector = connector
        self._engine = engine_at(url) if connector is None else engine_by(connector)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One short transaction; commits at the end, rolls back on any error.

        Raises Transient when the connection is lost while it commits: whether it did is unknown,
        so nothing here does it again. Whoever asked looks at what state holds now.
        """
        with self._engine.connect() as connection, connection.begin() as transaction:
            yield connection
            try:
                transaction.commit()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                raise Transient(
                    "The database was lost in the middle of a commit; look whether it took place.",
                    reason="commit-unknown",
                ) from error

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction; repeats it whole when the database asks for that.

        Raises Transient while the database cannot be reached.
        """
        try:
            for attempt in _retrying():
                with attempt, self.transaction() as connection:
                    return work(connection)
        except OperationalError as error:
            if not _is_unreachable(error):
                raise
            raise Transient(
                "The database cannot be reached for now.", reason="state-unreachable"
            ) from error
        raise AssertionError("unreachable: tenacity re-raises the last error")

    def migrate(self) -> None:
        """Bring the tables to the newest version; does nothing when they are there, or beyond.

        Beyond is where this version took the place of a later one: what that one has added to the
        tables does not mind.
        """
        # Loaded here: functions of the cloud, which start often, never migrate.
        from alembic import command
        from alembic.config import Config as AlembicConfig
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        if self._engine.dialect.name == "sqlite":
            _use_wal(self._engine)
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                # Two deploys at once: the second waits here and then finds nothing to do.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7281943)")
            config = AlembicConfig()
            # The option's value is a template, in which a percent sign has to be doubled.
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            found = MigrationContext.configure(connection).get_current_revision()
            newest = ScriptDirectory.from_config(config).get_current_head()
            if found is not None and newest is not None and found >= newest:
                return
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of what the engine holds."""
        self._engine.dispose()
        if self._connector is not None:
            self._connector.close()


def insert_new(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *returning: Any
) -> list[Any]:
    """Insert rows, leaving out those that meet a unique key; gives `returning` of the new ones."""
    if not rows:
        return []
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = build(table).on_conflict_do_nothing()
    if returning:
        return list(connection.execute(statement.returning(*returning), list(rows)))
    connection.execute(statement, list(rows))
    return []


def _use_wal(engine: Engine) -> None:
    """Let readers and a writer work side by side; the file remembers it.

    Two first starts at once fail here without waiting for each other, so it is tried again.
    """
    for attempt in _retrying():
        with attempt, closing(engine.raw_connection()) as connection:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as error:
                raise OperationalError("PRAGMA journal_mode", None, error) from error


def _retrying() -> Retrying:
    return Retrying(
        retry=retry_if_exception(_is_retryable),
        stop=stop_after_attempt(TRANSACTION_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        reraise=True,
    )


def _is_unreachable(error: OperationalError) -> bool:
    """PostgreSQL refused or lost the connection, or another process holds the SQLite file."""
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig)
    no_server = not isinstance(error.orig, sqlite3.Error) and state is None
    return no_server or str(state)[:2] in ("08", "57") or "database is locked" in text


def _is_retryable(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    busy = isinstance(error, OperationalError) and "database is locked" in str(error.orig)
    return state in RETRYABLE_SQLSTATES or busy
