"""Names of events to choose from: kept for a while, and never in the way of a form."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.config import Rate, Rates
from shared.domain.members import Actor, Role, Via
from shared.errors import NotFound, TooMany
from shared.jobs.event_names import event_names, names_to_offer
from shared.ports import EventNames
from tests.jobs.house import SMALL, House
from tests.warehouse_rows import event

ANN = Actor("ann@example.com", Role.VIEWER, Via.IAP)
NAMES = ("Buy", "Order placed", "Order sent", "View")


def load(house, *names):
    house.load([event(number, event_name=name) for number, name in enumerate(names)])


def test_names_are_listed_by_their_beginning_as_many_as_asked_for(house):
    load(house, *NAMES)
    assert event_names(house.services, 1) == EventNames(NAMES, complete=True)
    assert event_names(house.services, 1, prefix="Order").names == NAMES[1:3]
    some = event_names(house.services, 1, prefix="Order", limit=1)
    assert some == EventNames(("Order placed",), complete=False)
    with pytest.raises(NotFound):
        event_names(house.services, 2)


def test_a_new_name_is_listed_after_a_while(house):
    load(house, "Buy")
    assert event_names(house.services, 1).names == ("Buy",)
    load(house, "View")
    assert event_names(house.services, 1).names == ("Buy",)
    house.now += timedelta(minutes=10)
    assert event_names(house.services, 1).names == ("Buy", "View")


def test_the_first_names_are_listed_soon(house):
    assert event_names(house.services, 1).names == ()
    load(house, "Buy")
    house.now += timedelta(seconds=15)
    assert event_names(house.services, 1).names == ("Buy",)


def test_beyond_the_first_names_a_beginning_finds_the_others(tmp_path):
    house = House(tmp_path, limits=replace(SMALL, event_names=2)).set_up()
    load(house, *NAMES)
    assert event_names(house.services, 1) == EventNames(NAMES[:2], complete=False)
    assert event_names(house.services, 1, prefix="V") == EventNames(("View",), complete=True)


def test_whoever_asks_the_warehouse_too_often_waits_and_a_form_does_without(house):
    load(house, "Buy")
    services = house.with_(rates=Rates(preview=Rate(1)))
    assert event_names(services, 1, actor=ANN).names == ("Buy",)
    # What is kept costs nothing.
    assert event_names(services, 1, actor=ANN).names == ("Buy",)
    house.now += timedelta(minutes=10)
    assert names_to_offer(services, 1, actor=ANN) == ("Buy",)
    services.event_names.keep((1, ""), EventNames((), complete=True), house.now)
    with pytest.raises(TooMany):
        event_names(services, 1, actor=ANN)
    assert names_to_offer(services, 1, actor=ANN) == ()


def test_what_is_kept_is_bounded(house):
    kept = type(house.services.event_names)(most=2)
    later = house.now + timedelta(minutes=1)
    for key in ("a", "b", "a", "c"):
        kept.keep(key, key.upper(), later)
    assert [kept.get(key, house.now) for key in "abc"] == ["A", None, "C"]
    assert kept.get("a", later) is None
