"""A message may come often, late, or to two workers at once: each row is delivered once."""

import threading

import pytest

from shared.domain.runs import RunStatus, SliceStatus
from shared.ports import Created
from shared.state import slices
from tests.jobs.faults import PATIENCE_S, Fault, Pause, Thread, lease_over, together
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(200)


def slice_of(house: House, message: Message) -> slices.Slice:
    found = house.services.database.run(lambda c: slices.get(c, **message[1]))
    assert found is not None
    return found


def test_every_message_delivered_five_times_writes_every_file_once(house):
    house.load(ROWS)
    export = house.export()
    creations = Fault("create", numbers=())
    services = house.with_(bucket=creations.bucket)
    house.tick()
    deliveries = 0
    while messages := house.take():
        for message in messages:
            for _ in range(5):
                assert house.deliver(message, services) is None
                deliveries += 1
    assert deliveries == 5 * (1 + house.run(export).slices_total)
    assert creations.results == [Created.NEW] * len(objects(house))
    assert_delivered(house, export, ids(ROWS))


def test_of_two_workers_that_begin_one_slice_together_one_writes_it(house):
    house.load(ROWS)
    export = house.export()
    message, *others = house.planned(export)
    barrier = threading.Barrier(2)
    met = threading.local()

    def clock():
        # The first thing a worker does is to look at the clock: there both meet.
        if not hasattr(met, "once"):
            met.once = barrier.wait(PATIENCE_S)
        return house.now

    creations = Fault("create", numbers=())
    services = house.with_(clock=clock, bucket=creations.bucket)
    assert together(*[lambda: house.deliver(message, services)] * 2) == [None, None]
    assert barrier.n_waiting == 0
    assert hasattr(met, "once") is False
    assert slice_of(house, message).attempt == 1
    assert len(creations.results) == len(slice_of(house, message).parts)
    for other in others:
        house.deliver(other)
    assert_delivered(house, export, ids(ROWS))


def test_a_message_for_a_slice_under_a_living_lease_is_acknowledged_and_does_nothing(house):
    house.load(ROWS)
    export = house.export()
    message = max(messages := house.planned(export), key=house.files_of)
    pause = Pause()
    fault = Fault("create", pause)
    first = Thread(lambda: house.deliver(message, house.with_(bucket=fault.bucket)))
    first.start()
    pause.wait()
    before = objects(house)
    assert house.deliver(message) is None
    assert slice_of(house, message).attempt == 1
    assert objects(house) == before
    pause.released.set()
    first.ended()
    for other in messages:
        house.deliver(other)
    assert_delivered(house, export, ids(ROWS))


@pytest.mark.parametrize("round_no", range(3))
def test_two_workers_that_write_one_slice_at_the_same_time_make_one_set_of_files(house, round_no):
    house.load(ROWS)
    export = house.export()
    message = max(messages := house.planned(export), key=house.files_of)
    parts = len(slice_of(house, message).parts)
    assert parts == 3
    # Both stand before the same file, the second since the first one's lease has run out.
    barrier = threading.Barrier(2)
    pause = Pause()
    meeting = Fault("create", lambda: barrier.wait(PATIENCE_S), numbers=(round_no + 1,))

    def stopped() -> None:
        pause()
        barrier.wait(PATIENCE_S)

    late = Fault("create", stopped, numbers=(round_no + 1,))
    first = Thread(lambda: house.deliver(message, house.with_(bucket=late.bucket)))
    first.start()
    pause.wait()
    lease_over(house)
    second = Thread(lambda: house.deliver(message, house.with_(bucket=meeting.bucket)))
    second.start()
    pause.released.set()
    first.ended()
    second.ended()
    assert (late.fired, meeting.fired) == (1, 1)
    outcomes = [late.results[round_no], meeting.results[round_no]]
    assert sorted(outcomes) == [Created.FOUND, Created.NEW]
    assert slice_of(house, message).attempt == 2
    for other in messages:
        house.deliver(other)
    assert_delivered(house, export, ids(ROWS))


@pytest.mark.parametrize(("number", "after"), [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("run_done", [True, False])
def test_a_late_worker_whose_lease_was_taken_over_changes_nothing(house, number, after, run_done):
    """It wakes up before its first file, between two files, or before its commit."""
    house.load(ROWS)
    export = house.export()
    message = max(messages := house.planned(export), key=house.files_of)
    pause = Pause()
    fault = Fault("create", pause, numbers=(number,), after=after)
    late = Thread(lambda: house.deliver(message, house.with_(bucket=fault.bucket)))
    late.start()
    pause.wait()
    lease_over(house)
    for other in messages if run_done else [message]:
        assert house.deliver(other) is None
    before, run = objects(house), house.run(export)
    assert run.status is (RunStatus.DONE if run_done else RunStatus.WRITING)
    pause.released.set()
    assert late.ended() is None
    assert fault.fired == 1
    # The file it stood before is all it still touches, and that one was there already.
    assert fault.calls == number
    assert objects(house) == before
    assert house.run(export) == run
    for other in messages:
        house.deliver(other)
    assert_delivered(house, export, ids(ROWS))


@pytest.mark.parametrize(("number", "after"), [(1, False), (2, False), (3, True)])
def test_a_late_worker_neither_writes_on_nor_commits_while_the_next_one_writes(
    house, number, after
):
    house.load(ROWS)
    export = house.export()
    message = max(messages := house.planned(export), key=house.files_of)
    late_pause, next_pause = Pause(), Pause()
    late_fault = Fault("create", late_pause, numbers=(number,), after=after)
    late = Thread(lambda: house.deliver(message, house.with_(bucket=late_fault.bucket)))
    late.start()
    late_pause.wait()
    lease_over(house)
    next_fault = Fault("create", next_pause)
    following = Thread(lambda: house.deliver(message, house.with_(bucket=next_fault.bucket)))
    following.start()
    next_pause.wait()
    before = (house.run(export), slice_of(house, message))
    assert before[1].attempt == 2
    late_pause.released.set()
    assert late.ended() is None
    assert late_fault.calls == number
    assert (house.run(export), slice_of(house, message)) == before
    next_pause.released.set()
    assert following.ended() is None
    assert slice_of(house, message).status is SliceStatus.DONE
    for other in messages:
        house.deliver(other)
    assert_delivered(house, export, ids(ROWS))
