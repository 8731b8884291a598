"""Brings the database of the cloud to the newest tables: `python -m shared.state.deploy`.

A step of each deployment, before the new functions serve. It runs as the owner of the tables; the
functions' accounts may read and write rows, and change no table.
"""

import os
import re
from collections.abc import Sequence

from sqlalchemy import Connection

from shared.config import from_environment
from shared.errors import InvalidInput
from shared.state.database import Database

# All functions' accounts get their rights through it.
GROUP = "sluice_functions"
_USER = re.compile(r"[a-z0-9._-]{1,100}@[a-z0-9.-]{1,200}")


def deploy(database: Database, users: Sequence[str]) -> None:
    """Migrate, then let `users` work with the tables; a second run changes nothing.

    Raises InvalidInput for what is no IAM user of PostgreSQL.
    """
    wrong = [user for user in users if not _USER.fullmatch(user)]
    if not users or wrong:
        raise InvalidInput(
            "STATE_USERS must be the functions' accounts as PostgreSQL names them, with commas "
            "between them: such as sluice-api@my-project.iam.",
            reason="bad-configuration",
        )
    database.migrate()
    database.run(lambda connection: _grant(connection, users))


def _grant(connection: Connection, users: Sequence[str]) -> None:
    """Rights are given to the group, for the tables that are there and those to come."""
    for statement in (
        # Two deployments at once: the second waits here.
        "SELECT pg_advisory_xact_lock(7281944)",
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{GROUP}') "
        f"THEN CREATE ROLE {GROUP} NOLOGIN; END IF; END $$",
        f"GRANT USAGE ON SCHEMA public TO {GROUP}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {GROUP}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {GROUP}",
        # Which version the tables have is told by the migration alone.
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {GROUP}",
        *(f'GRANT {GROUP} TO "{user}"' for user in users),
    ):
        connection.exec_driver_sql(statement)


if __name__ == "__main__":
    deploy(
        Database(from_environment().state_url),
        [user.strip() for user in os.environ.get("STATE_USERS", "").split(",") if user.strip()],
    )
