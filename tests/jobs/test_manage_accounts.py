"""Accounts are seen by their members only, changed by admins, and the first one makes itself."""

from dataclasses import replace

import pytest

from shared.domain.account_settings import Flags
from shared.domain.accounts import Account
from shared.domain.choices import Identifier
from shared.domain.members import COMMAND_LINE, SYSTEM, Actor, Caller, Role, Via
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.jobs.audit import list_audit
from shared.jobs.entering import Entered, enter
from shared.jobs.manage_accounts import (
    accounts_of,
    actor_in,
    first_admin,
    get_account,
    put_account,
    role_of,
    update_account,
)
from shared.jobs.manage_members import list_members, put_member
from shared.state import accounts
from tests.jobs.house import House
from tests.state.makers import at_once

ANN, BOB = "ann@example.com", "bob@example.com"
ENVIRON = {"SLUICE_ADMIN_EMAIL": "Ann@Example.com"}


@pytest.fixture
def services(tmp_path):
    """State with tables and nothing in them."""
    house = House(tmp_path / "house")
    house.services.database.migrate()
    return house.services


@pytest.fixture
def shop(services):
    first_admin(services, ENVIRON)
    return services


def entries(services, account_id=1):
    return list_audit(services, account_id).items


def test_the_first_account_and_its_admin_come_from_the_environment(services):
    environ = ENVIRON | {
        "SLUICE_ACCOUNT_ID": "42",
        "SLUICE_DATABASE_ID": "shop-1",
        "SLUICE_TIME_ZONE": "Europe/Berlin",
        "SLUICE_ACCOUNT_NAME": "Shop",
    }
    first_admin(services, environ)
    [(settings, role)] = accounts_of(services, ANN)
    assert role is Role.ADMIN
    assert (settings.account_id, settings.database_id) == (42, "shop-1")
    assert (settings.time_zone, settings.name) == ("Europe/Berlin", "Shop")
    assert settings.flags == Flags()


def test_the_second_start_changes_nothing(shop):
    update_account(shop, COMMAND_LINE, 1, name="Renamed")
    before = (accounts_of(shop, ANN), entries(shop))
    first_admin(shop, ENVIRON | {"SLUICE_ACCOUNT_NAME": "Other"})
    assert (accounts_of(shop, ANN), entries(shop)) == before


def test_starts_at_once_make_one_admin(services):
    at_once(*[lambda: first_admin(services, ENVIRON)] * 4)
    assert len(list_members(services, SYSTEM, 1)) == 1
    assert len(entries(services)) == 1


def test_an_admin_who_was_taken_away_does_not_come_back(shop):
    put_member(shop, COMMAND_LINE, 1, BOB, Role.ADMIN)
    put_member(shop, COMMAND_LINE, 1, ANN, Role.VIEWER)
    first_admin(shop, ENVIRON)
    assert role_of(shop, 1, ANN) is Role.VIEWER


def test_an_account_that_nobody_administers_gets_the_admin(shop):
    shop.database.run(lambda c: accounts.put(c, Account(2, "db-2", "UTC")))
    first_admin(shop, ENVIRON)
    assert [each.account_id for each, _ in accounts_of(shop, ANN)] == [1, 2]


def test_without_an_address_nothing_is_made(services):
    first_admin(services, {"SLUICE_ACCOUNT_ID": "1"})
    assert services.database.run(accounts.list_ids) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"SLUICE_ADMIN_EMAIL": "nobody"},
        {"SLUICE_ACCOUNT_ID": "one"},
        {"SLUICE_ACCOUNT_ID": "0"},
        {"SLUICE_TIME_ZONE": "Mars"},
        {"SLUICE_DATABASE_ID": "a/b"},
    ],
)
def test_a_wrong_environment_makes_nothing(services, wrong):
    with pytest.raises(InvalidInput):
        first_admin(services, ENVIRON | wrong)
    assert services.database.run(accounts.list_ids) == []


def test_an_account_of_others_is_not_there(shop):
    for caller in (Caller(BOB, Via.IAP), Caller("", Via.IAP)):
        with pytest.raises(NotFound) as foreign:
            actor_in(shop, caller, 1)
        with pytest.raises(NotFound) as missing:
            actor_in(shop, caller, 999)
        for account_id in (1, 999):
            with pytest.raises(NotFound, match=f"no account {account_id} "):
                enter(shop, caller, account_id)
        assert foreign.value.message.replace("1", "999") == missing.value.message
        assert accounts_of(shop, caller.email) == []


def test_a_member_acts_with_his_role_of_the_moment(shop):
    caller = Caller(ANN, Via.IAP)
    assert actor_in(shop, caller, 1) == Actor(ANN, Role.ADMIN, Via.IAP)
    put_member(shop, COMMAND_LINE, 1, BOB, Role.ADMIN)
    put_member(shop, COMMAND_LINE, 1, ANN, Role.VIEWER)
    assert actor_in(shop, caller, 1).role is Role.VIEWER


def test_one_question_tells_who_enters_which_account_and_whether_he_has_others(shop):
    caller = Caller(ANN, Via.IAP)
    [(account, _)] = accounts_of(shop, ANN)
    assert enter(shop, caller, 1) == Entered(actor_in(shop, caller, 1), account, has_others=False)
    put_account(shop, Account(account_id=2, database_id="db-2", time_zone="UTC"))
    put_member(shop, COMMAND_LINE, 2, ANN, Role.VIEWER)
    entered = enter(shop, caller, 2)
    assert (entered.actor.role, entered.has_others) == (Role.VIEWER, True)
    key = Actor("key:k", Role.EDITOR, Via.KEY)
    by_key = Caller(key.email, Via.KEY, 1, replace(key, scopes=frozenset({"accounts:read"})))
    assert enter(shop, by_key, 1).account == account
    with pytest.raises(NotFound):
        enter(shop, by_key, 2)


def test_settings_are_changed_and_the_change_is_written_down(shop):
    admin = Actor(ANN, Role.ADMIN, Via.IAP)
    changed = update_account(
        shop,
        admin,
        1,
        name="Shop",
        time_zone="Asia/Tokyo",
        identifiers=["email", "phone"],
        flags={"bigquery_import": False},
    )
    assert get_account(shop, admin, 1) == changed
    assert changed.identifiers == (Identifier.EMAIL, Identifier.PHONE)
    assert changed.flags == Flags(bigquery_import=False)
    entry = entries(shop)[0]
    assert (entry.action, entry.actor) == ("accounts.update", ANN)
    assert entry.detail["time_zone"] == ["UTC", "Asia/Tokyo"]
    assert "database_id" not in entry.detail


def test_a_change_that_changes_nothing_is_not_written_down(shop):
    before = entries(shop)
    update_account(shop, COMMAND_LINE, 1, time_zone="UTC")
    assert entries(shop) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars"},
        {"database_id": "../x"},
        {"identifiers": []},
        {"identifiers": ["shoe size"]},
        {"identifiers": ["email", "email"]},
        {"flags": {"everything": True}},
        {"flags": {"bucket_export": "yes"}},
        {"name": "x" * 101},
        {"admin": True},
    ],
)
def test_wrong_settings_change_nothing(shop, wrong):
    before = (get_account(shop, SYSTEM, 1), entries(shop))
    with pytest.raises(InvalidInput):
        update_account(shop, COMMAND_LINE, 1, **{"name": "Shop"} | wrong)
    assert (get_account(shop, SYSTEM, 1), entries(shop)) == before


def test_two_changes_at_once_both_take_place(shop):
    at_once(
        lambda: update_account(shop, COMMAND_LINE, 1, name="Shop"),
        lambda: update_account(shop, COMMAND_LINE, 1, time_zone="Asia/Tokyo"),
    )
    found = get_account(shop, SYSTEM, 1)
    assert (found.name, found.time_zone) == ("Shop", "Asia/Tokyo")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_an_admin_changes_settings(shop, role):
    with pytest.raises(NotAllowed):
        update_account(shop, Actor(BOB, role, Via.IAP), 1, name="Mine")


def test_an_account_that_does_not_exist_is_not_found(shop):
    for action in (get_account, update_account):
        with pytest.raises(NotFound):
            action(shop, COMMAND_LINE, 2)


def test_the_command_line_makes_and_changes_accounts_and_that_is_written_down(shop):
    update_account(shop, COMMAND_LINE, 1, name="Shop", flags={"bigquery_import": False})
    put_account(shop, Account(1, "db-1", "Asia/Tokyo"))
    put_account(shop, Account(2, "db-2", "UTC"))
    found = get_account(shop, SYSTEM, 1)
    assert (found.name, found.time_zone) == ("Shop", "Asia/Tokyo")
    assert found.flags == Flags(bigquery_import=False)
    assert get_account(shop, SYSTEM, 2).database_id == "db-2"
    assert entries(shop)[0].detail == {
        "database_id": ["db1", "db-1"],
        "time_zone": ["UTC", "Asia/Tokyo"],
    }
    before = entries(shop, 2)
    assert [(entry.actor, entry.via) for entry in before] == [("command-line", Via.COMMAND)]
    put_account(shop, Account(2, "db-2", "UTC"))
    assert entries(shop, 2) == before


def test_only_an_admin_replaces_settings(shop):
    with pytest.raises(NotAllowed):
        put_account(shop, Account(1, "db-9", "UTC"), actor=Actor(BOB, Role.EDITOR, Via.IAP))
