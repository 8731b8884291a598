"""Create again: a form that is filled in, going on where the other export has come to."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.exports import DataType, Format, Frequency, Identifier
from shared.domain.members import COMMAND_LINE
from shared.errors import OurFault
from shared.jobs.create_again import create_again
from shared.jobs.give_up import fail_run
from shared.jobs.manage_exports import create_export, stop_export
from shared.jobs.retry_run import retry_run
from tests.jobs.house import ACCOUNT
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import arriving, ids, mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE


def again(house, export):
    return create_again(house.services, 1, export.export_id)


def test_the_new_export_delivers_what_the_old_one_has_not(house):
    house.now = MIDNIGHT
    old = house.recurring(hours=4, format=Format.CSV, prefix="out/{run_date}/", as_string=True)
    first, second = arriving(range(20), 11), arriving(range(40, 60), 7)
    house.load([*first, *second])
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    stop_export(house.services, 1, old.export_id)
    prefilled = again(house, old)
    assert prefilled.notes == ()
    assert prefilled.choices["continue_from"] == MIDNIGHT + 4 * HOUR
    new = create_export(house.services, 1, **prefilled.choices)
    changed = {"start_on": old.spec.start_on, "continue_from": MIDNIGHT + 4 * HOUR}
    assert new.spec == replace(old.spec, **changed)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.finish()
    assert_delivered(house, old, ids(first))
    [delivery] = assert_delivered(house, new, ids(second))
    assert delivery.manifest["kind"] == "incremental"


def test_a_window_that_failed_is_where_the_new_one_begins(house):
    house.now = MIDNIGHT
    old = house.recurring(hours=4)
    house.now = MIDNIGHT + 12 * HOUR + 6 * MINUTE
    house.tick()
    failed = house.runs(old)[1]
    fail_run(house.services, failed, OurFault("Broken."))
    house.drain()
    stop_export(house.services, 1, old.export_id)
    prefilled = again(house, old)
    assert prefilled.choices["continue_from"] == MIDNIGHT + 4 * HOUR
    assert any("delivered again" in note for note in prefilled.notes)


def test_a_failure_that_was_retried_is_no_gap(house):
    house.now = MIDNIGHT
    old = house.recurring(hours=4)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.tick()
    fail_run(house.services, house.runs(old)[0], OurFault("Broken."))
    retry_run(house.services, COMMAND_LINE, 1, house.runs(old)[0].run_id)
    house.finish()
    prefilled = again(house, old)
    assert prefilled.choices["continue_from"] == MIDNIGHT + 8 * HOUR
    assert ["goes on" in note for note in prefilled.notes] == [True]


def test_profiles_begin_with_a_full_base_only_when_none_was_delivered(house):
    house.now = MIDNIGHT
    people = profiles(range(5), updated_at=MIDNIGHT - HOUR)
    house.load(people, "profiles")
    old = house.recurring(hours=4, data_type=DataType.ALL_USER_PROPERTIES)
    assert "continue_from" not in again(house, old).choices
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    house.finish()
    stop_export(house.services, 1, old.export_id)
    new = create_export(house.services, 1, **again(house, old).choices)
    changed = profiles(range(3), updated_at=MIDNIGHT + 5 * HOUR)
    house.load(changed, "profiles")
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    house.finish()
    assert_delivered(house, new, ids(changed, "object_id"))


def test_what_lies_more_than_sixty_days_back_is_not_continued(house):
    house.now = MIDNIGHT
    old = house.recurring(hours=4)
    stop_export(house.services, 1, old.export_id)
    house.now = MIDNIGHT + timedelta(days=90)
    prefilled = again(house, old)
    assert prefilled.choices["start_on"] == (house.now - timedelta(days=60)).date()
    assert "continue_from" not in prefilled.choices
    assert "60 days" in prefilled.notes[0]


def test_a_one_time_export_keeps_the_dates_that_can_still_be_had(house):
    house.load(mixed_events(5))
    old = house.export()
    choices = again(house, old).choices
    assert (choices["start_on"], choices["end_on"]) == (old.spec.start_on, old.spec.end_on)
    house.now = MIDNIGHT + timedelta(days=59)
    partly = again(house, old)
    assert (partly.choices["start_on"], partly.choices["end_on"]) == (
        (house.now - timedelta(days=60)).date(),
        old.spec.end_on,
    )
    house.now += timedelta(days=10)
    gone = again(house, old)
    assert "start_on" not in gone.choices
    assert "choose dates from" in gone.notes[0]


def test_identifiers_that_changed_since_are_asked_for_anew(house):
    old = house.recurring(hours=4)
    both = (Identifier.EMAIL, Identifier.IDENTITY)
    house.put_account(replace(ACCOUNT, identifiers=both))
    prefilled = again(house, old)
    assert "identity_priority" not in prefilled.choices
    assert any("identifiers" in note for note in prefilled.notes)


def test_a_live_export_that_was_edited_goes_on_from_where_its_window_was_closed(house):
    house.now = MIDNIGHT
    old = house.export(frequency=Frequency.LIVE, every=10 * MINUTE, start_on=MIDNIGHT.date())
    house.now = MIDNIGHT + 25 * MINUTE
    house.finish()
    assert again(house, old).choices["continue_from"] == MIDNIGHT + 20 * MINUTE
