"""A worker killed by SIGKILL at any moment: the next one delivers what is missing."""

from datetime import datetime
from pathlib import Path

import pytest

from shared.adapters.folder import FolderSpool
from shared.domain.exports import Format
from shared.domain.runs import RunStatus
from tests.jobs.faults import Fault, lease_over
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events
from tests.processes import KILLED, die, run_child

ROWS = mixed_events(150)
# A point is the call of a method, its number and whether the worker dies after it. The first
# slice has three files. "end" stands for one more call than there are files: the manifest's.
POINTS = {
    "the rows were read": ("read_slice", 1, True, 0),
    "before the first upload": ("create", 1, False, 0),
    "while the first upload was spooled": ("write", 1, False, 0),
    "between two uploads": ("create", 1, True, 1),
    # The first one is on its way meanwhile, and has arrived or not.
    "while the second upload was spooled": ("open_spool", 2, True, None),
    "after the last upload and before the commit": ("create", 3, True, 3),
    "after the commit": ("read_slice", 2, False, 3),
    "after the last commit and before the manifest": ("open_spool", "end", False, "all"),
    "before the manifest was uploaded": ("create", "end", False, "all"),
    "after the manifest was uploaded": ("create", "end", True, "manifest"),
}


@pytest.mark.parametrize("name", [Format.JSON, Format.PARQUET])
@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_worker_left_is_delivered_once(house, tmp_path, point, name):
    house.load(ROWS)
    export = house.export(format=name)
    messages = sorted(house.planned(export), key=lambda message: -house.files_of(message))
    total = sum(house.files_of(message) for message in messages)
    assert house.files_of(messages[0]) == 3
    method, number, after, expected = POINTS[point]
    expected = {"all": total, "manifest": total + 1}.get(expected, expected)
    number = total + 1 if number == "end" else number
    marker = tmp_path / "marker"
    args = (house.folder, house.now, messages, method, number, after, marker)
    assert run_child(work_until_killed, *args) == KILLED
    assert marker.exists()
    assert len(objects(house)) in ((0, 1) if expected is None else (expected,))
    assert house.run(export).status is not RunStatus.DONE
    house.watch()
    # While the dead worker's lease lives, its message does nothing.
    for message in messages[:1]:
        house.deliver(message)
    lease_over(house)
    house.now += house.limits.redeliver_after
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def work_until_killed(
    folder: Path,
    now: datetime,
    messages: list[Message],
    method: str,
    number: int,
    after: bool,
    marker: Path,
) -> None:
    """Deliver the messages in order, and die at the chosen call."""
    house = House(folder, now=now)
    fault = Fault(method, lambda: die(marker), numbers=(number,), after=after)
    if method == "write":
        written = FolderSpool.write
        FolderSpool.write = lambda spool, data: fault.call(written, spool, data)
    services = house.with_(
        bucket=fault.bucket, warehouse=fault.on(house.services.warehouse), owner="child"
    )
    for message in messages:
        house.deliver(message, services)
