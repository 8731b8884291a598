"""A request that is sent again does nothing again; one that is sent too often has to wait."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.config import Rate, Rates
from shared.domain.members import COMMAND_LINE, SYSTEM, Actor, Role, Via
from shared.errors import Conflict, InvalidInput, TooMany, Transient
from shared.jobs.idempotent import KEPT, idempotent
from shared.jobs.rates import allow
from tests.state.makers import at_once

ANN = Actor("ann@example.com", Role.ADMIN, Via.IAP)
BOB = replace(ANN, email="bob@example.com")


class Work:
    """Counts how often it is done; fails first when it is told to."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.done = 0

    def __call__(self):
        self.done += 1
        if self.errors:
            raise self.errors.pop(0)
        return {"id": self.done}


def send(house, work, request_id="r-1", fingerprint="a", actor=ANN, account_id=1):
    return idempotent(house.services, account_id, actor, request_id, fingerprint, work)


def test_a_request_sent_again_gives_the_first_result(house):
    work = Work()
    assert [send(house, work) for _ in range(3)] == [{"id": 1}] * 3
    assert work.done == 1


def test_the_same_id_with_another_body_is_a_conflict(house):
    work = Work()
    send(house, work)
    with pytest.raises(Conflict) as caught:
        send(house, work, fingerprint="b")
    assert caught.value.reason == "request-id-reused"
    assert work.done == 1


def test_ids_are_each_senders_own(house):
    work = Work()
    send(house, work)
    send(house, work, actor=BOB)
    send(house, work, account_id=2)
    send(house, work, request_id="r-2")
    assert work.done == 4


def test_without_an_id_each_request_counts(house):
    work = Work()
    assert [send(house, work, request_id=None) for _ in range(2)] == [{"id": 1}, {"id": 2}]


def test_a_request_that_failed_may_be_sent_again(house):
    work = Work(InvalidInput("no"), Transient("not now"))
    for error in (InvalidInput, Transient):
        with pytest.raises(error):
            send(house, work)
    assert send(house, work) == {"id": 3}


@pytest.mark.parametrize(
    "error", [Transient("lost", reason="commit-unknown"), RuntimeError("a defect")]
)
def test_what_may_have_taken_place_is_not_done_again(house, error):
    work = Work(error)
    with pytest.raises(type(error), match=r"lost|defect"):
        send(house, work)
    with pytest.raises(Conflict) as caught:
        send(house, work)
    assert caught.value.reason == "request-under-way"
    assert work.done == 1


def test_of_many_at_once_one_is_done(house):
    work = Work()

    def one():
        try:
            return send(house, work)
        except Conflict:
            return {"id": 1}

    assert at_once(*[one] * 4) == [{"id": 1}] * 4
    assert work.done == 1


def test_after_a_day_an_id_is_new_again(house):
    work = Work()
    send(house, work)
    house.now += KEPT + timedelta(seconds=1)
    assert send(house, work) == {"id": 2}


@pytest.mark.parametrize("request_id", ["", " ", "a b", "x" * 101, "é", "a\nb", "<x>", "\0"])
def test_a_strange_id_is_refused(house, request_id):
    work = Work()
    with pytest.raises(InvalidInput) as caught:
        send(house, work, request_id=request_id)
    assert caught.value.reason == "bad-request-id"
    assert work.done == 0


@pytest.fixture
def limited(house):
    """Two tests a minute, whatever else there is."""
    return replace(house.services, rates=Rates(test=Rate(2)))


def test_who_asks_too_often_is_told_when_to_come_again(house, limited):
    for _ in range(2):
        allow(limited, 1, ANN, "test")
    for _ in range(1_000):
        with pytest.raises(TooMany) as caught:
            allow(limited, 1, ANN, "test")
        assert caught.value.retry_after_s == 30
    house.now += timedelta(seconds=30)
    allow(limited, 1, ANN, "test")


def test_who_asks_too_often_keeps_nobody_else_waiting(limited):
    for _ in range(3):
        try:
            allow(limited, 1, ANN, "test")
        except TooMany:
            break
    allow(limited, 1, BOB, "test")
    allow(limited, 2, ANN, "test")
    allow(limited, 1, ANN, "preview")


@pytest.mark.parametrize("actor", [COMMAND_LINE, SYSTEM])
def test_we_ourselves_do_not_wait(limited, actor):
    for _ in range(10):
        allow(limited, 1, actor, "test")


def test_what_has_no_rate_is_a_defect(limited):
    with pytest.raises(ValueError, match="has no rate"):
        allow(limited, 1, ANN, "everything")
