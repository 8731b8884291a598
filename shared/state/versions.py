"""Which version the tables have, and which one this program needs."""

from functools import cache

from sqlalchemy import Connection, inspect, text

from shared.state.database import MIGRATIONS

TABLE = "alembic_version"


@cache
def newest() -> str:
    """The newest version that there is; told by the names of files, without loading any."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("0*.py"))


def current(connection: Connection) -> str | None:
    """The version of the tables; None where there are none."""
    if not inspect(connection).has_table(TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {TABLE}"))
    return found
