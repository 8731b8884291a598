"""Whole runs out of BigQuery: planned by its jobs, read slice by slice, delivered as files."""

from collections import Counter
from datetime import timedelta

import pytest

from shared.domain.exports import Compression, DataType, Format
from shared.ports import SnapshotStatus
from tests.adapters.bigquery_store import BigQueryStore
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW


@pytest.fixture
def store(bigquery):
    return BigQueryStore(bigquery)


@pytest.fixture
def house(house, store):
    """A house whose warehouse is in BigQuery."""
    house.services = house.with_(warehouse=store.warehouse)
    return house


@pytest.mark.parametrize("file_format", list(Format))
def test_every_row_is_delivered_once_in_every_format(house, store, file_format):
    rows = mixed_events(120)
    again = mixed_events(20)
    store.load([*rows, *({**row, "ingested_at": NOW - MINUTE} for row in again)])
    export = house.export(format=file_format, compression=Compression.NONE)
    house.finish()
    [delivery] = assert_delivered(house, export, ids(rows))
    assert delivery.manifest["rows_duplicate"] == 20
    # What was frozen stays for the recount, and expires by itself.
    run = house.run(export)
    assert store.warehouse.snapshot(run.snapshot_id).status is SnapshotStatus.DONE


def test_windows_of_profiles_are_delivered_whole_first_and_then_as_changes(house, store):
    house.now = MIDNIGHT
    base = profiles(range(30), updated_at=MIDNIGHT - HOUR)
    store.load([*base, *profiles(range(40, 43), updated_at=MIDNIGHT, deleted=True)], "profiles")
    export = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    changed = profiles(range(10), updated_at=MIDNIGHT + 5 * HOUR)
    store.load([*changed, *profiles(range(5), updated_at=MIDNIGHT + 6 * HOUR)], "profiles")
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.finish()
    first, second = house.runs(export)
    expected = {first.stamp: ids(base, "object_id"), second.stamp: ids(changed, "object_id")}
    assert_delivered(house, export, expected)


def test_a_run_whose_tables_were_dropped_is_planned_afresh(house, store):
    rows = mixed_events(60)
    store.load(rows)
    export = house.export()
    messages = house.planned(export)
    store.warehouse.drop_snapshot(house.run(export).snapshot_id)
    house.deliver(messages[0])
    house.now += timedelta(minutes=1)
    house.finish()
    given_up, _ = house.runs(export)
    assert given_up.error_reason == "snapshot-gone"
    [delivery] = assert_delivered(house, export, ids(rows))
    assert delivery.manifest["replaces"] == given_up.stamp
    assert delivery.markers == Counter(ids(rows))
