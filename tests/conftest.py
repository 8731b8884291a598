"""Settings of every test: their order, how hard Hypothesis looks, the servers and databases."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared.adapters.gcs import open_gcs
from shared.state.database import Database
from shared.state.tables import metadata
from tests.leaks import pytest_runtest_makereport  # noqa: F401 - a hook of every test
from tests.servers.bigquery import BigQueryServer, bigquery_server
from tests.servers.cloud_storage import CloudStorage, running_cloud_storage
from tests.servers.fault_proxy import FaultProxy
from tests.servers.faulty_cloud import HASTE, Cloud
from tests.servers.pubsub import PubSub, running_emulator
from tests.servers.secret_manager import running_secret_manager
from tests.state.compiled import compiled_once  # noqa: F401 - a fixture of every test
from tests.state.postgres import execute, new_database, running_server

# Without byte code kept, each process that a test starts would compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# New objects that are worth a look for garbage; the usual 700 are made by a single statement.
GARBAGE_MIN = 20_000
# A deadline would be a timed test, and a busy machine would fail it. The examples are the same
# in every run, so that a failure seen once can be seen again; `thorough` looks for new ones, so
# many as EXAMPLES says, as `make soak` does for the promise.
settings.register_profile(
    "sluice",
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=int(os.environ.get("EXAMPLES", "2000")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sluice")  # the option --hypothesis-profile still wins


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with the mark `long` begin: a process that starts one last would end alone."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is loaded by now: all of it stays to the end.

    It would look through all modules and tests again and again, a twentieth of the time of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_MIN, 10, 10)


@contextmanager
def migrated(url: str) -> Iterator[Database]:
    """State behind the address, with all tables."""
    database = Database(url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One server for a test process, started when the first test asks for it."""
    with running_server() as url:
        yield url


@pytest.fixture(scope="session")
def pubsub_host() -> Iterator[str]:
    """Google's Pub/Sub emulator, one for a test process."""
    with running_emulator() as host:
        yield host


@pytest.fixture
def pubsub(pubsub_host: str, monkeypatch: pytest.MonkeyPatch) -> PubSub:
    """A project of the test's own in the emulator, to which client libraries are led."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub_host)
    return PubSub(pubsub_host)


@pytest.fixture(scope="session")
def bigquery() -> Iterator[BigQueryServer]:
    """A BigQuery emulator for a test process; every test has a project of its own in it."""
    with bigquery_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[str]:
    """A database with all tables; tests that use it follow one another."""
    with new_database(postgres_server) as url:
        with migrated(url):
            pass
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("state") / "template.sqlite"
    with migrated(f"sqlite:///{path}"):
        pass
    return path


@pytest.fixture(scope="session")
def cloud_storage() -> Iterator[CloudStorage]:
    """One server for a test process; each test makes a bucket of its own."""
    with running_cloud_storage() as server:
        yield server


@pytest.fixture
def cloud_bucket(cloud_storage: CloudStorage, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a new bucket on that server, to which the clients of the test connect."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", cloud_storage.url)
    return cloud_storage.new_bucket()


@pytest.fixture
def cloud(cloud_storage: CloudStorage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """The same behind a fault proxy."""
    name, client = cloud_storage.new_bucket(), cloud_storage.client()
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        yield Cloud(proxy, name, client, open_gcs(name, None, patience=HASTE))
    client.close()


@pytest.fixture(scope="session")
def secret_manager() -> Iterator[str]:
    """One server for a test process; tests use names of their own."""
    with running_secret_manager() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """A PostgreSQL database with all tables, empty; making a new one would take longer."""
    tables = ", ".join(metadata.tables)
    execute(postgres_database, f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    return postgres_database


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite database of the test's own, with all tables."""
    path = shutil.copy(sqlite_template, tmp_path / "state.sqlite")
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def state_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice, each time with an empty state of its own."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(state_url: str) -> Iterator[Database]:
    """State, empty, with all tables; the test runs on both databases."""
    opened = Database(state_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """State in PostgreSQL, for faults that SQLite does not know."""
    opened = Database(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """State in SQLite, for faults that PostgreSQL does not know."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()
