"""Two planners of one run, at once or one after the other: the run is planned once."""

import threading

import pytest

from shared.domain.runs import RunStatus
from shared.ports import TOPIC_WINDOWS
from tests.jobs.faults import PATIENCE_S, Fault, Pause, Thread, lease_over, together
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(200)


@pytest.mark.parametrize("method", ["freeze", "inventory", "submit_snapshot"])
@pytest.mark.parametrize("after", [False, True])
def test_a_late_planner_whose_lease_was_taken_over_changes_nothing(house, method, after):
    house.load(ROWS)
    export = house.export()
    house.tick()
    [message] = house.take()
    pause = Pause()
    fault = Fault(method, pause, after=after)
    services = house.with_(warehouse=fault.on(house.services.warehouse))
    late = Thread(lambda: house.deliver(message, services))
    late.start()
    pause.wait()
    lease_over(house)
    assert house.deliver(message) is None
    planned, messages = house.run(export), house.take()
    assert planned.status is RunStatus.WRITING
    # What arrives now is in no row of the plan, whichever planner wins.
    house.load(mixed_events(30, first=500))
    pause.released.set()
    assert late.ended() is None
    assert fault.fired == 1
    assert house.run(export) == planned
    assert house.take() == []
    for each in messages:
        house.deliver(each)
    assert_delivered(house, export, ids(ROWS))


def test_of_two_planners_that_begin_together_one_plans(house):
    house.load(ROWS)
    export = house.export()
    run = house.run(export)
    message = (TOPIC_WINDOWS, {"account_id": 1, "run_id": run.run_id})
    barrier = threading.Barrier(2)
    met = threading.local()

    def clock():
        if not hasattr(met, "once"):
            met.once = barrier.wait(PATIENCE_S)
        return house.now

    freezes = Fault("freeze", numbers=())
    services = house.with_(clock=clock, warehouse=freezes.on(house.services.warehouse))
    together(*[lambda: house.deliver(message, services)] * 2)
    assert len(freezes.results) == 1
    house.drain()
    assert_delivered(house, export, ids(ROWS))


@pytest.mark.parametrize("method", ["inventory", "submit_snapshot"])
def test_a_late_planner_does_not_go_on_while_the_next_one_plans(house, method):
    house.load(ROWS)
    export = house.export()
    house.tick()
    [message] = house.take()
    pauses = [Pause(), Pause()]
    threads = []
    for pause in pauses:
        fault = Fault(method, pause)
        services = house.with_(warehouse=fault.on(house.services.warehouse))
        work = Thread(lambda services=services: house.deliver(message, services))
        threads.append(work)
        work.start()
        pause.wait()
        lease_over(house)
    before = house.run(export)
    pauses[0].released.set()
    assert threads[0].ended() is None
    assert house.run(export) == before
    assert house.take() == []
    pauses[1].released.set()
    assert threads[1].ended() is None
    assert house.run(export).status is RunStatus.WRITING
    house.drain()
    assert_delivered(house, export, ids(ROWS))
