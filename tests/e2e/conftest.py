"""A house whose parts all functions share, and the cloud around it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.gcs import GcsBucket
from shared.adapters.inline_prober import InlineProber
from tests.credentials.keys import key_file
from tests.e2e.cloud import Cloud, running_cloud
from tests.e2e.google import Google, command_line, running_google
from tests.jobs.house import SMALL, House
from tests.servers.bigquery import BigQueryServer
from tests.servers.cloud_storage import CloudStorage
from tests.servers.pubsub import PubSub
from tests.warehouse_rows import MIDNIGHT, MINUTE, NOW

# The time of the functions: four windows of four hours have settled since midnight.
AT = NOW + 4 * 60 * MINUTE + 6 * MINUTE


@pytest.fixture
def house(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    """State in PostgreSQL; a warehouse and a bucket in folders."""
    built = House(tmp_path / "house", now=MIDNIGHT, state_url=postgres_url).set_up()
    yield built
    built.services.database.close()


@pytest.fixture
def environment(house: House) -> dict[str, str]:
    """What leads the functions to the house."""
    return {
        "SLUICE_HOME": str(house.folder),
        "SLUICE_NOW": AT.isoformat(),
        "STATE_URL": house.state_url,
        "DUCKDB_MEMORY_MB": "500",
        # Little data makes several slices.
        "LIMIT_SLICE_BYTES": str(SMALL.slice_bytes),
        "LIMIT_SLICE_FILES": str(SMALL.slice_files),
        "LIMIT_FILE_BYTES_MAX": str(SMALL.file_bytes_max),
        # What got lost or died is driven again within the test.
        "LIMIT_REDELIVER_AFTER": "10",
        "LIMIT_LEASE": "15",
    }


@pytest.fixture
def cloud(environment: dict[str, str], pubsub: PubSub, tmp_path: Path) -> Iterator[Cloud]:
    """All functions, running."""
    logs = tmp_path / "logs"
    logs.mkdir()
    with running_cloud(logs, pubsub, environment) as running:
        yield running


@pytest.fixture
def google(
    bigquery: BigQueryServer, cloud_storage: CloudStorage, secret_manager: str
) -> Iterator[Google]:
    """Google's other services, with a warehouse and a bucket of the test's own."""
    with running_google(bigquery, cloud_storage, secret_manager) as running:
        yield running


@pytest.fixture
def saved_bucket(google: Google, environment: dict[str, str], house: House, tmp_path: Path) -> str:
    """The customer's bucket, saved with an uploaded key by the command line.

    The house makes exports into it and needs no key; those who deliver get it from the store.
    """
    key = tmp_path / "key.json"
    key.write_bytes(key_file())
    url = f"gs://{google.bucket}"
    own = {"PATH": os.environ["PATH"], **environment}
    command_line(own, "bucket", "add", url, "--key-file", str(key))
    key.unlink()
    bucket = GcsBucket(google.storage.client(), google.bucket)

    def opened(*_: object) -> GcsBucket:
        return bucket

    house.services = house.with_(bucket=opened, prober=InlineProber(opened, opened))
    return url
