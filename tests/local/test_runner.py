"""The runner of a laptop: real worker processes, killed, kept waiting or given up on."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.local.dead_leases import release_dead_leases
from functions.local.local_runs import tick_and_drain
from functions.local.outcomes import Outcome
from functions.local.runner import DELIVERIES_MAX, Runner
from shared import bootstrap
from shared.adapters.duckdb_file import connect
from shared.domain.runs import RunStatus
from shared.errors import OurFault
from shared.jobs.plan import plan
from shared.jobs.schedule import schedule
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import exports, slices
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids
from tests.processes import context
from tests.warehouse_rows import WAIT_S, Row, event

# A slice takes 200 files, so these make one long slice and a short one, a file an event name.
NAMES = 230


@pytest.fixture
def house(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house whose services, like those of its worker processes, come from the environment."""
    built = House(home).set_up()
    monkeypatch.setenv("SLUICE_NOW", built.now.isoformat())
    bootstrap.services.cache_clear()
    built.services = bootstrap.services()
    yield built
    bootstrap.services.cache_clear()


def rows_of_many_events(count: int) -> list[Row]:
    return [event(n, event_name=f"event {n % NAMES:03d}") for n in range(count)]


def tick(house: House) -> list[Message]:
    """One tick at the time of the services' own clock; gives what it published."""
    schedule(house.services, house.services.clock())
    return house.take()


def test_two_processes_deliver_an_export_to_its_end(house):
    rows = rows_of_many_events(500)
    house.load(rows)
    export = house.export()
    outcomes: list[Outcome] = []
    with Runner(house.services, workers=2) as runner:
        assert len(set(runner.pids)) == 2
        assert os.getpid() not in runner.pids
        given_up = runner.drain(tick(house), outcomes.append)
    assert given_up == []
    assert [o.message.topic for o in outcomes] == [TOPIC_WINDOWS, *[TOPIC_SLICES] * 2]
    assert [o.published for o in outcomes] == [2, 0, 0]
    assert_delivered(house, export, ids(rows))


def test_worker_processes_read_the_clock_of_the_command_that_started_them(house, monkeypatch):
    """Also when processes of an earlier clock were started before."""
    house.load(rows_of_many_events(5))
    for moment in ("2026-11-20T13:00:00+00:00", "2026-11-20T19:30:00+00:00"):
        monkeypatch.setenv("SLUICE_NOW", moment)
        bootstrap.services.cache_clear()
        house.services = bootstrap.services()
        export = house.export()
        with Runner(house.services, workers=1) as runner:
            tick_and_drain(house.services, runner, "", shown=False)
        run = house.run(export)
        assert run.status is RunStatus.DONE
        assert run.finished_at.isoformat()[:16] == moment[:16]


class Killer(threading.Thread):
    """Kills a worker process that has begun a slice and cannot have ended it."""

    def __init__(self, house: House, pids: list[int]) -> None:
        super().__init__(daemon=True)
        self._path = house.folder / "state.sqlite"
        self._owners = {bootstrap.owner_name(pid): pid for pid in pids}
        self.killed: list[int] = []

    def run(self) -> None:
        database = sqlite3.connect(self._path, isolation_level=None, timeout=WAIT_S)
        query = (
            "SELECT lease_owner FROM slices WHERE status = 'WRITING' AND lease_owner IS NOT NULL"
        )
        deadline = time.monotonic() + WAIT_S
        while not self.killed and time.monotonic() < deadline:
            if not database.execute(query).fetchall():
                continue
            # While this transaction is open no worker can commit its slice.
            database.execute("BEGIN IMMEDIATE")
            for (owner,) in database.execute(query).fetchall():
                if owner in self._owners and not self.killed:
                    os.kill(self._owners[owner], signal.SIGKILL)
                    self.killed.append(self._owners[owner])
            database.execute("ROLLBACK")
        database.close()


def test_what_a_killed_worker_process_was_writing_is_delivered_once(house):
    rows = rows_of_many_events(500)
    house.load(rows)
    export = house.export()
    outcomes: list[Outcome] = []
    with Runner(house.services, workers=2) as runner:
        before = runner.pids
        killer = Killer(house, before)
        killer.start()
        given_up = runner.drain(tick(house), outcomes.append)
        killer.join()
        after = runner.pids
    assert len(killer.killed) == 1
    assert [o.text for o in outcomes if not o.acknowledged] == ["worker-died"]
    assert set(before) - set(after) == set(killer.killed)
    assert len(after) == 2
    assert given_up == []
    assert_delivered(house, export, ids(rows))
    run = house.run(export)
    assert run.slices_total == 2
    attempts = [
        house.services.database.run(lambda c, n=n: slices.get(c, 1, run.run_id, n)).attempt
        for n in range(2)
    ]
    assert sorted(attempts) == [1, 2]


def test_a_second_command_loads_and_lists_while_workers_run(house):
    rows = rows_of_many_events(500)
    house.load(rows)
    export = house.export()
    seen = []

    def second_command(outcome: Outcome) -> None:
        if outcome.message.topic != TOPIC_SLICES or seen:
            return
        run = house.run(export)
        listed = house.services.database.run(lambda c: exports.list_all(c, 1))
        house.load([event(10_000, event_name="event 000")])
        seen.append((run.status, run.slices_open > 0, [each.export_id for each in listed]))

    with Runner(house.services, workers=2) as runner:
        runner.drain(tick(house), second_command)
    assert seen == [(RunStatus.WRITING, True, [export.export_id])]
    assert_delivered(house, export, ids(rows))


def _hold(path: Path, pipe: object) -> None:
    with connect(path, wait_s=WAIT_S):
        pipe.send("held")
        pipe.recv()


def test_a_message_is_given_up_after_five_deliveries_and_driven_again_by_the_next_tick(
    house, monkeypatch
):
    rows = rows_of_many_events(10)
    house.load(rows)
    export = house.export()
    monkeypatch.setenv("WAREHOUSE_WAIT_S", "0.05")
    here, there = context.Pipe()
    holder = context.Process(target=_hold, args=(house.folder / "warehouse.duckdb", there))
    holder.start()
    assert here.recv() == "held"
    outcomes: list[Outcome] = []
    with Runner(house.services, workers=2) as runner:
        [given_up] = runner.drain(tick(house), outcomes.append)
        assert (given_up.status, given_up.text) == (503, "warehouse-busy")
        assert given_up.message.deliveries == DELIVERIES_MAX == 5
        assert [o.message.deliveries for o in outcomes] == [1, 2, 3, 4, 5]
        assert house.run(export).status is RunStatus.PENDING
        here.send("let go")
        holder.join()
        assert holder.exitcode == 0
        _, still = tick_and_drain(house.services, runner, "", shown=False)
        assert still == []
    assert_delivered(house, export, ids(rows))


def test_leases_of_processes_that_are_gone_are_freed_before_a_tick(house):
    """As when a whole command was killed, with nobody left to notice."""
    house.load(rows_of_many_events(10))
    export = house.export()
    run = house.run(export)
    plan(house.services, 1, run.run_id)
    [message] = house.take()
    piece = house.services.database.run(lambda c: slices.get(c, **message[1]))
    gone = context.Process(target=int)
    gone.start()
    gone.join()
    until = house.services.clock() + house.limits.lease
    for owner, freed in ((bootstrap.owner_name(gone.pid), True), ("elsewhere:1", False)):
        house.services.database.run(
            lambda c, owner=owner: slices.take_lease(
                c, piece, owner=owner, now=house.services.clock(), until=until
            )
        )
        release_dead_leases(house.services)
        assert (house.services.database.run(slices.lease_owners) == []) is freed


def test_processes_that_end_before_any_work_are_not_started_for_ever(house):
    fault = pytest.raises(OurFault, match="cannot load the code")
    with Runner(house.services, workers=2) as runner, fault:
        # There is no entry point for it, so that each process ends as on a broken module.
        runner.drain([("no-such-topic", {})])
