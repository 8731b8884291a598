"""What the planner makes of a snapshot that is not ready, failed, or left rows out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.bigquery_names import snapshot_tables
from shared.domain.runs import RunStatus
from shared.ports import Inventory, Snapshot, SnapshotStatus
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(60)


class Reports:
    """A warehouse that says something else of its snapshot, a number of times."""

    def __init__(self, warehouse: Any, times: int, **changes: Any) -> None:
        self._warehouse = warehouse
        self._changes = changes
        self.times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        found = self._warehouse.snapshot(snapshot_id)
        self.times -= 1
        return found if self.times < 0 else replace(found, **self._changes)


class Billing:
    """A warehouse that bills one TiB for the count and two for the snapshot."""

    def __init__(self, warehouse: Any) -> None:
        self._warehouse = warehouse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def inventory(self, *args: Any) -> Inventory:
        return replace(self._warehouse.inventory(*args), bytes_processed=2**40)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        return replace(self._warehouse.snapshot(snapshot_id), bytes_processed=2**41)


def plan_message(house: House) -> Message:
    house.tick()
    [message] = house.take()
    return message


def test_a_snapshot_that_takes_its_time_is_asked_for_by_every_tick(house):
    house.load(ROWS)
    export = house.export()
    slow = Reports(house.services.warehouse, 3, status=SnapshotStatus.RUNNING)
    house.services = house.with_(warehouse=slow)
    for left in (2, 1, 0):
        assert house.deliver(plan_message(house)) is None
        assert slow.times == left
        assert house.run(export).status is RunStatus.SNAPSHOT
        assert house.take() == []
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_a_run_waits_for_its_snapshot_no_longer_than_a_minute_at_a_time(house):
    """The planner says nothing goes on; the next tick, a minute later, asks again."""
    house.load(ROWS)
    export = house.export()
    slow = Reports(house.services.warehouse, 4, status=SnapshotStatus.RUNNING)
    house.services = house.with_(warehouse=slow)
    began = house.now
    while house.run(export).status is not RunStatus.DONE:
        house.tick()
        house.drain()
        house.now += timedelta(minutes=1)
        assert house.now - began < house.limits.redeliver_after
    assert slow.times == -1
    assert_delivered(house, export, ids(ROWS))


def test_a_run_adds_up_what_its_queries_read_and_cost(house):
    house.load(ROWS)
    export = house.export()
    billing = Billing(house.services.warehouse)
    house.services = house.with_(warehouse=billing)
    house.finish()
    delivered = house.run(export)
    assert delivered.bytes_processed == 3 * 2**40
    assert delivered.cost_usd == pytest.approx(3 * house.limits.warehouse_usd_per_tib)
    assert_delivered(house, export, ids(ROWS))


def test_a_warehouse_that_bills_nothing_costs_nothing(house):
    house.load(ROWS)
    export = house.export()
    house.finish()
    assert (house.run(export).bytes_processed, house.run(export).cost_usd) == (0, 0)


def test_a_snapshot_is_named_after_its_moment_too(house):
    """Another state may hold a run of the same number, and share the warehouse."""
    house.load(ROWS)
    export = house.export()
    house.planned(export)
    run = house.run(export)
    assert run.snapshot_id == f"run-{run.run_id}-{run.attempt}-{run.started_at:%Y%m%d%H%M%S%f}"
    assert snapshot_tables(run.snapshot_id)


@pytest.mark.parametrize("status", [SnapshotStatus.FAILED, SnapshotStatus.GONE])
def test_a_snapshot_that_failed_is_tried_again(house, status):
    house.load(ROWS)
    export = house.export()
    failing = Reports(house.services.warehouse, 1, status=status, detail="no room")
    services = house.with_(warehouse=failing)
    assert house.deliver(plan_message(house), services) == "snapshot-failed"
    assert failing.times == 0
    assert house.run(export).status is RunStatus.SNAPSHOT
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_rows_that_no_slice_took_fail_the_run_before_anything_is_written(house):
    house.load(ROWS)
    export = house.export()
    services = house.with_(warehouse=Reports(house.services.warehouse, 1, rows_unplaced=2))
    assert house.deliver(plan_message(house), services) is None
    failed = house.run(export)
    assert (failed.status, failed.error_reason) == (RunStatus.FAILED, "rows-unplaced")
    assert "2 rows" in failed.error_message
    house.finish()
    assert objects(house) == set()
