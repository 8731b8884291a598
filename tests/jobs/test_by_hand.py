"""Runs that people ask for: at once, once more after a failure, or again on request."""

from dataclasses import replace

import pytest

from shared.domain.exports import DataType, ExportStatus, Format
from shared.domain.members import COMMAND_LINE, Actor, Role, Via
from shared.domain.runs import RunKind, RunStatus
from shared.errors import Conflict, NotAllowed, OurFault, Transient
from shared.jobs.audit import list_audit
from shared.jobs.give_up import fail_run
from shared.jobs.manage_exports import edit_export, stop_export
from shared.jobs.replay import replay_run
from shared.jobs.retry_run import retry_run
from shared.jobs.run_now import run_now
from shared.jobs.runs_view import get_run
from tests.jobs.faults import together
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import arriving, ids, mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW, event

pytestmark = pytest.mark.kept_open

EDITOR = Actor("ann@example.org", Role.EDITOR, Via.IAP)
VIEWER = replace(EDITOR, role=Role.VIEWER)
ROWS = mixed_events(60)


def fail(house, run):
    fail_run(house.services, run, OurFault("The disk burnt.", reason="burnt"))


def test_a_window_that_is_due_runs_at_once_and_is_the_one_that_a_tick_would_make(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = arriving(range(20), 11)
    house.load(rows)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    run = run_now(house.services, EDITOR, 1, export.export_id)
    assert (run.window.start_at, run.window.end_at) == (MIDNIGHT, MIDNIGHT + 4 * HOUR)
    assert run.stamp == int(run.window.end_at.timestamp())
    house.drain()
    assert_delivered(house, export, ids(rows))
    assert house.tick().runs_recorded == 0
    [entry] = list_audit(house.services, 1, action="exports.run").items
    assert (entry.actor, entry.target) == (EDITOR.email, str(export.export_id))


def test_of_several_windows_the_earliest_runs_and_the_others_are_left_to_the_tick(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.now = MIDNIGHT + 12 * HOUR + 6 * MINUTE
    run = run_now(house.services, EDITOR, 1, export.export_id)
    assert run.window.end_at == MIDNIGHT + 4 * HOUR
    assert [content["run_id"] for _, content in house.take()] == [run.run_id]
    assert house.tick().runs_published == 2


def test_a_window_is_never_cut_short_and_its_end_is_told(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    before = house.again(export)
    house.now = MIDNIGHT + 4 * HOUR + 4 * MINUTE
    with pytest.raises(Conflict, match="at 2026-11-20 04:00 and can run from 2026-11-20 04:05"):
        run_now(house.services, EDITOR, 1, export.export_id)
    assert house.again(export) == before
    assert house.runs(export) == []


def test_nothing_runs_now_while_a_run_is_under_way_or_after_the_end(house):
    house.load(ROWS)
    export = house.export()
    house.planned(export)
    with pytest.raises(Conflict, match="under way"):
        run_now(house.services, EDITOR, 1, export.export_id)
    house.now += house.limits.redeliver_after
    house.finish()
    with pytest.raises(Conflict, match="is DONE"):
        run_now(house.services, EDITOR, 1, export.export_id)


def test_a_run_that_failed_is_planned_afresh_with_the_settings_of_now(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    rows = arriving(range(20), 11)
    house.load(rows)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.tick()
    failed = house.run(export)
    fail(house, failed)
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    assert get_run(house.services, 1, failed.run_id).may_retry
    run = retry_run(house.services, EDITOR, 1, failed.run_id)
    assert (run.kind, run.window, run.sequence) == (failed.kind, failed.window, 1)
    assert (run.replaces_stamp, run.stamp != failed.stamp) == (failed.stamp, True)
    house.drain()
    [delivery] = assert_delivered(house, export, ids(rows))
    assert (delivery.manifest["format"], delivery.manifest["replaces"]) == ("csv", failed.stamp)
    assert not get_run(house.services, 1, failed.run_id).may_retry


def test_a_run_is_retried_once_however_many_ask_at_once(house):
    house.load(ROWS)
    export = house.export()
    failed = house.run(export)
    fail(house, failed)
    answers = []

    def ask():
        try:
            answers.append(retry_run(house.services, EDITOR, 1, failed.run_id).run_id)
        except Conflict as error:
            answers.append(error.reason)

    together(ask, ask, ask)
    assert answers.count("conflict") == 2
    assert [run.sequence for run in house.runs(export)] == [0, 1]
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_only_a_run_that_failed_is_retried_and_only_one_that_is_done_replayed(house):
    house.load(ROWS)
    export = house.export()
    waiting = house.run(export)
    with pytest.raises(Conflict, match="only one that FAILED"):
        retry_run(house.services, EDITOR, 1, waiting.run_id)
    with pytest.raises(Conflict, match="only one that is DONE"):
        replay_run(house.services, EDITOR, 1, waiting.run_id)


def test_a_window_is_delivered_again_under_a_new_stamp_and_told_apart(house):
    house.load(ROWS)
    export = house.export()
    house.finish()
    first = house.run(export)
    left = objects(house)
    late = [event(900 + n, event_name="Late", ts=NOW - 30 * HOUR) for n in range(4)]
    house.load(late)
    house.now += MINUTE
    replay = replay_run(house.services, EDITOR, 1, first.run_id)
    assert (replay.kind, replay.window) == (RunKind.REPLAY, first.window)
    with pytest.raises(Conflict, match="under way"):
        replay_run(house.services, EDITOR, 1, first.run_id)
    house.finish()
    assert left <= objects(house)
    _, delivery = assert_delivered(
        house, export, {first.stamp: ids(ROWS), replay.stamp: ids([*ROWS, *late])}
    )
    assert (delivery.manifest["kind"], delivery.manifest["replaces"]) == ("replay", first.stamp)
    view = get_run(house.services, 1, replay.run_id)
    assert view.replaced.run_id == first.run_id
    assert (view.difference.rows, dict(view.difference.rows_by_event)) == (4, {"Late": 4})
    assert house.again(export).status is ExportStatus.DONE
    house.now += MINUTE
    again = replay_run(house.services, EDITOR, 1, first.run_id)
    assert (again.sequence, again.replaces_stamp) == (1, first.stamp)


def test_a_replay_of_the_first_window_of_profiles_is_a_full_base(house):
    house.now = MIDNIGHT
    people = profiles(range(12), updated_at=MIDNIGHT - HOUR)
    house.load(people, "profiles")
    export = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    first = house.run(export)
    house.now += MINUTE
    replay = replay_run(house.services, EDITOR, 1, first.run_id)
    house.finish()
    expected = {run.stamp: ids(people, "object_id") for run in (first, replay)}
    assert_delivered(house, export, expected)


def test_nothing_of_a_stopped_export_is_delivered_again(house):
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    done = house.run(export)
    stop_export(house.services, 1, export.export_id, actor=EDITOR)
    for ask in (run_now, retry_run, replay_run):
        target = export.export_id if ask is run_now else done.run_id
        with pytest.raises(Conflict, match="STOPPED"):
            ask(house.services, EDITOR, 1, target)
    view = get_run(house.services, 1, done.run_id)
    assert (view.may_retry, view.may_replay) == (False, False)


def test_when_the_queue_takes_no_message_the_tick_sends_it(house):
    house.load(ROWS)
    export = house.export()

    class Refusing:
        def publish(self, topic, messages):
            raise Transient("The queue is closed.")

    run = run_now(house.with_(queue=Refusing()), EDITOR, 1, export.export_id)
    assert run.status is RunStatus.PENDING
    assert house.take() == []
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_a_viewer_changes_nothing(house):
    house.load(ROWS)
    export = house.export()
    run = house.run(export)
    services = house.services
    for ask in (
        lambda: run_now(services, VIEWER, 1, export.export_id),
        lambda: retry_run(services, VIEWER, 1, run.run_id),
        lambda: replay_run(services, VIEWER, 1, run.run_id),
        lambda: stop_export(services, 1, export.export_id, actor=VIEWER),
        lambda: edit_export(services, 1, export.export_id, actor=VIEWER, as_string=True),
        lambda: house.recurring(actor=VIEWER),
    ):
        with pytest.raises(NotAllowed):
            ask()
    assert house.runs(export) == [run]
    entries = list_audit(services, 1).items
    assert [entry.action for entry in entries] == ["exports.create"]


def test_what_is_made_edited_and_stopped_is_written_down_with_whoever_did_it(house):
    export = house.recurring(actor=EDITOR)
    assert house.again(export).created_by == EDITOR.email
    edit_export(house.services, 1, export.export_id, actor=EDITOR, format=Format.XML)
    stop_export(house.services, 1, export.export_id, actor=COMMAND_LINE)
    entries = list_audit(house.services, 1).items
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("exports.stop", "command-line"),
        ("exports.edit", EDITOR.email),
        ("exports.create", EDITOR.email),
    ]
    assert entries[1].detail == {"format": ["json", "xml"]}
