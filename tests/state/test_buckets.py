"""Buckets belong to one account, have names of their own, and change only as they were seen."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from shared.domain.bucket_access import Access
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT, at_once

KEY = Access("key", "a@my-project.iam.gserviceaccount.com", "abcdef01", "bucket-7/1")
LATER = NOW + timedelta(days=1)


def save(database, url="gs://my-bucket", nickname="Mine", account_id=ACCOUNT, access=KEY):
    new = NewBucket(account_id, nickname, url, access)
    return database.run(lambda c: buckets.insert(c, new, NOW))


def find(database, url="gs://my-bucket", account_id=ACCOUNT):
    return database.run(lambda c: buckets.find(c, account_id, url))


def rotate(database, before, access, now=LATER):
    return database.run(lambda c: buckets.set_access(c, before, access, now))


@pytest.mark.parametrize(
    "access",
    [KEY, Access("impersonation", KEY.email), Access("none")],
)
def test_a_bucket_comes_back_as_it_was_saved(database, access):
    saved = save(database, access=access)
    assert saved == find(database)
    assert (saved.account_id, saved.nickname, saved.url) == (ACCOUNT, "Mine", "gs://my-bucket")
    assert saved.access == access
    assert saved.created_at == saved.credentials_at == saved.worked_at == NOW


def test_nicknames_and_addresses_are_taken_once_in_an_account(database):
    assert save(database)
    assert save(database, url="gs://other") is None
    assert save(database, nickname="Other") is None
    assert save(database, url="gs://other", nickname="mine")
    assert save(database, account_id=ACCOUNT + 1)
    assert len(database.run(lambda c: buckets.list_all(c, ACCOUNT))) == 2


def test_one_of_many_who_save_a_bucket_at_once_wins(database):
    saved = at_once(*[lambda: save(database)] * 4)
    assert sum(each is not None for each in saved) == 1


def test_another_account_sees_and_touches_nothing(database):
    saved = save(database)
    assert find(database, account_id=ACCOUNT + 1) is None
    assert database.run(lambda c: buckets.list_all(c, ACCOUNT + 1)) == []
    assert database.run(lambda c: buckets.find_named(c, ACCOUNT + 1, "Mine")) is None
    assert not database.run(lambda c: buckets.hold(c, ACCOUNT + 1, saved.url))
    database.run(lambda c: buckets.remove(c, ACCOUNT + 1, saved.bucket_id))
    database.run(lambda c: buckets.note_probe(c, ACCOUNT + 1, saved.bucket_id, None, LATER))
    assert find(database) == saved


def test_a_bucket_is_found_by_its_address_before_any_nickname(database):
    first = save(database)
    trap = save(database, url="gs://other", nickname="gs://my-bucket")
    named = [
        database.run(lambda c, n=n: buckets.find_named(c, ACCOUNT, n)) for n in ("Mine", first.url)
    ]
    assert named == [first, first]
    assert trap != first


def test_new_credentials_take_the_place_of_those_that_were_seen(database):
    before = save(database)
    access = Access("impersonation", "b@my-project.iam.gserviceaccount.com")
    assert rotate(database, before, access)
    after = find(database)
    assert (after.access, after.credentials_at, after.worked_at) == (access, LATER, LATER)
    assert (after.bucket_id, after.created_at) == (before.bucket_id, NOW)


def test_credentials_that_somebody_else_has_changed_stay(database):
    before = save(database)
    first, second = Access("key", "x", "1", "bucket-7/2"), Access("key", "x", "2", "bucket-7/3")
    outcomes = at_once(*[lambda a=a: rotate(database, before, a) for a in (first, second)])
    assert sorted(outcomes) == [False, True]
    assert find(database).access == (first if outcomes[0] else second)
    assert not rotate(database, before, KEY)


def test_a_removed_bucket_is_gone_and_its_names_are_free(database):
    saved = save(database)
    for _ in range(2):
        database.run(lambda c: buckets.remove(c, ACCOUNT, saved.bucket_id))
    assert find(database) is None
    assert not rotate(database, saved, KEY)
    assert save(database)


def test_a_bucket_that_is_held_is_not_removed_meanwhile(postgres):
    saved = save(postgres)

    def remove() -> None:
        with postgres.transaction() as remover:
            remover.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            buckets.remove(remover, ACCOUNT, saved.bucket_id)

    with postgres.transaction() as holder:
        assert buckets.hold(holder, ACCOUNT, saved.url)
        with pytest.raises(OperationalError, match="lock timeout"):
            remove()
    assert find(postgres) == saved


def test_the_last_time_that_a_bucket_worked_is_kept(database):
    saved = save(database)
    database.run(lambda c: buckets.note_probe(c, ACCOUNT, saved.bucket_id, None, LATER))
    assert find(database).worked_at == LATER


def test_each_account_has_a_proof_of_its_own_that_never_changes(database):
    proofs = at_once(*[lambda: database.run(lambda c: buckets.proof(c, ACCOUNT))] * 4)
    other = database.run(lambda c: buckets.proof(c, ACCOUNT + 1))
    assert len(set(proofs)) == 1
    assert other != proofs[0]
    assert re.fullmatch(r"sluice:[0-9a-f]{32}", other)
    assert database.run(lambda c: buckets.proof(c, ACCOUNT)) == proofs[0]


def test_a_trial_is_noted_with_what_it_showed(database):
    saved = save(database)
    assert (saved.probed_at, saved.failing_since, saved.failure) == (NOW, None, None)
    note(database, saved, "403-forbidden", LATER)
    note(database, saved, "404-bucket-not-found", 2 * LATER_BY + NOW)
    found = find(database)
    assert (found.failure, found.failing_since) == ("404-bucket-not-found", LATER)
    assert (found.worked_at, found.probed_at) == (NOW, NOW + 2 * LATER_BY)
    note(database, saved, None, NOW + 3 * LATER_BY)
    found = find(database)
    assert (found.failure, found.failing_since) == (None, None)
    assert found.worked_at == found.probed_at == NOW + 3 * LATER_BY


def test_new_credentials_end_what_the_old_ones_failed_with(database):
    saved = save(database)
    note(database, saved, "403-forbidden", LATER)
    assert rotate(database, find(database), Access("none"), LATER)
    assert (find(database).failure, find(database).failing_since) == (None, None)


def test_another_accounts_trial_changes_nothing(database):
    saved = save(database)
    database.run(lambda c: buckets.note_probe(c, ACCOUNT + 1, saved.bucket_id, "x", LATER))
    assert find(database) == saved


def test_buckets_are_due_in_the_order_of_their_last_trial_and_go_to_one(database):
    first, second, third = [
        save(database, url=f"gs://b-{number}", nickname=str(number)) for number in range(3)
    ]
    for number, saved in enumerate((second, third, first)):
        note(database, saved, None, NOW + number * timedelta(minutes=1))
    assert claim(database, before=NOW) == []
    assert claim(database, before=LATER, limit=2) == [second.bucket_id, third.bucket_id]
    assert claim(database, before=LATER) == [first.bucket_id]
    assert claim(database, before=LATER) == []


def test_of_many_who_claim_at_once_each_gets_others(database):
    saved = [save(database, url=f"gs://b-{n}", nickname=str(n)).bucket_id for n in range(12)]
    found = at_once(*[lambda: claim(database, before=LATER, limit=3)] * 4)
    assert sorted(each for some in found for each in some) == saved


LATER_BY = LATER - NOW


def note(database, saved, failure, now):
    database.run(lambda c: buckets.note_probe(c, saved.account_id, saved.bucket_id, failure, now))


def claim(database, before, limit=9):
    due = database.run(lambda c: buckets.claim_due(c, before=before, now=LATER, limit=limit))
    return [each.bucket_id for each in due]
