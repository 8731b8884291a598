"""An export that fails is warned about twice and then stopped; one that works again is told so."""

import pytest

from shared.domain.exports import ExportStatus
from shared.domain.health import FINE, Health, HealthState
from shared.domain.incidents import Ending
from shared.domain.runs import RunStatus
from shared.jobs.audit import list_audit
from shared.jobs.list_exports import get_export
from shared.jobs.manage_exports import edit_export, stop_export
from shared.state.notices import NoticeStatus
from tests.jobs.samples import arriving
from tests.jobs.watch import (
    FIRST,
    RECOVERED,
    SECOND,
    STOPPED,
    accept,
    all_incidents,
    all_notices,
    bring_back,
    hour,
    hours,
    kinds,
    look,
    open_incidents,
    take_away,
    until,
    work,
)
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

pytestmark = pytest.mark.kept_open


@pytest.fixture
def failing(house):
    """An export whose bucket is gone and whose first window has failed, an hour after it."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.load(arriving(range(30), 11))
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    assert house.run(export).error_reason == "bucket-not-found"
    return export


def test_three_notices_within_three_days_and_then_the_export_is_stopped(house, failing):
    sent = hours(house, 80)
    assert sent == [(1, FIRST), (25, SECOND), (73, STOPPED)]
    assert house.again(failing).status is ExportStatus.STOPPED
    [incident] = all_incidents(house)
    assert (incident.ending, incident.reason) == (Ending.STOPPED, "bucket-not-found")
    ended = {run.status for run in house.runs(failing)}
    assert ended == {RunStatus.FAILED, RunStatus.STOPPED}
    [entry] = list_audit(house.services, 1, action="exports.stop").items
    assert (entry.actor, entry.detail["incident_id"]) == ("system", incident.incident_id)
    assert sorted(entry.detail["warned"]) == ["first", "second"]


def test_a_look_that_is_repeated_does_nothing_twice(house, failing):
    house.now += HOUR
    first = look(house)
    assert (first.incidents_opened, first.warned) == (1, 1)
    for _ in range(3):
        again = look(house)
        assert (again.incidents_opened, again.warned, again.trials) == (0, 0, 0)
    assert kinds(house) == [FIRST]
    accept(house)
    house.now += 24 * HOUR
    assert look(house).warned == 1
    assert look(house).warned == 0
    assert kinds(house) == [FIRST, SECOND]


def test_windows_go_on_being_recorded_and_wait_while_the_bucket_is_broken(house, failing):
    hours(house, 30)
    found = house.runs(failing)
    assert len(found) == 1 + 7 + 1
    waiting = [run for run in found if run.status is RunStatus.PENDING]
    # One a day tries it all the same: a probe may be wrong, a run is not.
    assert len(found) - len(waiting) == 2
    house.now += MINUTE
    assert house.tick().runs_published == 0


def test_what_is_mended_in_time_is_closed_told_once_and_delivered(house, failing):
    assert hours(house, 3) == [(1, FIRST)]
    bring_back(house)
    sent = hours(house, 30)
    assert sent == [(2, RECOVERED)]
    assert open_incidents(house) == []
    assert [each.ending for each in all_incidents(house)] == [Ending.RECOVERED]
    open_windows = [run for run in house.runs(failing) if run.status is RunStatus.PENDING]
    assert open_windows == []


def test_mended_between_the_second_and_the_third_notice_it_is_not_stopped(house, failing):
    sent = hours(house, 70, step=7)
    assert sent == [(7, FIRST), (35, SECOND)]
    bring_back(house)
    assert [kind for _, kind in hours(house, 20, step=2)] == [RECOVERED]
    assert house.again(failing).status is not ExportStatus.STOPPED


def test_mended_in_the_hour_of_the_stop_it_is_tried_and_not_stopped(house, failing):
    assert [kind for _, kind in hours(house, 72, step=12)] == [FIRST, SECOND]
    house.now += 11 * HOUR
    bring_back(house)
    # The look at which the stop is due finds the bucket open: a run tries it first.
    assert hours(house, 2) == [(2, RECOVERED)]
    assert house.again(failing).status is not ExportStatus.STOPPED


def test_broken_again_the_series_starts_anew(house, failing):
    hours(house, 60, step=12)
    bring_back(house)
    hours(house, 5)
    take_away(house)
    before = len(all_notices(house))
    until(house, lambda: house.again(failing).status is ExportStatus.STOPPED)
    first, second, third = all_notices(house)[before:]
    assert [first.kind, second.kind, third.kind] == [FIRST, SECOND, STOPPED]
    assert second.queued_at - first.accepted_at >= 24 * HOUR
    assert third.queued_at - first.accepted_at >= 72 * HOUR
    assert [each.ending for each in all_incidents(house)] == [Ending.STOPPED, Ending.RECOVERED]


def test_a_warning_that_nobody_got_is_withdrawn_when_it_is_mended(house, failing):
    hours(house, 48, mail=False, step=6)
    assert kinds(house) == [FIRST]
    bring_back(house)
    hours(house, 3, mail=False)
    [notice] = all_notices(house)
    assert notice.status is NoticeStatus.WITHDRAWN
    assert accept(house) == []
    assert open_incidents(house) == []


def test_mail_that_is_away_for_two_days_puts_everything_off(house, failing):
    hours(house, 48, mail=False, step=6)
    sent = hours(house, 80, step=4)
    assert sent == [(4, FIRST), (28, SECOND), (76, STOPPED)]


def test_a_notice_that_no_address_takes_stops_nobody(house, failing):
    from shared.state import notices

    hour(house, mail=False)
    lease = house.limits.lease
    [notice] = house.services.database.run(
        lambda c: notices.claim_due(c, house.now, lease=lease, limit=9)
    )
    house.services.database.run(lambda c: notices.mark_refused(c, notice, house.now, "5xx"))
    assert hours(house, 100, step=10) == []
    assert house.again(failing).status is not ExportStatus.STOPPED


def test_many_exports_into_one_bucket_are_told_of_together(house):
    house.now = MIDNIGHT
    exports = [house.recurring(hours=4) for _ in range(5)]
    house.load(arriving(range(30), 11))
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    sent = hours(house, 84, step=12)
    assert sent == [(12, FIRST), (36, SECOND), (84, STOPPED)]
    for notice in all_notices(house):
        told = [each["export_id"] for each in notice.detail["exports"]]
        assert told == [export.export_id for export in exports]
    statuses = {house.again(export).status for export in exports}
    assert statuses == {ExportStatus.STOPPED}


def test_an_export_that_has_not_failed_yet_is_told_of_with_the_others(house):
    house.now = MIDNIGHT
    soon, later = house.recurring(hours=4), house.recurring(hours=24)
    house.load(arriving(range(30), 11))
    take_away(house)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    assert house.runs(later) == []
    hour(house)
    [notice] = all_notices(house)
    told = [each["export_id"] for each in notice.detail["exports"]]
    assert told == [soon.export_id, later.export_id]
    bring_back(house)
    hours(house, 3)
    assert open_incidents(house) == []
    told = [sorted(e["export_id"] for e in n.detail["exports"]) for n in all_notices(house)[1:]]
    assert sorted(each for group in told for each in group) == [soon.export_id, later.export_id]


def test_whoever_stops_the_export_hears_no_more_of_it(house, failing):
    hours(house, 2)
    stop_export(house.services, 1, failing.export_id)
    assert hours(house, 100, step=10) == []
    assert [each.ending for each in all_incidents(house)] == [Ending.ENDED]


def test_an_export_that_is_led_elsewhere_delivers_there_what_it_missed(house, failing, tmp_path):
    hours(house, 10)
    other = tmp_path / "other"
    other.mkdir()
    edit_export(house.services, 1, failing.export_id, bucket=other.as_uri())
    assert hours(house, 3) == []
    assert [each.ending for each in all_incidents(house)] == [Ending.MOVED]
    found = house.runs(failing)
    windows = {run.window for run in found}
    assert {run.window for run in found if run.status is RunStatus.DONE} == windows
    assert len(list((other / "_manifests").iterdir())) == len(windows)


def test_an_export_that_runs_once_is_warned_of_mended_and_done(house):
    house.load(arriving(range(30), 30))
    export = house.export()
    take_away(house)
    work(house)
    assert hours(house, 26, step=2) == [(2, FIRST), (26, SECOND)]
    bring_back(house)
    hours(house, 4, step=2)
    assert house.again(export).status is ExportStatus.DONE
    assert kinds(house) == [FIRST, SECOND, RECOVERED]
    assert hours(house, 80, step=20) == []


def test_lists_show_since_when_and_why_it_fails_and_that_it_is_fine_again(house, failing):
    def health():
        return get_export(house.services, 1, failing.export_id).row.health

    failed_at = house.now
    assert health() == Health(HealthState.FAILING, failed_at, "bucket-not-found")
    hours(house, 2)
    [incident] = open_incidents(house)
    assert health() == Health(HealthState.FAILING, incident.opened_at, "bucket-not-found")
    bring_back(house)
    hours(house, 3)
    assert health() == FINE
    house.now += 9 * HOUR
    assert health().state is HealthState.LATE
    work(house)
    assert health() == FINE
    stop_export(house.services, 1, failing.export_id)
    assert health() is None
