"""Exports have an id each, change only as their reader saw them, and never go back in time."""

from datetime import timedelta

import pytest

from shared.domain.exports import DataType, ExportStatus, Format
from shared.state import exports
from tests.domain.makers import HOUR, NOW, recurring
from tests.state.makers import ACCOUNT, SECOND, at_once, make_export

RUNNING, STOPPED, DONE = ExportStatus.RUNNING, ExportStatus.STOPPED, ExportStatus.DONE


def read(database, export):
    return database.run(lambda c: exports.get(c, export.account_id, export.export_id))


def advance(database, export, new, due=None):
    return database.run(lambda c: exports.advance(c, [(export, new, due)]))


def edit(database, before, spec, cursor_at):
    return database.run(
        lambda c: exports.set_spec(c, before, spec, cursor_at=cursor_at, next_due_at=None)
    )


def stop(database, export, now=NOW):
    return database.run(lambda c: exports.stop(c, export.account_id, export.export_id, now))


def show(database, export, status):
    database.run(lambda c: exports.set_status(c, export.account_id, export.export_id, status))


def test_an_export_comes_back_as_it_was_created(database):
    names = ("bought\0", "a\\b", "\U0001f600", "it's")
    spec = recurring(data_type=DataType.SELECT_EVENTS, events=names, format=Format.CSV)
    made = make_export(database, spec, now=NOW + timedelta(microseconds=123_456))
    assert made.export_id == int(NOW.timestamp())
    assert (made.spec, made.status, made.spec_version) == (spec, ExportStatus.PENDING, 1)
    assert read(database, made) == made
    assert database.run(lambda c: exports.get(c, ACCOUNT + 1, made.export_id)) is None


def test_exports_of_one_second_get_the_next_free_ids(database):
    first = int(NOW.timestamp())
    later = make_export(database, now=NOW + 2 * SECOND)
    far_ahead = make_export(database, now=NOW + timedelta(days=900))
    made = [make_export(database, account_id=n).export_id for n in (ACCOUNT, 8, ACCOUNT)]
    assert later.export_id == first + 2
    assert made == [first, first + 1, first + 3]
    assert far_ahead.export_id > first + 3


def test_exports_created_at_once_in_one_second_all_have_their_own_id(database):
    made = at_once(*[lambda: make_export(database)] * 5)
    first = int(NOW.timestamp())
    assert sorted(export.export_id for export in made) == list(range(first, first + 5))


def test_an_account_lists_its_own_exports_newest_first(database):
    old, new = make_export(database), make_export(database, now=NOW + HOUR)
    make_export(database, account_id=ACCOUNT + 1)
    assert database.run(lambda c: exports.list_all(c, ACCOUNT)) == [new, old]


def test_due_exports_come_longest_overdue_first_and_no_more_than_asked_for(database):
    new, old, later = (
        make_export(database, recurring(hours * HOUR), now=NOW + number * SECOND)
        for number, hours in enumerate((6, 4, 8))
    )
    stop(database, make_export(database, recurring(4 * HOUR)))
    at = new.next_due_at
    assert database.run(lambda c: exports.due(c, at, limit=9)) == [old, new]
    assert database.run(lambda c: exports.due(c, at, limit=1)) == [old]
    assert database.run(lambda c: exports.due(c, at - SECOND, limit=9)) == [old]
    assert later.next_due_at > at


def test_the_cursor_moves_on_from_where_it_was_read_and_no_other_way(database):
    before = make_export(database)
    start = before.cursor_at
    assert advance(database, before, start + 4 * HOUR, start + 8 * HOUR) == {before.export_id}
    after = read(database, before)
    assert (after.cursor_at, after.next_due_at) == (start + 4 * HOUR, start + 8 * HOUR)
    for other in (start + 2 * HOUR, start + 8 * HOUR):
        assert advance(database, before, other) == set()
    assert read(database, before) == after


def test_many_cursors_move_together_and_those_that_changed_are_named_by_their_absence(database):
    first, second, third = (make_export(database, now=NOW + n * SECOND) for n in range(3))
    advance(database, second, second.cursor_at + HOUR)
    moves = [(each, each.cursor_at + 4 * HOUR, None) for each in (third, second, first)]
    moved = database.run(lambda c: exports.advance(c, moves))
    assert moved == {first.export_id, third.export_id}
    hours = [(read(database, each).cursor_at - each.cursor_at) / HOUR for each in (first, second)]
    assert hours == [4, 1]
    assert database.run(lambda c: exports.advance(c, [])) == set()


def test_of_many_who_move_one_cursor_at_once_one_does(database):
    export = make_export(database)
    end = export.cursor_at + 4 * HOUR
    answers = at_once(*[lambda: advance(database, export, end, end)] * 4)
    assert sorted(answers, key=len) == [set(), set(), set(), {export.export_id}]


@pytest.mark.parametrize("change", ["edit", "stop"])
def test_a_tick_that_read_the_export_before_it_changed_does_not_move_it(database, change):
    before = make_export(database)
    if change == "edit":
        assert edit(database, before, recurring(24 * HOUR), before.cursor_at)
    else:
        assert stop(database, before)
    changed = read(database, before)
    assert advance(database, before, before.cursor_at + 4 * HOUR) == set()
    assert read(database, before) == changed


def test_an_edit_applies_only_to_what_its_author_saw(database):
    before = make_export(database)
    assert edit(database, before, recurring(6 * HOUR), before.cursor_at)
    after = read(database, before)
    assert (after.spec.every, after.spec_version) == (6 * HOUR, 2)
    assert not edit(database, before, recurring(8 * HOUR), before.cursor_at)
    advance(database, after, after.cursor_at + 6 * HOUR)
    assert not edit(database, after, recurring(8 * HOUR), after.cursor_at)
    assert read(database, before).spec.every == 6 * HOUR


def test_of_edits_at_once_one_is_stored(database):
    before = make_export(database)
    edits = [
        lambda every=every: edit(database, before, recurring(every * HOUR), before.cursor_at)
        for every in (5, 6, 7)
    ]
    answers = at_once(*edits)
    assert sorted(answers) == [False, False, True]
    assert read(database, before).spec.every == (5 + answers.index(True)) * HOUR


def test_a_stopped_export_stays_stopped(database):
    export = make_export(database)
    assert stop(database, export)
    assert not stop(database, export, NOW + HOUR)
    show(database, export, RUNNING)
    assert not edit(database, export, recurring(6 * HOUR), export.cursor_at)
    after = read(database, export)
    assert (after.status, after.stopped_at, after.next_due_at) == (STOPPED, NOW, None)


def test_a_running_export_can_be_stopped_and_one_that_is_done_cannot(database):
    running, done = make_export(database), make_export(database)
    show(database, running, RUNNING)
    show(database, done, DONE)
    assert stop(database, running)
    assert not stop(database, done)
    assert read(database, done).status is DONE


def test_nobody_changes_the_export_of_another_account(database):
    export = make_export(database)
    stranger = ACCOUNT + 1
    assert not database.run(lambda c: exports.stop(c, stranger, export.export_id, NOW))
    database.run(lambda c: exports.set_status(c, stranger, export.export_id, DONE))
    assert read(database, export) == export


def test_scheduled_profile_exports_are_counted_until_they_are_stopped(database):
    profiles = {"data_type": DataType.ALL_USER_PROPERTIES}
    first = make_export(database, recurring(**profiles))
    second = make_export(database, recurring(6 * HOUR, **profiles))
    make_export(database, recurring())
    make_export(database, recurring(**profiles), account_id=ACCOUNT + 1)
    stop(database, first)
    assert database.run(lambda c: exports.recurring_profiles(c, ACCOUNT)) == [second.export_id]
