"""A database behind Google's connector, and the way around it."""

from dataclasses import dataclass
from typing import Any

from shared.adapters.cloud_sql import CloudSQL
from shared.state.database import Database
from tests.servers.cloud_sql import DATABASE_USER, CloudSQLServer

END = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{DATABASE_USER}'"
COUNT = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{DATABASE_USER}'"


@dataclass(frozen=True)
class Instance:
    """The server, and an empty database on it that belongs to the account."""

    server: CloudSQLServer
    name: str
    # The way around the connector, for looking.
    plain_url: str

    @property
    def url(self) -> str:
        return self.server.state_url(self.name)

    def database(self, **changes: str) -> Database:
        url = self.url
        for old, new in changes.items():
            url = url.replace(old, new)
        return Database(url, CloudSQL(url, admin_url=self.server.admin_url))

    def connections(self) -> int:
        """How many connections the account has now."""
        return int(self.ask(COUNT))

    def ask(self, statement: str) -> Any:
        """What the statement gives, by the way around the connector."""
        looking = Database(self.plain_url)
        found = looking.run(lambda c: c.exec_driver_sql(statement).scalar())
        looking.close()
        return found
