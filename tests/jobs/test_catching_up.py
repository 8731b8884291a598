"""Windows that were not delivered: once access works each of them is, in order and once."""

from datetime import timedelta
from itertools import pairwise

import pytest

from functions.local.verify import verify
from shared.adapters.inline_queue import InlineQueue
from shared.domain.exports import Format, Frequency
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunKind, RunStatus
from shared.jobs.manage_exports import edit_export
from shared.jobs.replay import replay_run
from tests.jobs.closed_buckets import DENIED, Access, delivered, every_hour, failed
from tests.jobs.oracle import assert_delivered, manifests
from tests.jobs.samples import ids
from tests.jobs.watch import (
    FIRST,
    RECOVERED,
    SECOND,
    all_incidents,
    bring_back,
    hour,
    hours,
    kinds,
    look,
    open_incidents,
    take_away,
    work,
)
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open


@pytest.mark.parametrize("again", [False, True])
def test_a_bucket_fixed_after_two_days_receives_every_window_it_missed(house, again):
    """With `again` it breaks once more in between, so that even its retries fail."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = every_hour(72)
    house.load(rows)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    work(house)
    assert len(delivered(house, export)) == 2
    take_away(house)
    hours(house, 24, step=2)
    if again:
        bring_back(house)
        look(house)
        take_away(house)
    hours(house, 24, step=2)
    assert kinds(house) == [FIRST, SECOND]
    assert len(delivered(house, export)) == 2
    bring_back(house)
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    assert hours(house, 4)[0] == (2, RECOVERED)
    windows = [run.window for run in delivered(house, export)]
    assert windows[0].start_at == MIDNIGHT
    assert all(one.end_at == two.start_at for one, two in pairwise(windows))
    assert windows[-1].end_at == MIDNIGHT + 60 * HOUR
    within = [row for row in rows if row["ingested_at"] < windows[-1].end_at]
    deliveries = assert_delivered(house, export, ids(within))
    # The settings of now, not those of the days on which it failed.
    formats = {each.manifest["run_stamp"]: each.manifest["format"] for each in deliveries}
    done = delivered(house, export)
    assert [formats[run.stamp] for run in done] == ["json"] * 2 + ["csv"] * (len(done) - 2)
    report = verify(str(house.bucket))
    assert report.problems == ()
    assert len(report.manifests) == len(windows)


def test_windows_that_failed_together_are_planned_again_in_their_order(house):
    house.now = MIDNIGHT
    export = house.export(
        frequency=Frequency.LIVE, every=timedelta(minutes=10), start_on=MIDNIGHT.date()
    )
    moments = [MIDNIGHT + n * 10 * MINUTE for n in range(48)]
    rows = [event(n, ts=at, ingested_at=at) for n, at in enumerate(moments)]
    house.load(rows)
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 5 * MINUTE
    work(house)
    assert len(failed(house, export)) == 24
    hour(house)
    bring_back(house)
    hour(house)
    # All were recorded again, and the earliest goes first and alone.
    fresh = [run for run in house.runs(export) if run.sequence == 1]
    assert [run.window.end_at for run in fresh] == sorted(run.window.end_at for run in fresh)
    stamps = [run.stamp for run in fresh]
    assert stamps == sorted(stamps)
    assert len(stamps) == 24 + 6
    house.tick()
    [(_, message)] = house.take()
    assert message["run_id"] == fresh[0].run_id
    house.deliver(("export-windows", message))
    house.drain()
    assert [run.run_id for run in delivered(house, export)] == [fresh[0].run_id]
    # As soon as it is delivered the others follow, without another look of the monitor.
    house.tick()
    order = [message["run_id"] for _, message in house.take()]
    ends = {run.run_id: run.window.end_at for run in house.runs(export)}
    assert [ends[run_id] for run_id in order] == sorted(ends[run_id] for run_id in order)
    house.now += house.limits.redeliver_after
    hours(house, 2)
    assert open_incidents(house) == []
    end = max(run.window.end_at for run in delivered(house, export))
    assert_delivered(house, export, ids(row for row in rows if row["ingested_at"] < end))


def test_a_replay_that_failed_is_not_made_again_by_itself(house, one_window):
    hours(house, 1)
    [done] = delivered(house, one_window)
    access = Access(house, run_fault=DENIED)
    house.services = house.with_(bucket=access, prober=access)
    replay_run(house.services, COMMAND_LINE, 1, done.run_id)
    house.drain()
    assert len(failed(house, one_window)) == 1
    assert hours(house, 3) == []
    assert all_incidents(house) == []
    replays = [run for run in house.runs(one_window) if run.kind is RunKind.REPLAY]
    assert len(replays) == 1


def test_a_message_that_comes_an_hour_late_changes_nothing(house, one_window):
    queue = InlineQueue()
    house.services = house.with_(queue=queue)
    house.tick()
    late = queue.take()
    take_away(house)
    for message in late:
        house.deliver(message)
    late += queue.take()
    hour(house)
    bring_back(house)
    for message in late:
        house.deliver(message)
    late += queue.take()
    hours(house, 3)
    for message in late:
        house.deliver(message)
    house.drain()
    assert open_incidents(house) == []
    rows = every_hour(24)
    assert_delivered(house, one_window, ids(rows), orphans_of=[])
    assert kinds(house) == [FIRST, RECOVERED]


def test_what_state_forgot_is_known_again_and_not_delivered_twice(house):
    """State is restored from a backup that is an hour old; the bucket holds what came since."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = every_hour(16)
    house.load(rows)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    work(house)
    house.services.database.close()
    state = house.folder / "state.sqlite"
    backup = state.read_bytes()
    house.now = MIDNIGHT + 12 * HOUR + 6 * MINUTE
    work(house)
    before = [path.read_bytes() for path in manifests(house, export)]
    assert len(before) == 3
    house.services.database.close()
    for path in house.folder.glob("state.sqlite-*"):
        path.unlink()
    state.write_bytes(backup)
    assert len(delivered(house, export)) == 2
    house.now += HOUR
    hours(house, 2)
    [*_, found] = delivered(house, export)
    assert found.manifest == before[2]
    assert [path.read_bytes() for path in manifests(house, export)] == before
    assert_delivered(house, export, ids(rows[: 12 * 4]))
    assert kinds(house) == []
    hours(house, 4, step=2)
    assert_delivered(house, export, ids(rows))


def test_a_manifest_that_tells_of_another_delivery_is_not_taken_over(house, one_window):
    house.tick()
    house.now += MINUTE
    name = f"{one_window.export_id}-{int((MIDNIGHT + 24 * HOUR).timestamp())}.json"
    (house.bucket / "_manifests").mkdir()
    (house.bucket / "_manifests" / name).write_text('{"version": 1}')
    for _ in range(3):
        house.drain()
    [run] = house.runs(one_window)
    assert (run.status, run.error_reason) == (RunStatus.FAILED, "object-differs")
