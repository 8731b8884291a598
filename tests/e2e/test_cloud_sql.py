"""The functions keep their state in Cloud SQL, and its instance restarts while they work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_delivery import PATIENCE_S, are_done, assert_whole, four_windows
from tests.jobs.house import House
from tests.servers.cloud_sql import DATABASE_USER, CloudSQLServer, running_cloud_sql
from tests.state.postgres import execute


@pytest.fixture
def instance(postgres_url: str, tmp_path: Path) -> Iterator[CloudSQLServer]:
    """Cloud SQL before the house's own state, in which the functions' account may work."""
    folder = tmp_path / "cloud-sql"
    folder.mkdir()
    with running_cloud_sql(folder, postgres_url) as server:
        for things in ("TABLES", "SEQUENCES"):
            grant = f'GRANT ALL ON ALL {things} IN SCHEMA public TO "{DATABASE_USER}"'
            execute(postgres_url, grant)
        yield server


@pytest.fixture
def environment(
    environment: dict[str, str], house: House, instance: CloudSQLServer
) -> dict[str, str]:
    database = house.state_url.partition("?")[0].rpartition("/")[2]
    return environment | {
        "STATE_URL": instance.state_url(database),
        "SQLADMIN_URL": instance.admin_url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(instance.key_file),
    }


def test_four_windows_arrive_whole_although_the_instance_restarts(cloud, house, instance):
    export = house.recurring(hours=4)
    windows = four_windows(house)
    cut = []

    def restart() -> bool:
        cut.append(instance.door.cut_all())
        return are_done(house, export, 4)

    cloud.until(restart, PATIENCE_S)
    assert sum(cut) > 0
    assert set(instance.door.users) == {DATABASE_USER}
    assert_whole(house, export, windows)
