"""Repeated requests, rates and signing secrets: shared by all processes, decided by the rows."""

from datetime import timedelta

import pytest

from shared.state import idempotency, rates, signing_secrets
from shared.state.idempotency import RequestKey
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT, at_once

KEY = RequestKey(ACCOUNT, "ann@example.com", "request-1")
MINUTE = timedelta(minutes=1)
OTHERS = [
    RequestKey(ACCOUNT + 1, KEY.actor, KEY.request_id),
    RequestKey(ACCOUNT, "bob@example.com", KEY.request_id),
    RequestKey(ACCOUNT, KEY.actor, "request-2"),
]


def claim(database, key=KEY, now=NOW):
    return database.run(lambda c: idempotency.claim(c, key, "print", now))


def known(database, key=KEY):
    return database.run(lambda c: idempotency.get(c, key))


def test_one_of_many_who_send_a_request_at_once_takes_it(database):
    assert sum(at_once(*[lambda: claim(database)] * 4)) == 1
    assert known(database).result is None
    assert known(database).fingerprint == "print"


@pytest.mark.parametrize("result", [{"id": 7, "name": "ä"}, [], 0, "", False])
def test_the_result_is_kept_for_whoever_asks_again(database, result):
    claim(database)
    database.run(lambda c: idempotency.set_result(c, KEY, result))
    assert not claim(database)
    assert known(database).result == result


@pytest.mark.parametrize("other", OTHERS)
def test_the_same_id_of_somebody_else_is_another_request(database, other):
    claim(database)
    assert known(database, other) is None
    assert claim(database, other)
    database.run(lambda c: idempotency.release(c, other))
    assert known(database) is not None


def test_old_requests_of_the_account_are_forgotten(database):
    claim(database)
    claim(database, OTHERS[0])
    database.run(lambda c: idempotency.forget_before(c, ACCOUNT, NOW + MINUTE))
    assert known(database) is None
    assert known(database, OTHERS[0]) is not None


def take(database, now=NOW, actor="ann@example.com", what="test", account_id=ACCOUNT):
    return database.run(
        lambda c: rates.take(c, account_id, actor, what, now=now, count=3, every=MINUTE)
    )


def test_so_many_at_once_and_then_one_after_the_other(database):
    assert [take(database) for _ in range(3)] == [None] * 3
    wait = take(database)
    assert wait == timedelta(seconds=20)
    assert take(database, NOW + wait) is None
    assert take(database, NOW + wait) == wait
    assert [take(database, NOW + 9 * MINUTE) for _ in range(4)] == [None] * 3 + [wait]


def test_many_at_once_get_no_more_than_there_is(database):
    taken = at_once(*[lambda: take(database)] * 8)
    assert taken.count(None) == 3


def test_everybody_has_a_rate_of_his_own(database):
    for _ in range(4):
        take(database)
    assert take(database, actor="bob@example.com") is None
    assert take(database, what="preview") is None
    assert take(database, account_id=ACCOUNT + 1) is None


def test_a_clock_that_was_set_back_locks_nobody_out(database):
    for _ in range(3):
        take(database, NOW + 1_000 * MINUTE)
    assert take(database, NOW) == timedelta(seconds=20)
    assert take(database, NOW + MINUTE) is None


def test_all_who_ask_for_a_signing_secret_at_once_get_the_same(database):
    found = at_once(*[lambda: database.run(lambda c: signing_secrets.of(c, "pages"))] * 4)
    assert len(set(found)) == 1
    assert len(found[0]) == signing_secrets.SECRET_BYTES
    assert database.run(lambda c: signing_secrets.of(c, "forms")) != found[0]
