"""An importer killed by SIGKILL at any moment: the next one brings every row, and none twice."""

from datetime import datetime
from pathlib import Path

import pytest

from shared.domain.import_states import ImportRunStatus
from shared.state import publishes
from shared.state.tables import import_runs as table
from tests.adapters.datasets import PROFILES, order
from tests.jobs.faults import Fault
from tests.jobs.house import SMALL, House, Message
from tests.jobs.importing import (
    asked,
    connected,
    finish_imports,
    importing,
    ran,
    run_of,
    stored,
    with_limits,
    write_source,
)
from tests.processes import KILLED, die, run_child

# Three batches of the source, which become three pieces.
ROWS = [order(number, uid="null" if number % 7 == 0 else f"u{number}") for number in range(41_000)]
GOOD = {row["uid"] for row in ROWS} - {"null"}
# A point is the call of a method of the landing, its number, and whether the death comes after it.
POINTS = {
    "before anything was staged": ("begin", 1, False),
    "when room was made": ("begin", 1, True),
    "before the first piece": ("add", 1, False),
    "between two pieces": ("add", 1, True),
    "after the last piece": ("add", 3, True),
    "before the publish, which is registered": ("publish", 1, False),
    "after the publish, of which nobody knows yet": ("publish", 1, True),
    "after all is stored": ("drop", 1, False),
}


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        *((point, "events") for point in POINTS),
        *((point, "profiles") for point in POINTS if "the publish" in point),
    ],
)
def test_what_a_killed_importer_left_is_brought_once(house, tmp_path, point, kind):
    with_limits(house, import_piece_bytes=1)
    choices = {} if kind == "events" else {"mapping": PROFILES}
    made = importing(house, connected(house, ROWS), **choices)
    run = asked(house, made)
    [message] = house.take()
    method, number, after = POINTS[point]
    marker = tmp_path / "marker"
    args = (house.folder, house.now, message, method, number, after, marker)
    assert run_child(work_until_killed, *args) == KILLED
    assert marker.exists()
    before = run_of(house, run)
    published = point.startswith("before the publish") or point.startswith("after the publish")
    assert (before.status is ImportRunStatus.PUBLISHING) == published
    opened = house.services.database.run(lambda c: publishes.oldest_open(c, [1]))
    assert bool(opened) == published
    if before.status is not ImportRunStatus.DONE:
        # While the dead importer's lease lives, its message does nothing.
        house.deliver(message)
        assert run_of(house, run).attempt == 1
    lease_over(house)
    house.now += house.limits.redeliver_after
    finish_imports(house)
    found = run_of(house, run)
    assert (found.status, found.rows_read) == (ImportRunStatus.DONE, len(ROWS))
    assert found.rows_new == len(GOOD) if kind == "profiles" else len(ROWS) - found.rows_rejected
    assert_once(house, kind)
    assert house.services.database.run(lambda c: publishes.oldest_open(c, [1])) == {}
    write_source(house, [*ROWS, order(70_000)])
    assert ran(house, made).rows_new == 1


def assert_once(house: House, kind: str) -> None:
    found = stored(house, "identity", kind)
    assert len(found) == len(set(found))
    assert set(found) == GOOD


def lease_over(house: House) -> None:
    """The killed importer's lease runs out."""
    house.services.database.run(lambda c: c.execute(table.update().values(lease_until=None)))


def work_until_killed(
    folder: Path,
    now: datetime,
    message: Message,
    method: str,
    number: int,
    after: bool,
    marker: Path,
) -> None:
    """Deliver the message and die at the chosen call."""
    house = House(folder, now=now, limits=SMALL)
    with_limits(house, import_piece_bytes=1)
    fault = Fault(method, lambda: die(marker), numbers=(number,), after=after)
    services = house.with_(landing=fault.on(house.services.landing), owner="child")
    house.deliver(message, services)
