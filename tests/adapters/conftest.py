"""A fresh local warehouse for each test, and an instance of Cloud SQL for those who ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from shared.state.database import Database
from tests.adapters.cloud_sql_instance import Instance
from tests.adapters.selections import LocalStore
from tests.servers.cloud_sql import DATABASE_USER, CloudSQLServer, running_cloud_sql
from tests.state.postgres import execute, new_database


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


@pytest.fixture(scope="session")
def cloud_sql_server(postgres_server, tmp_path_factory) -> Iterator[CloudSQLServer]:
    with running_cloud_sql(tmp_path_factory.mktemp("cloud-sql"), postgres_server) as running:
        yield running


@pytest.fixture
def instance(cloud_sql_server, postgres_server, monkeypatch) -> Iterator[Instance]:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(cloud_sql_server.key_file))
    with new_database(postgres_server) as plain_url:
        name = str(make_url(plain_url).database)
        execute(postgres_server, f'ALTER DATABASE {name} OWNER TO "{DATABASE_USER}"')
        yield Instance(cloud_sql_server, name, plain_url)


@pytest.fixture
def database(instance) -> Iterator[Database]:
    opened = instance.database()
    opened.migrate()
    yield opened
    opened.close()
