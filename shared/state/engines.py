"""How connections to state are made and kept: PostgreSQL by address or connector, and SQLite."""

from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

# A writer of SQLite waits for others this long; every transaction of ours is far shorter.
BUSY_TIMEOUT_S = 30
# Connections to PostgreSQL that wait for the next transaction, and those beyond them for a moment:
# one for each of the eight threads of a web server.
KEPT, BEYOND = 5, 3
# One that a connector made is used no longer: what lies between may have forgotten it by then.
KEPT_S = 60


class Connector(Protocol):
    """Makes connections to a PostgreSQL that no plain address reaches."""

    @property
    def keep(self) -> int:
        """How many connections wait for the next transaction; none where processes are many."""

    def connect(self) -> Any:
        """A new connection of psycopg."""

    def close(self) -> None:
        """Let go of everything but the connections made."""


def engine_by(connector: Connector) -> Engine:
    """One over connections that the connector makes."""
    url = "postgresql+psycopg://"
    if not connector.keep:
        return create_engine(url, creator=connector.connect, poolclass=NullPool)
    return _planned_afresh(
        create_engine(
            url,
            creator=connector.connect,
            pool_size=connector.keep,
            max_overflow=BEYOND,
            pool_recycle=KEPT_S,
            pool_pre_ping=True,
        )
    )


def _planned_afresh(engine: Engine) -> Engine:
    """Each statement is planned for the values that it has.

    The driver prepares what comes often, and after ten times PostgreSQL makes one plan for whatever
    values: for some lists of ids it reads a whole account instead of forty rows.
    """

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.prepare_threshold = None

    return engine


def engine_at(url: str) -> Engine:
    """One for a plain address, of SQLite or PostgreSQL."""
    if not url.startswith("sqlite"):
        kept = create_engine(url, pool_size=KEPT, max_overflow=BEYOND, pool_pre_ping=True)
        return _planned_afresh(kept)
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    # Built from the path itself: a folder may be named with characters that mean more in a URL.
    file = URL.create("sqlite", database=str(path))
    # An idle connection is kept: closing the last one folds the WAL into the file and waits for
    # the disk, which would cost each short transaction ten times its own length.
    engine = create_engine(file, pool_size=2, connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself; `_on_begin` does, and IMMEDIATE,
        # since a read that later writes would fail at once instead of waiting.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
