"""Admins manage members; an account always keeps an admin, and keys go with who made them."""

import pytest

from shared.domain.members import COMMAND_LINE, Actor, Role, Via
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shared.jobs.api_keys import actor_of_api_key, create_api_key
from shared.jobs.audit import list_audit
from shared.jobs.manage_accounts import first_admin, role_of
from shared.jobs.manage_members import list_members, put_member, remove_member
from tests.jobs.house import House
from tests.leaks import watch
from tests.state.makers import at_once

ANN, BOB = "ann@example.com", "bob@example.com"
ADMIN = Actor(ANN, Role.ADMIN, Via.IAP)
READ = frozenset({"exports:read"})


@pytest.fixture
def services(state_url, tmp_path):
    house = House(tmp_path / "house", state_url=state_url).set_up()
    first_admin(house.services, {"SLUICE_ADMIN_EMAIL": ANN})
    yield house.services
    house.services.database.close()


def test_a_member_is_added_changed_and_removed(services):
    added = put_member(services, ADMIN, 1, "Bob@Example.com", Role.VIEWER)
    assert (added.email, added.role, added.added_by) == (BOB, Role.VIEWER, ANN)
    assert put_member(services, ADMIN, 1, BOB, Role.EDITOR).added_by == ANN
    assert role_of(services, 1, BOB) is Role.EDITOR
    assert [member.email for member in list_members(services, ADMIN, 1)] == [ANN, BOB]
    remove_member(services, ADMIN, 1, BOB.upper())
    assert role_of(services, 1, BOB) is None
    done = [(entry.action, entry.target) for entry in list_audit(services, 1).items]
    assert done[:3] == [("members.remove", BOB), ("members.put", BOB), ("members.put", BOB)]


def test_the_last_admin_stays(services):
    put_member(services, ADMIN, 1, BOB, Role.EDITOR)
    for change in (
        lambda: put_member(services, ADMIN, 1, ANN, Role.EDITOR),
        lambda: remove_member(services, ADMIN, 1, ANN),
    ):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.reason == "last-admin"
    assert role_of(services, 1, ANN) is Role.ADMIN


def test_two_admins_who_remove_each_other_at_once_leave_one(services):
    put_member(services, ADMIN, 1, BOB, Role.ADMIN)

    def remove(email):
        try:
            remove_member(services, ADMIN, 1, email)
        except Conflict:
            return False
        return True

    assert sorted(at_once(lambda: remove(ANN), lambda: remove(BOB))) == [False, True]
    assert len(list_members(services, ADMIN, 1)) == 1


def test_keys_of_a_removed_member_open_nothing_any_more(services):
    put_member(services, ADMIN, 1, BOB, Role.ADMIN)
    _, secret = create_api_key(services, Actor(BOB, Role.ADMIN, Via.IAP), 1, "bob's", READ)
    _, other = create_api_key(services, ADMIN, 1, "ann's", READ)
    assert actor_of_api_key(services, watch(secret)) is not None
    remove_member(services, ADMIN, 1, BOB)
    assert actor_of_api_key(services, secret) is None
    assert actor_of_api_key(services, watch(other)) is not None
    [entry] = list_audit(services, 1, action="members.remove").items
    assert len(entry.detail["keys_revoked"]) == 1


def test_keys_of_whoever_is_no_admin_any_more_open_nothing(services):
    put_member(services, ADMIN, 1, BOB, Role.ADMIN)
    _, secret = create_api_key(services, Actor(BOB, Role.ADMIN, Via.IAP), 1, "bob's", READ)
    put_member(services, ADMIN, 1, BOB, Role.EDITOR)
    assert actor_of_api_key(services, watch(secret)) is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_an_admin_changes_members(services, role):
    actor = Actor(BOB, role, Via.IAP)
    for change in (
        lambda: put_member(services, actor, 1, BOB, Role.ADMIN),
        lambda: remove_member(services, actor, 1, ANN),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert role_of(services, 1, BOB) is None


def test_what_is_not_there_is_not_found(services):
    for action in (
        lambda: remove_member(services, ADMIN, 1, BOB),
        lambda: remove_member(services, ADMIN, 2, ANN),
        lambda: put_member(services, COMMAND_LINE, 2, ANN, Role.ADMIN),
    ):
        with pytest.raises(NotFound):
            action()


def test_what_is_no_address_is_no_member(services):
    with pytest.raises(InvalidInput, match="e-mail address"):
        put_member(services, ADMIN, 1, "<script>", Role.VIEWER)
