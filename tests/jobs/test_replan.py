"""A run whose snapshot has gone is planned afresh under a new stamp, and delivered once."""

import pytest

from shared.domain.exports import ExportStatus, Format
from shared.domain.runs import RunStatus
from shared.errors import Transient
from shared.jobs.manage_exports import edit_export
from tests.jobs.faults import Fault, Pause, Thread, lease_over, together
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, manifests, objects
from tests.jobs.samples import arriving, ids, mixed_events
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(150)


def lose_snapshot(house: House) -> None:
    """As when it has expired."""
    [folder] = (house.folder / "staging").iterdir()
    house.services.warehouse.drop_snapshot(folder.name)


@pytest.mark.parametrize("written", [0, 2])
def test_a_run_is_planned_again_after_its_snapshot_has_gone(house, written):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    for message in messages[:written]:
        house.deliver(message)
    left = objects(house)
    assert len(left) >= written
    lose_snapshot(house)
    more = mixed_events(30, first=500)
    house.load(more)
    house.now += MINUTE
    for message in messages[written:]:
        assert house.deliver(message) is None
    first, second = house.runs(export)
    assert (first.status, first.error_reason) == (RunStatus.FAILED, "snapshot-gone")
    assert (second.sequence, second.replaces_stamp) == (1, first.stamp)
    assert second.stamp != first.stamp
    assert second.window == first.window
    house.finish()
    [delivery] = assert_delivered(house, export, ids([*ROWS, *more]), orphans_of=[first.stamp])
    assert delivery.manifest["replaces"] == first.stamp
    assert delivery.manifest["run_stamp"] == second.stamp
    assert left <= objects(house)
    assert house.again(export).status is ExportStatus.DONE


def test_a_scheduled_window_is_planned_again_with_the_settings_of_now(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.now = NOW - 8 * HOUR + 6 * MINUTE
    rows = arriving(range(40), 11)
    house.load(rows)
    house.tick()
    [message] = house.take()
    house.deliver(message)
    slices = house.take()
    lose_snapshot(house)
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    for each in slices:
        house.deliver(each)
    house.finish()
    first, second = house.runs(export)
    [delivery] = assert_delivered(house, export, {second.stamp: ids(rows)})
    assert delivery.manifest["format"] == "csv"
    assert (delivery.manifest["kind"], delivery.manifest["replaces"]) == ("first", first.stamp)


def test_workers_that_miss_the_snapshot_together_plan_the_run_again_once(house):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    lose_snapshot(house)
    house.now += MINUTE
    together(*[lambda message=message: house.deliver(message) for message in messages[:4]])
    assert [run.sequence for run in house.runs(export)] == [0, 1]
    house.finish()
    first = house.runs(export)[0]
    assert_delivered(house, export, ids(ROWS), orphans_of=[first.stamp])


def test_a_snapshot_lost_twice_is_planned_twice(house):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    for _ in range(2):
        lose_snapshot(house)
        house.deliver(messages[0])
        house.tick()
        [plan] = house.take()
        house.deliver(plan)
        messages = house.take()
    house.drain()
    house.now += house.limits.redeliver_after
    house.finish()
    runs = house.runs(export)
    # No time passes in this test, so stamps grow by one.
    assert [run.stamp for run in runs] == [runs[0].stamp + n for n in range(3)]
    assert [run.status for run in runs] == [RunStatus.FAILED, RunStatus.FAILED, RunStatus.DONE]
    assert_delivered(house, export, ids(ROWS))


def test_a_worker_that_read_its_slice_before_the_snapshot_went_delivers_nothing_twice(house):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    pause = Pause()
    fault = Fault("create", pause)
    slow = Thread(lambda: house.deliver(messages[0], house.with_(bucket=fault.bucket)))
    slow.start()
    pause.wait()
    lose_snapshot(house)
    lease_over(house)
    house.deliver(messages[1])
    old = house.runs(export)[0]
    house.finish()
    before = [path.read_bytes() for path in manifests(house, export)]
    pause.released.set()
    assert slow.ended() is None
    assert fault.fired == 1
    assert [path.read_bytes() for path in manifests(house, export)] == before
    assert_delivered(house, export, ids(ROWS), orphans_of=[old.stamp])


@pytest.mark.parametrize("method", ["inventory", "submit_snapshot"])
def test_a_run_that_was_frozen_longer_ago_than_the_warehouse_remembers_is_planned_again(
    house, method
):
    house.load(ROWS)
    export = house.export()
    house.tick()
    [message] = house.take()

    def away() -> None:
        raise Transient("The warehouse is away.", reason="warehouse-away")

    fault = Fault(method, away)
    assert house.deliver(message, house.with_(warehouse=fault.on(house.services.warehouse)))
    assert fault.fired
    more = mixed_events(30, first=500)
    house.load(more)
    house.now += house.limits.time_travel + MINUTE
    house.finish()
    first, second = house.runs(export)
    assert (first.status, first.error_reason) == (RunStatus.FAILED, "snapshot-gone")
    assert second.replaces_stamp == first.stamp
    assert_delivered(house, export, ids([*ROWS, *more]))
