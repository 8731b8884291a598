"""What people do to an export while it runs: stop it, edit it, make another."""

from datetime import timedelta
from itertools import pairwise

import pytest

from shared.domain.exports import DataType, ExportStatus, Format, Frequency
from shared.domain.runs import RunStatus
from shared.errors import InvalidInput
from shared.jobs import schedule as schedule_module
from shared.jobs.manage_exports import edit_export, stop_export
from tests.jobs.faults import Fault, hours
from tests.jobs.oracle import assert_delivered, manifests, objects
from tests.jobs.samples import arriving, ids, mixed_events
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW, event

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(150)


@pytest.mark.parametrize("number", [1, 2])
def test_a_run_that_is_stopped_ends_before_its_next_file(house, number):
    house.load(ROWS)
    export = house.export()
    messages = sorted(house.planned(export), key=lambda message: -house.files_of(message))
    assert house.files_of(messages[0]) == 3
    fault = Fault(
        "create", lambda: stop_export(house.services, 1, export.export_id), numbers=(number,)
    )
    services = house.with_(bucket=fault.bucket)
    for message in messages:
        assert house.deliver(message, services) is None
    assert fault.fired == 1
    # The file that was on its way arrives; nothing comes after it.
    assert len(objects(house)) == fault.calls == number
    assert house.run(export).status is RunStatus.STOPPED
    assert house.again(export).status is ExportStatus.STOPPED
    house.now += HOUR
    assert house.tick().slices_published == 0
    assert house.take() == []
    assert manifests(house, export) == []


@pytest.mark.parametrize("method", ["freeze", "inventory", "submit_snapshot"])
@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_is_stopped_while_it_is_planned_writes_nothing(house, method, after):
    house.load(ROWS)
    export = house.export()
    fault = Fault(method, lambda: stop_export(house.services, 1, export.export_id), after=after)
    house.tick()
    [message] = house.take()
    services = house.with_(warehouse=fault.on(house.services.warehouse))
    assert house.deliver(message, services) is None
    assert fault.fired == 1
    house.drain()
    assert house.run(export).status is RunStatus.STOPPED
    assert house.again(export).status is ExportStatus.STOPPED
    assert objects(house) == set()


def test_what_is_undelivered_is_cancelled_and_what_was_delivered_stays(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = arriving(range(30), 11)
    house.load([*rows, *arriving(range(40, 60), 7)])
    house.now = NOW - 8 * HOUR + 6 * MINUTE
    house.finish()
    house.now = NOW + 6 * MINUTE
    house.tick()
    assert stop_export(house.services, 1, export.export_id) == 2
    house.drain()
    assert [run.status for run in house.runs(export)] == [
        RunStatus.DONE,
        RunStatus.STOPPED,
        RunStatus.STOPPED,
    ]
    assert_delivered(house, export, ids(rows))
    house.now += 8 * HOUR
    assert house.tick().runs_recorded == 0


def test_an_export_that_has_ended_cannot_be_stopped_or_edited(house):
    house.load(ROWS[:5])
    export = house.export()
    house.finish()
    for action in (
        lambda: stop_export(house.services, 1, export.export_id),
        lambda: edit_export(house.services, 1, export.export_id, format=Format.CSV),
    ):
        with pytest.raises(InvalidInput):
            action()
    assert house.again(export) == house.again(export)
    assert house.again(export).status is ExportStatus.DONE


@pytest.mark.parametrize("action", ["stop", "edit"])
def test_a_stop_or_edit_between_two_steps_of_a_tick_is_not_overtaken(house, monkeypatch, action):
    """The tick has read that windows are due; then somebody acts; only then it records them."""
    house.now = MIDNIGHT
    every = timedelta(minutes=10)
    export = house.export(frequency=Frequency.LIVE, every=every, start_on=MIDNIGHT.date())
    moments = [MIDNIGHT + n * MINUTE for n in range(60)]
    rows = [event(n, ts=at, ingested_at=at) for n, at in enumerate(moments)]
    house.load(rows)
    house.now = MIDNIGHT + 26 * MINUTE
    find_windows = schedule_module._due_windows
    fired = []

    def acted(*args, **options):
        windows = find_windows(*args, **options)
        assert len(windows) == 2
        if action == "stop":
            stop_export(house.services, 1, export.export_id)
        else:
            edit_export(house.services, 1, export.export_id, every=timedelta(minutes=7))
        fired.append(action)
        return windows

    monkeypatch.setattr(schedule_module, "_due_windows", acted)
    house.tick()
    monkeypatch.undo()
    assert fired == [action]
    house.drain()
    if action == "stop":
        assert house.runs(export) == []
        assert objects(house) == set()
        return
    house.now = MIDNIGHT + 60 * MINUTE
    house.finish()
    windows = [run.window for run in house.runs(export)]
    assert windows[0].start_at == MIDNIGHT
    assert all(a.end_at == b.start_at for a, b in pairwise(windows))
    end = windows[-1].end_at
    assert_delivered(house, export, ids(row for row in rows if row["ingested_at"] < end))


def test_an_edit_applies_from_the_next_run_on(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = [*arriving(range(40), 11), *arriving(range(50, 90), 7), *arriving(range(95, 99), 2)]
    house.load(rows)
    house.now = NOW - 8 * HOUR + 6 * MINUTE
    house.tick()
    [message] = house.take()
    house.deliver(message)
    edit_export(
        house.services, 1, export.export_id, format=Format.PARQUET, every=timedelta(hours=8)
    )
    house.drain()
    house.now = NOW + 6 * MINUTE
    house.finish()
    assert [hours(run.window) for run in house.runs(export)] == [(0, 4), (4, 12)]
    deliveries = assert_delivered(house, export, ids(rows))
    assert [each.manifest["format"] for each in deliveries] == ["json", "parquet"]
    assert [each.manifest["compression"] for each in deliveries] == ["none", "gzip"]


def test_an_edit_of_a_live_export_closes_its_window_at_once(house):
    house.now = MIDNIGHT
    export = house.export(frequency=Frequency.LIVE, start_on=MIDNIGHT.date())
    moments = [MIDNIGHT + timedelta(seconds=20 * n) for n in range(90)]
    rows = [event(n, ts=at, ingested_at=at) for n, at in enumerate(moments)]
    house.load(rows)
    house.now = MIDNIGHT + 14 * MINUTE + timedelta(microseconds=5)
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    house.now = MIDNIGHT + 26 * MINUTE
    house.finish()
    windows = [run.window for run in house.runs(export)]
    assert [window.start_at for window in windows] == [MIDNIGHT + n * MINUTE for n in (0, 10, 14)]
    assert [window.end_at for window in windows] == [MIDNIGHT + n * MINUTE for n in (10, 14, 24)]
    within = [row for row in rows if row["ingested_at"] < windows[-1].end_at]
    deliveries = assert_delivered(house, export, ids(within))
    assert [each.manifest["format"] for each in deliveries] == ["csv"] * 3


def test_a_recurring_export_awaits_its_next_run_between_two_runs(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    assert house.again(export).status is ExportStatus.PENDING
    house.load(arriving(range(30), 11))
    house.now = NOW - 8 * HOUR + 6 * MINUTE
    house.tick()
    [message] = house.take()
    house.deliver(message)
    assert house.again(export).status is ExportStatus.RUNNING
    house.drain()
    assert house.again(export).status is ExportStatus.PENDING
    assert house.again(export).next_due_at == NOW - 4 * HOUR + 5 * MINUTE


@pytest.mark.parametrize(
    ("choices", "advice"),
    [
        ({"data_type": DataType.SELECT_EVENTS, "events": ("Bye",)}, "No event named 'Bye'"),
        ({"bucket": "file:///nowhere/at/all"}, "does not exist"),
        ({"bucket": "gs://bucket"}, "save the bucket"),
        ({"start_on": (NOW - timedelta(days=61)).date()}, "60 days"),
        ({"end_on": (NOW + timedelta(days=1)).date()}, "future"),
    ],
)
def test_an_export_that_cannot_be_is_refused_and_nothing_is_made(house, choices, advice):
    house.load(ROWS[:5])
    with pytest.raises(InvalidInput, match=advice):
        house.export(**choices)
    house.tick()
    assert house.take() == []
    assert objects(house) == set()


def test_an_edit_of_what_has_ended_says_so_whatever_else_is_wrong_with_it(house):
    export = house.export(frequency=Frequency.RECURRING, every=4 * HOUR)
    stop_export(house.services, 1, export.export_id)
    with pytest.raises(InvalidInput, match="STOPPED and cannot be edited any more"):
        edit_export(house.services, 1, export.export_id, data_type=DataType.ALL_USER_PROPERTIES)
