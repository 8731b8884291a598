"""Recurring profile exports: the full base first, then changes, with tombstones."""

import pytest

from shared.domain.exports import Compression, DataType, Format
from shared.errors import InvalidInput
from shared.jobs.manage_exports import stop_export
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

pytestmark = pytest.mark.kept_open


def test_profiles_are_delivered_whole_first_and_then_as_changes(house):
    house.now = MIDNIGHT
    base = profiles(range(60), updated_at=MIDNIGHT - HOUR)
    gone_before = profiles(range(60, 65), updated_at=MIDNIGHT - HOUR, deleted=True)
    house.load([*base, *gone_before], "profiles")
    export = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    changed = profiles(range(10), updated_at=MIDNIGHT + 5 * HOUR)
    # Changed twice in one window: the newest version counts.
    changed_again = profiles(range(5), updated_at=MIDNIGHT + 6 * HOUR)
    new = profiles(range(100, 110), updated_at=MIDNIGHT + 5 * HOUR)
    deleted = profiles(range(50, 53), updated_at=MIDNIGHT + 7 * HOUR, deleted=True)
    house.load([*changed, *changed_again, *new, *deleted], "profiles")
    house.now = MIDNIGHT + 12 * HOUR + 6 * MINUTE
    house.finish()
    first, second, third = house.runs(export)
    expected = {
        first.stamp: ids(base, "object_id"),
        second.stamp: ids([*changed, *new, *deleted], "object_id"),
        third.stamp: [],
    }
    deliveries = assert_delivered(house, export, expected)
    assert [each.manifest["kind"] for each in deliveries] == ["first", *["incremental"] * 2]
    tombstones = {row.marker for row in deliveries[1].rows if row.deleted}
    assert tombstones == set(ids(deleted, "object_id"))
    assert not any(row.deleted for row in deliveries[0].rows)


@pytest.mark.parametrize("name", list(Format))
def test_tombstones_are_told_in_every_format(house, name):
    house.now = MIDNIGHT
    export = house.recurring(
        hours=4, data_type=DataType.ALL_USER_PROPERTIES, format=name, compression=Compression.NONE
    )
    rows = profiles(range(10), updated_at=MIDNIGHT + 5 * HOUR)
    deleted = profiles(range(5, 8), updated_at=MIDNIGHT + 6 * HOUR, deleted=True)
    house.load([*rows, *deleted], "profiles")
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.finish()
    _, delivery = assert_delivered(house, export, ids(rows, "object_id"))
    assert {row.marker for row in delivery.rows if row.deleted} == set(ids(deleted, "object_id"))


def test_a_one_time_profile_export_waits_until_the_recurring_one_is_stopped(house):
    house.load(profiles(range(20)), "profiles")
    recurring = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    with pytest.raises(InvalidInput, match="stop it first"):
        house.export(data_type=DataType.ALL_USER_PROPERTIES)
    stop_export(house.services, 1, recurring.export_id)
    once = house.export(data_type=DataType.ALL_USER_PROPERTIES)
    house.finish()
    assert_delivered(house, once, ids(profiles(range(20)), "object_id"))
