"""The outbox: a notice is queued once, sent by one at a time, in order, until it is accepted."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from shared.domain.incidents import NoticeKind
from shared.state import incidents, notices
from shared.state.notices import PAUSE_MAX, NewNotice, NoticeStatus
from tests.domain.makers import HOUR, NOW
from tests.state.makers import ACCOUNT, SECOND, at_once, make_export
from tests.state.test_incidents import failure, opened

LEASE = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def incident_ids(database):
    """Two incidents of two exports."""
    for number in range(2):
        opened(database, failure(make_export(database, now=NOW + number * SECOND)))
    found = database.run(lambda c: incidents.list_open(c))
    return tuple(each.incident_id for each in found)


def queue(database, ids, kind=NoticeKind.FIRST, now=NOW):
    new = NewNotice(
        ACCOUNT, kind, ("ann@example.com",), "gs://b", "403-forbidden", tuple(ids), {"exports": []}
    )
    return database.run(lambda c: notices.queue(c, new, now))


def claim(database, now=NOW, limit=10):
    return database.run(lambda c: notices.claim_due(c, now, lease=LEASE, limit=limit))


def read(database, notice_id):
    found = database.run(lambda c: notices.get(c, ACCOUNT, notice_id))
    assert found is not None
    return found


def test_a_notice_comes_out_as_it_was_queued(database, incident_ids):
    notice_id = queue(database, incident_ids)
    [notice] = claim(database)
    assert notice == read(database, notice_id)
    assert (notice.kind, notice.to, notice.attempts) == (NoticeKind.FIRST, ("ann@example.com",), 1)
    assert notice.message_id.startswith(f"first.{incident_ids[0]}.")
    told = database.run(lambda c: notices.incidents_of(c, notice_id))
    assert tuple(each.incident_id for each in told) == incident_ids


def test_an_incident_has_each_kind_once(database, incident_ids):
    queue(database, incident_ids)
    with pytest.raises(IntegrityError):
        queue(database, incident_ids[1:])
    assert len(claim(database)) == 1


def test_a_claimed_notice_is_sent_by_nobody_else_until_its_lease_runs_out(database, incident_ids):
    queue(database, incident_ids)
    assert len(claim(database)) == 1
    assert claim(database, NOW + LEASE - SECOND) == []
    [again] = claim(database, NOW + LEASE)
    assert again.attempts == 2
    # Set back by days: the lease that is left from then is over.
    assert len(claim(database, NOW - 48 * HOUR)) == 1


def test_of_senders_at_once_each_takes_other_notices(database, incident_ids):
    for number in range(6):
        opened(database, failure(make_export(database, now=NOW + (9 + number) * SECOND)))
    found = database.run(lambda c: incidents.list_open(c))
    for each in found:
        queue(database, [each.incident_id])
    taken = at_once(*[lambda: claim(database, limit=3)] * 4)
    ids = [notice.notice_id for part in taken for notice in part]
    assert len(ids) == len(set(ids))
    rest = claim(database)
    assert len(ids) + len(rest) == len(found)


def test_what_a_server_took_is_accepted_whichever_try_it_was(database, incident_ids):
    queue(database, incident_ids)
    [first] = claim(database)
    [second] = claim(database, NOW + LEASE)
    accepted_at = NOW + LEASE + MINUTE
    assert database.run(lambda c: notices.mark_accepted(c, first, accepted_at)) is True
    assert database.run(lambda c: notices.mark_accepted(c, second, accepted_at)) is False
    assert database.run(lambda c: notices.postpone(c, second, NOW, NOW, "4xx")) is False
    assert database.run(lambda c: notices.mark_refused(c, second, NOW, "5xx")) is False
    told = read(database, first.notice_id)
    assert (told.status, told.accepted_at) == (NoticeStatus.ACCEPTED, accepted_at)
    times = database.run(lambda c: notices.times_of(c, incident_ids))
    assert times == {each: {NoticeKind.FIRST: accepted_at} for each in incident_ids}
    assert claim(database, NOW + 48 * HOUR) == []


def test_a_postponed_notice_comes_again_with_the_same_message_id(database, incident_ids):
    queue(database, incident_ids)
    [notice] = claim(database)
    later = NOW + 5 * MINUTE
    assert database.run(lambda c: notices.postpone(c, notice, NOW, later, "4xx")) is True
    assert claim(database, later - SECOND) == []
    [again] = claim(database, later)
    assert (again.message_id, again.error) == (notice.message_id, "4xx")
    # Whoever was overtaken postpones nothing.
    assert database.run(lambda c: notices.postpone(c, notice, NOW, NOW, "late")) is False
    times = database.run(lambda c: notices.times_of(c, incident_ids))
    assert times[incident_ids[0]] == {NoticeKind.FIRST: None}


def test_no_pause_is_longer_than_the_longest_nor_outlives_a_clock_set_back(database, incident_ids):
    queue(database, incident_ids)
    [notice] = claim(database)
    database.run(lambda c: notices.postpone(c, notice, NOW, NOW + 99 * HOUR, "4xx"))
    assert read(database, notice.notice_id).next_try_at == NOW + PAUSE_MAX
    assert claim(database, NOW + PAUSE_MAX - SECOND) == []
    assert len(claim(database, NOW - 48 * HOUR)) == 1


def test_a_refused_notice_is_never_sent_again(database, incident_ids):
    queue(database, incident_ids)
    [notice] = claim(database)
    assert database.run(lambda c: notices.mark_refused(c, notice, NOW, "5xx")) is True
    assert read(database, notice.notice_id).status is NoticeStatus.REFUSED
    assert claim(database, NOW + 48 * HOUR) == []


def test_a_later_notice_about_an_incident_waits_for_the_earlier_one(database, incident_ids):
    queue(database, incident_ids)
    recovered = queue(database, incident_ids[:1], NoticeKind.RECOVERED, NOW + MINUTE)
    [first] = claim(database, NOW + MINUTE)
    assert claim(database, NOW + 2 * MINUTE) == []
    database.run(lambda c: notices.mark_accepted(c, first, NOW + 2 * MINUTE))
    [then] = claim(database, NOW + 2 * MINUTE)
    assert then.notice_id == recovered


def withdrawn(database, notice_id, ids, now=NOW):
    notice = read(database, notice_id)
    return database.run(lambda c: notices.withdraw(c, notice, ids, now, lease=LEASE))


def test_a_notice_is_withdrawn_with_the_last_of_its_incidents(database, incident_ids):
    notice_id = queue(database, incident_ids)
    assert withdrawn(database, notice_id, incident_ids[:1]) is True
    [told] = database.run(lambda c: notices.incidents_of(c, notice_id))
    assert told.incident_id == incident_ids[1]
    assert read(database, notice_id).status is NoticeStatus.QUEUED
    assert withdrawn(database, notice_id, incident_ids[1:]) is True
    assert read(database, notice_id).status is NoticeStatus.WITHDRAWN
    assert claim(database) == []


def test_what_may_have_arrived_is_not_withdrawn(database, incident_ids):
    notice_id = queue(database, incident_ids)
    [notice] = claim(database)
    assert withdrawn(database, notice_id, incident_ids) is False
    lost = "the line was lost"
    database.run(lambda c: notices.postpone(c, notice, NOW, NOW, lost, uncertain=True))
    assert withdrawn(database, notice_id, incident_ids) is False
    [again] = claim(database)
    database.run(lambda c: notices.mark_accepted(c, again, NOW))
    assert withdrawn(database, notice_id, incident_ids) is False
    assert read(database, notice_id).status is NoticeStatus.ACCEPTED


def test_a_page_shows_the_newest_of_one_account(database, incident_ids):
    made = [queue(database, [each]) for each in incident_ids]
    found = database.run(lambda c: notices.page(c, ACCOUNT, before=None, limit=10))
    assert [each.notice_id for each in found] == made[::-1]
    older = database.run(lambda c: notices.page(c, ACCOUNT, before=made[1], limit=10))
    assert [each.notice_id for each in older] == made[:1]
    assert database.run(lambda c: notices.page(c, ACCOUNT + 1, before=None, limit=10)) == []
