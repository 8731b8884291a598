"""A house whose parts all functions share, and the cloud around it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cloud import Cloud, running_cloud
from tests.jobs.house import SMALL, House
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
