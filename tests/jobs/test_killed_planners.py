"""A planner killed by SIGKILL between any two steps: the next one goes on where it stopped."""

from datetime import datetime
from pathlib import Path

import pytest

from shared.domain.exports import DataType, Format
from shared.domain.runs import RunStatus
from tests.jobs.faults import Fault, lease_over
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events, profiles
from tests.processes import KILLED, die, run_child

ROWS = mixed_events(150)
POINTS = {
    "before the freeze": ("freeze", 1, False, RunStatus.PENDING),
    "after the freeze, which nobody stored": ("freeze", 1, True, RunStatus.PENDING),
    "between freeze and slicing": ("inventory", 1, False, RunStatus.PLANNING),
    "after the counting, which nobody stored": ("inventory", 1, True, RunStatus.PLANNING),
    "between slicing and snapshot": ("submit_snapshot", 1, False, RunStatus.SNAPSHOT),
    "between snapshot and its storing": ("submit_snapshot", 1, True, RunStatus.SNAPSHOT),
    "between snapshot and publish": ("publish", 1, False, RunStatus.WRITING),
    "after publishing": ("publish", 1, True, RunStatus.WRITING),
}


@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_planner_began_is_delivered_once(house, tmp_path, point):
    house.load(ROWS)
    export = house.export(format=Format.CSV)
    kill_planner(house, tmp_path, point)
    run = house.run(export)
    assert run.status is POINTS[point][3]
    # Rows that arrive now belong to this run only if it has not frozen its moment yet.
    more = mixed_events(30, first=500)
    house.load(more)
    frozen = run.freeze_at is not None
    lease_over(house)
    house.now += house.limits.redeliver_after
    house.finish()
    assert_delivered(house, export, ids(ROWS) if frozen else ids([*ROWS, *more]))
    assert house.run(export).stamp == run.stamp
    assert list((house.folder / "staging").iterdir()) == []


@pytest.mark.parametrize("point", ["between freeze and slicing", "between slicing and snapshot"])
def test_profiles_that_change_after_the_freeze_are_delivered_as_they_were(house, tmp_path, point):
    rows = profiles(range(100))
    house.load(rows, "profiles")
    export = house.export(data_type=DataType.ALL_USER_PROPERTIES)
    kill_planner(house, tmp_path, point)
    changed = [row | {"updated_at": None, "props": '{"id": "changed"}'} for row in rows[:50]]
    house.load(changed, "profiles")
    lease_over(house)
    house.now += house.limits.redeliver_after
    house.finish()
    assert_delivered(house, export, ids(rows, "object_id"))


def kill_planner(house: House, tmp_path: Path, point: str) -> None:
    house.tick()
    [message] = house.take()
    marker = tmp_path / "marker"
    method, number, after, _ = POINTS[point]
    args = (house.folder, house.now, message, method, number, after, marker)
    assert run_child(plan_until_killed, *args) == KILLED
    assert marker.exists()


def plan_until_killed(
    folder: Path,
    now: datetime,
    message: Message,
    method: str,
    number: int,
    after: bool,
    marker: Path,
) -> None:
    """Plan the run, and die at the chosen call."""
    house = House(folder, now=now)
    fault = Fault(method, lambda: die(marker), numbers=(number,), after=after)
    services = house.with_(
        warehouse=fault.on(house.services.warehouse),
        queue=fault.on(house.services.queue),
        owner="child",
    )
    house.deliver(message, services)
