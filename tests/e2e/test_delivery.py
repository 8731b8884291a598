"""From the tick to the last manifest through real processes and a real queue, with trouble."""

import os
import signal

import pytest

from shared.domain.runs import RunStatus
from shared.state.exports import Export
from tests.e2e.conftest import AT
from tests.e2e.trouble import on_pushes
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import arriving, ids
from tests.servers.push_proxy import Kind
from tests.warehouse_rows import Row

pytestmark = pytest.mark.long

PATIENCE_S = 120
NAMES = ["Page View", "Buy", "Sign Up", "Log Out", "Search"]


def four_windows(house: House) -> list[list[Row]]:
    """Load 240 events of several names for each of four windows of four hours."""
    windows = [
        [
            row
            for number, name in enumerate(NAMES)
            for row in arriving(
                range(window * 1000 + number * 100, window * 1000 + number * 100 + 48),
                12 - 4 * window,
                event_name=name,
            )
        ]
        for window in range(4)
    ]
    house.now = AT
    house.load([row for rows in windows for row in rows])
    return windows


def are_done(house: House, export: Export, count: int) -> bool:
    runs = house.runs(export)
    return len(runs) == count and all(run.status is RunStatus.DONE for run in runs)


def assert_whole(house: House, export: Export, windows: list[list[Row]]) -> None:
    """Each row of each window stands in exactly one file of its run."""
    runs = house.runs(export)
    expected = {run.stamp: ids(rows) for run, rows in zip(runs, windows, strict=True)}
    assert_delivered(house, export, expected)


def test_four_windows_arrive_whole_although_pushes_come_twice_late_disordered_or_never(
    cloud, house
):
    export = house.recurring(hours=4)
    windows = four_windows(house)
    made = on_pushes(cloud)
    cloud.until(lambda: are_done(house, export, 4), PATIENCE_S)
    assert {each.kind for each in made if each.fired} == set(Kind)
    assert_whole(house, export, windows)
    assert sum(run.slices_total or 0 for run in house.runs(export)) > 4


def test_a_worker_that_is_killed_holds_nothing_up_for_long(cloud, house):
    export = house.recurring(hours=4)
    windows = four_windows(house)
    killed = []

    def kill_one() -> bool:
        """Once the first slice was written; its server and all its children at once."""
        if cloud.proxy.statuses("worker") and not killed:
            os.killpg(cloud.processes["worker"][0].pid, signal.SIGKILL)
            killed.append(1)
        return are_done(house, export, 4)

    cloud.until(kill_one, PATIENCE_S)
    assert killed == [1]
    assert_whole(house, export, windows)


def test_the_log_lines_of_a_window_belong_to_the_trace_of_the_tick_that_recorded_it(cloud, house):
    export = house.recurring(hours=4)
    four_windows(house)
    cloud.until(lambda: are_done(house, export, 4), PATIENCE_S)
    field = "logging.googleapis.com/trace"
    traces: dict[str, set[str]] = {}
    for event in cloud.events():
        traces.setdefault(event["event"], set()).add(event[field])
    assert traces["run_frozen"] < traces["tick"]
    assert traces["slice_written"] <= traces["tick"]
    assert traces["run_done"] <= traces["tick"]
    project = cloud.pubsub.project
    assert all(each.startswith(f"projects/{project}/traces/") for each in traces["tick"])
