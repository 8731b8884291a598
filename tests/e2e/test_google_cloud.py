"""The whole flow on BigQuery, Cloud Storage, Pub/Sub, Secret Manager and PostgreSQL, with trouble.

All services are real servers on this machine; functions and commands are processes of their own.
"""

import os
import signal

import pytest

from shared.domain.choices import Compression, Format
from shared.state.exports import Export
from tests.e2e.cloud import Cloud
from tests.e2e.google import Google
from tests.e2e.test_delivery import are_done, assert_whole, four_windows
from tests.e2e.trouble import on_lines, on_pushes
from tests.jobs.house import House
from tests.leaks import found_in
from tests.servers.push_proxy import Kind

pytestmark = pytest.mark.long

PATIENCE_S = 300
CHOICES = {
    Format.JSON: Compression.GZIP,
    Format.CSV: Compression.NONE,
    Format.XML: Compression.NONE,
    Format.PARQUET: Compression.ZSTD,
}


@pytest.fixture
def environment(environment: dict[str, str], google: Google) -> dict[str, str]:
    return environment | google.environment


@pytest.fixture
def exports(house: House, saved_bucket: str) -> list[Export]:
    """A recurring export in each format, all into the same bucket."""
    return [
        house.recurring(hours=4, bucket=saved_bucket, format=each, compression=compression)
        for each, compression in CHOICES.items()
    ]


def test_four_windows_in_each_format_arrive_whole_although_everything_breaks(
    cloud: Cloud, house: House, google: Google, exports: list[Export], monkeypatch
):
    monkeypatch.setattr(house, "load", lambda rows: google.store.load(rows, "events", house.now))
    windows = four_windows(house)
    faults, trouble = on_lines(google), on_pushes(cloud)
    killed = []

    def all_done() -> bool:
        google.watch()
        if len(cloud.proxy.statuses("worker")) > 5 and not killed:
            os.killpg(cloud.processes["worker"][0].pid, signal.SIGKILL)
            killed.append(1)
        return all(are_done(house, export, 4) for export in exports)

    cloud.until(all_done, PATIENCE_S)
    assert killed == [1]
    assert [fault for fault in faults if not fault.fired] == []
    assert {each.kind for each in trouble if each.fired} == set(Kind)
    google.mirror(house.bucket)
    for export in exports:
        assert_whole(house, export, windows)
    assert not found_in(cloud.said())
