"""A database behind Google's connector, and the way around it."""

from dataclasses import dataclass

from shared.adapters.cloud_sql import CloudSQL
from shared.state.database import Database
from tests.servers.cloud_sql import DATABASE_USER, CloudSQLServer

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
        with_looking = Database(self.plain_url)
        found = with_looking.run(lambda c: c.exec_driver_sql(COUNT).scalar_one())
        with_looking.close()
        return int(found)
