"""Members belong to one account each; nobody sees or changes those of another."""

import pytest

from shared.domain.accounts import Account
from shared.domain.members import Role
from shared.state import accounts, members
from shared.state.members import Member
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT, at_once

ANN = Member(ACCOUNT, "ann@example.com", Role.ADMIN, NOW, "system")


def add(database, member=ANN):
    return database.run(lambda c: members.add(c, member))


def get(database, account_id=ACCOUNT, email=ANN.email):
    return database.run(lambda c: members.get(c, account_id, email))


def test_a_member_comes_back_as_he_was_stored(database):
    assert add(database)
    assert get(database) == ANN
    assert database.run(lambda c: members.list_all(c, ACCOUNT)) == [ANN]


def test_one_of_many_who_add_a_member_at_once_wins(database):
    assert sum(at_once(*[lambda: add(database)] * 4)) == 1


def test_another_account_sees_and_touches_nothing(database):
    add(database)
    other = ACCOUNT + 1
    assert get(database, other) is None
    assert database.run(lambda c: members.list_all(c, other)) == []
    assert database.run(lambda c: members.count_admins(c, other)) == 0
    database.run(lambda c: members.set_role(c, other, ANN.email, Role.VIEWER))
    database.run(lambda c: members.remove(c, other, ANN.email))
    assert get(database) == ANN


def test_a_role_is_changed_and_a_member_forgotten(database):
    add(database)
    database.run(lambda c: members.set_role(c, ACCOUNT, ANN.email, Role.EDITOR))
    assert get(database).role is Role.EDITOR
    assert database.run(lambda c: members.count_admins(c, ACCOUNT)) == 0
    for _ in range(2):
        database.run(lambda c: members.remove(c, ACCOUNT, ANN.email))
    assert get(database) is None


@pytest.fixture
def two_accounts(database):
    for number in (1, 2):
        settings = Account(number, "db-1", "UTC")
        database.run(lambda c, settings=settings: accounts.put(c, settings))
    return database


def test_somebodys_accounts_are_found_with_his_role_in_each(two_accounts):
    for number, role in ((2, Role.VIEWER), (1, Role.ADMIN)):
        add(two_accounts, Member(number, ANN.email, role, NOW, "system"))
    found = two_accounts.run(lambda c: members.accounts_of(c, ANN.email))
    assert [(each.account_id, role) for each, role in found] == [(1, Role.ADMIN), (2, Role.VIEWER)]
    assert two_accounts.run(lambda c: members.accounts_of(c, "bob@example.com")) == []


def test_accounts_without_an_admin_are_found(two_accounts):
    add(two_accounts, Member(1, ANN.email, Role.ADMIN, NOW, "system"))
    add(two_accounts, Member(2, ANN.email, Role.EDITOR, NOW, "system"))
    assert two_accounts.run(members.accounts_without_admin) == [2]
