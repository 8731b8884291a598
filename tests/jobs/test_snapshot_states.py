"""What the planner makes of a snapshot that is not ready, failed, or left rows out."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.runs import RunStatus
from shared.ports import Snapshot, SnapshotStatus
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events

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
