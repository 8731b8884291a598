"""Messages get lost, schedulers and clocks fail: the tick drives everything that state knows of."""

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from shared.adapters.inline_queue import InlineQueue
from shared.domain.exports import Frequency
from shared.domain.runs import RunStatus
from shared.errors import Transient
from shared.jobs.schedule import schedule
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from tests.jobs.faults import PATIENCE_S, Fault, hours, together
from tests.jobs.house import ROUNDS_MAX
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import arriving, ids, mixed_events
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW, event

pytestmark = pytest.mark.kept_open


class ForgetfulQueue(InlineQueue):
    """Loses every message the first time it is published."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: set[tuple] = set()

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        keys = {(topic, *sorted(message.items())): message for message in messages}
        known = [message for key, message in keys.items() if key in self.lost]
        self.lost.update(keys)
        super().publish(topic, known)


def test_a_queue_that_loses_every_message_once_delays_and_loses_nothing(house):
    rows = mixed_events(150)
    house.load(rows)
    export = house.export()
    queue = ForgetfulQueue()
    house.services = house.with_(queue=queue)
    ticks = 0
    while house.run(export).status is not RunStatus.DONE:
        house.tick()
        house.drain()
        house.now += house.limits.redeliver_after
        ticks += 1
        assert ticks < ROUNDS_MAX
    assert len(queue.lost) == 1 + house.run(export).slices_total
    assert ticks == 3
    assert_delivered(house, export, ids(rows))


class RefusingQueue(InlineQueue):
    """Fails so many calls for a topic in their middle; what it took before stays sent."""

    def __init__(self, topic: str, refusals: int) -> None:
        super().__init__()
        self.topic = topic
        self.refusals = refusals

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        if topic == self.topic and messages and self.refusals:
            self.refusals -= 1
            super().publish(topic, messages[: len(messages) // 2])
            raise Transient("away", reason="queue-unavailable")
        super().publish(topic, messages)


@pytest.mark.parametrize("topic", [TOPIC_WINDOWS, TOPIC_SLICES])
def test_what_a_queue_did_not_take_is_sent_by_the_next_tick(house, topic):
    rows = mixed_events(150)
    house.load(rows)
    export = house.export()
    queue = RefusingQueue(topic, refusals=2)
    house.services = house.with_(queue=queue)
    failed = 0
    for _ in range(4):
        try:
            house.tick()
        except Transient:
            failed += 1
        failed += len(house.drain())
        house.now += MINUTE
    assert queue.refusals == 0
    assert failed == 2
    assert house.run(export).status is RunStatus.DONE
    assert_delivered(house, export, ids(rows))


def test_a_message_is_not_sent_again_while_it_may_still_be_on_its_way(house):
    house.load(mixed_events(150))
    export = house.export()
    house.tick()
    assert len(house.take()) == 1
    house.now += house.limits.redeliver_after - MINUTE
    house.tick()
    assert house.take() == []
    house.now += MINUTE
    house.tick()
    [message] = house.take()
    house.deliver(message)
    slices = house.take()
    assert len(slices) == house.run(export).slices_total
    house.now += house.limits.redeliver_after - MINUTE
    house.tick()
    assert house.take() == []
    house.now += MINUTE
    house.tick()
    assert house.take() == slices


def test_windows_missed_by_a_scheduler_that_was_down_are_caught_up_one_by_one(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    windows = [arriving(range(n * 100, n * 100 + 40), 12 - 4 * n) for n in range(4)]
    house.now = NOW + 4 * HOUR + MINUTE  # three windows are due, the fourth has not settled
    house.load([row for rows in windows for row in rows])
    assert house.tick().runs_recorded == 3
    assert [hours(run.window) for run in house.runs(export)] == [(0, 4), (4, 8), (8, 12)]
    house.drain()
    expected = {
        run.stamp: ids(rows) for run, rows in zip(house.runs(export), windows, strict=False)
    }
    deliveries = assert_delivered(house, export, expected)
    assert [each.manifest["kind"] for each in deliveries] == ["first", *["incremental"] * 2]
    assert all(run.stamp == run.window.end_at.timestamp() for run in house.runs(export))
    house.now += 4 * MINUTE
    assert house.tick().runs_recorded == 1
    house.drain()
    assert_delivered(house, export, [i for rows in windows for i in ids(rows)])


def test_an_empty_window_among_full_ones_has_its_manifest_too(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = [*arriving(range(10), 12), *arriving(range(20, 30), 4)]
    house.now = NOW + 6 * MINUTE
    house.load(rows)
    house.finish()
    deliveries = assert_delivered(house, export, ids(rows))
    assert [len(each.rows) for each in deliveries] == [10, 0, 10]


@pytest.mark.parametrize("round_no", range(3))
def test_two_ticks_at_once_make_the_runs_and_messages_of_one(house, round_no):
    del round_no
    house.now = MIDNIGHT
    exports = [house.recurring(hours=4) for _ in range(2)]
    rows = arriving(range(50), 11)
    house.now = NOW + 6 * MINUTE
    house.load(rows)
    barrier = threading.Barrier(2)

    def tick() -> None:
        barrier.wait(PATIENCE_S)
        schedule(house.services, house.now)

    together(tick, tick)
    messages = house.take()
    assert len(messages) == len({tuple(content.items()) for _, content in messages}) == 6
    for message in messages:
        house.deliver(message)
    house.drain()
    for export in exports:
        assert [hours(run.window) for run in house.runs(export)] == [(0, 4), (4, 8), (8, 12)]
        assert_delivered(house, export, ids(rows))


def test_a_tick_killed_between_recording_and_publishing_is_made_up_by_the_next(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = arriving(range(50), 11)
    house.now = NOW + 6 * MINUTE
    house.load(rows)

    def killed() -> None:
        raise SystemExit("killed")

    fault = Fault("publish", killed)
    with pytest.raises(SystemExit):
        schedule(house.with_(queue=fault.on(house.services.queue)), house.now)
    assert fault.fired == 1
    assert len(house.runs(export)) == 3
    house.now += house.limits.redeliver_after
    house.finish()
    assert_delivered(house, export, ids(rows))


@pytest.mark.parametrize("back", [timedelta(minutes=3), 6 * HOUR, timedelta(days=40)])
def test_a_clock_set_back_between_two_ticks_delivers_each_row_once(house, back):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    before = arriving(range(50), 5)
    house.load(before)
    house.now = NOW + 6 * MINUTE
    house.finish()
    assert len(house.runs(export)) == 3
    right = house.now
    house.now = right - back
    # The warehouse's own time does not go back: these rows are stamped as arriving later.
    meanwhile = [event(n, ingested_at=None) for n in range(100, 130)]
    house.load(meanwhile)
    house.finish()
    assert len(house.runs(export)) == 3
    house.now = right + 4 * HOUR
    house.finish()
    assert len(house.runs(export)) == 4
    deliveries = assert_delivered(house, export, ids([*before, *meanwhile]))
    assert len(deliveries[-1].rows) == 30


@pytest.mark.parametrize("back", [MINUTE, HOUR, timedelta(days=1)])
@pytest.mark.parametrize("step", ["freeze", "inventory", "submit_snapshot"])
def test_a_clock_set_back_between_freeze_and_load_lets_no_later_row_in(house, back, step):
    rows = mixed_events(60)
    house.load(rows)
    export = house.export()
    later = mixed_events(40, first=500)

    def set_back() -> None:
        house.now -= back
        house.load(later)

    fault = Fault(step, set_back, after=step == "freeze")
    house.tick()
    [message] = house.take()
    services = house.with_(warehouse=fault.on(house.services.warehouse))
    assert house.deliver(message, services) is None
    assert fault.fired == 1
    house.drain()
    assert_delivered(house, export, ids(rows))
    assert house.run(export).status is RunStatus.DONE


def test_a_lease_taken_before_the_clock_was_set_back_holds_nobody_up(house):
    """A worker died and the clock went back: its lease ends in what is now a far future."""
    rows = mixed_events(60)
    house.load(rows)
    export = house.export()
    messages = house.planned(export)

    def killed() -> None:
        raise SystemExit("killed")

    fault = Fault("create", killed)
    for message in messages:
        dying = house.with_(bucket=fault.bucket)
        if fault.fired:
            house.deliver(message)
        else:
            with pytest.raises(SystemExit):
                house.deliver(message, dying)
    assert fault.fired == 1
    house.now -= 5 * HOUR
    house.tick()
    house.drain()
    assert_delivered(house, export, ids(rows))


def test_a_slow_run_does_not_hold_up_the_next_window(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = [*arriving(range(40), 11), *arriving(range(50, 90), 7)]
    house.now = NOW - 4 * HOUR + 6 * MINUTE
    house.load(rows)
    house.tick()
    plans = house.take()
    assert len(plans) == 2
    # The second window is delivered while the first still waits.
    house.deliver(plans[1])
    house.drain()
    assert [run.status for run in house.runs(export)] == [RunStatus.PENDING, RunStatus.DONE]
    house.deliver(plans[0])
    house.drain()
    assert_delivered(house, export, ids(rows))


def test_a_live_export_delivers_windows_of_ten_minutes(house):
    house.now = MIDNIGHT
    export = house.export(frequency=Frequency.LIVE, start_on=MIDNIGHT.date())
    moments = [MIDNIGHT + n * MINUTE for n in range(25)]
    rows = [event(n, ts=at, ingested_at=at) for n, at in enumerate(moments)]
    house.load(rows)
    house.now = MIDNIGHT + 21 * MINUTE  # the second window has not settled yet
    house.finish()
    assert_delivered(house, export, {int(moments[10].timestamp()): ids(rows[:10])})
    house.now += MINUTE
    house.finish()
    ends = [run.window.end_at for run in house.runs(export)]
    assert ends == [moments[10], moments[20]]
    assert_delivered(house, export, ids(rows[:20]))
