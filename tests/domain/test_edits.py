"""What an edit may change, when it may, and what it freezes anew."""

from datetime import timedelta

import pytest

from shared.domain.exports import (
    Compression,
    DataType,
    ExportStatus,
    Format,
    Frequency,
    Identifier,
    check_edit,
    check_stop,
    edited,
)
from shared.domain.identities import identity_columns
from shared.errors import InvalidInput
from tests.domain.makers import HOUR, MINUTE, TODAY, account, chosen, live, recurring

EMAIL, IDENTITY, PHONE = Identifier.EMAIL, Identifier.IDENTITY, Identifier.PHONE
DAY = timedelta(days=1)


@pytest.mark.parametrize("status", [ExportStatus.PENDING, ExportStatus.RUNNING])
@pytest.mark.parametrize("before", [recurring(), live()])
def test_scheduled_exports_are_edited_while_they_wait_or_run(before, status):
    after = edited(account(), before, bucket="gs://other", as_string=True)
    check_edit(before, after, status)
    assert (after.bucket, after.as_string) == ("gs://other", True)
    assert (after.every, after.start_on) == (before.every, before.start_on)


@pytest.mark.parametrize("status", [ExportStatus.DONE, ExportStatus.STOPPED])
def test_an_export_that_has_ended_is_not_edited(status):
    with pytest.raises(InvalidInput, match=f"is {status} .* create it again"):
        check_edit(recurring(), recurring(5 * HOUR), status)


@pytest.mark.parametrize("status", ExportStatus)
def test_a_one_time_export_is_never_edited(status):
    before = chosen()
    with pytest.raises(InvalidInput, match="one-time export cannot be edited: create it again"):
        edited(account(), before, as_string=True)
    with pytest.raises(InvalidInput, match="one-time export cannot be edited: create it again"):
        check_edit(before, before, status)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DataType.ALL_EVENTS, DataType.ALL_USER_PROPERTIES),
        (DataType.ALL_USER_PROPERTIES, DataType.ALL_EVENTS),
    ],
)
def test_events_never_become_profiles_nor_profiles_events(old, new):
    before, after = recurring(data_type=old), recurring(data_type=new)
    with pytest.raises(InvalidInput, match="between events and profiles: stop it and create"):
        edited(account(), before, data_type=new)
    with pytest.raises(InvalidInput, match="between events and profiles: stop it and create"):
        check_edit(before, after, ExportStatus.PENDING)


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        (recurring(), Frequency.LIVE),
        (recurring(), Frequency.ONE_TIME),
        (live(), Frequency.RECURRING),
        (live(), Frequency.ONE_TIME),
    ],
)
def test_the_kind_of_frequency_never_changes(before, kind):
    with pytest.raises(InvalidInput, match="with the new frequency"):
        edited(account(), before, frequency=kind)
    other = {Frequency.LIVE: live(), Frequency.RECURRING: recurring()}.get(kind, chosen())
    with pytest.raises(InvalidInput, match="with the new frequency"):
        check_edit(before, other, ExportStatus.PENDING)


def test_the_interval_may_change_within_its_kind():
    assert edited(account(), recurring(), every=24 * HOUR).every == 24 * HOUR
    assert edited(account(), live(), every=5 * MINUTE).every == 5 * MINUTE
    with pytest.raises(InvalidInput, match="every 4 to 24 whole hours"):
        edited(account(), recurring(), every=3 * HOUR)
    with pytest.raises(InvalidInput, match="every 5 to 60 whole minutes"):
        edited(account(), live(), every=4 * HOUR)


def test_the_start_and_the_zone_stay_although_the_account_has_moved():
    before = recurring(zone="Asia/Kolkata", start_on=TODAY - 400 * DAY)
    after = edited(account("Europe/Berlin"), before, as_string=True, start_on=before.start_on)
    assert (after.time_zone, after.start_on) == ("Asia/Kolkata", TODAY - 400 * DAY)
    with pytest.raises(InvalidInput, match="create it again with other dates"):
        edited(account(), before, start_on=TODAY)
    with pytest.raises(InvalidInput, match="create it again with other dates"):
        edited(account(), before, end_on=TODAY)
    with pytest.raises(InvalidInput, match="create it again with other dates"):
        check_edit(before, recurring(zone="UTC", start_on=before.start_on), ExportStatus.PENDING)


def test_all_events_become_selected_ones_and_back():
    selected = edited(
        account(), recurring(), data_type=DataType.SELECT_EVENTS, events=("a", "b", "a")
    )
    assert (selected.events, selected.identity_priority) == (("a", "b"), ())
    everything = edited(account(), selected, data_type=DataType.ALL_EVENTS)
    assert (everything.events, everything.identity_priority) == ((), (IDENTITY,))
    assert edited(account(), selected, as_string=True).events == ("a", "b")
    with pytest.raises(InvalidInput, match="Name 1 to 1,000 events"):
        edited(account(), recurring(), data_type=DataType.SELECT_EVENTS)


def test_an_export_made_before_has_no_priority_until_it_is_edited():
    before = recurring()
    assert identity_columns(before) == ("identity",)
    several = account("UTC", EMAIL, IDENTITY)
    with pytest.raises(InvalidInput, match="Several identifiers are in use"):
        edited(several, before, as_string=True)
    after = edited(several, before, identity_priority=(EMAIL, IDENTITY))
    assert identity_columns(after) == ("email", "identity")


def test_a_priority_stays_while_it_fits_and_is_asked_again_when_it_does_not():
    before = recurring(identity_priority=(PHONE, EMAIL))
    assert edited(account("UTC", EMAIL, PHONE), before, as_string=True).identity_priority == (
        PHONE,
        EMAIL,
    )
    with pytest.raises(InvalidInput, match="for example identity,email,phone"):
        edited(account("UTC", EMAIL, PHONE, IDENTITY), before, as_string=True)
    assert edited(account("UTC", EMAIL), before).identity_priority == (EMAIL,)


def test_settings_of_the_old_format_give_way_to_the_new_one():
    parquet = recurring(format=Format.PARQUET, compression=Compression.ZSTD)
    assert edited(account(), parquet, format=Format.JSON).compression is Compression.NONE
    packed = recurring(format=Format.CSV, compression=Compression.GZIP, formula_guard=True)
    as_xml = edited(account(), packed, format=Format.XML)
    assert (as_xml.compression, as_xml.formula_guard) == (Compression.GZIP, False)
    bare = recurring(first_line=False)
    assert edited(account(), bare, format=Format.CSV).first_line
    assert not edited(account(), bare, as_string=True).first_line
    with pytest.raises(InvalidInput, match="choose none or gzip for json"):
        edited(account(), parquet, format=Format.JSON, compression=Compression.ZSTD)


def test_only_what_waits_or_runs_can_be_stopped():
    check_stop(ExportStatus.PENDING)
    check_stop(ExportStatus.RUNNING)
    for status in (ExportStatus.DONE, ExportStatus.STOPPED):
        with pytest.raises(InvalidInput, match=f"is {status} already"):
            check_stop(status)
