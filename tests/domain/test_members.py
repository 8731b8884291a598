"""One table says who may do what; API keys are bound by their scopes as well."""

import pytest

from shared.domain.members import (
    COMMAND_LINE,
    NEVER_A_KEY,
    OPERATIONS,
    SCOPES,
    SYSTEM,
    Actor,
    Role,
    Via,
    checked_email,
    checked_scopes,
    may,
    require,
    role_for,
    scope_of,
)
from shared.errors import InvalidInput, NotAllowed

PEOPLE = (Via.IAP, Via.TOKEN, Via.LOCAL)
MATRIX = [(role, operation) for role in Role for operation in OPERATIONS]


@pytest.mark.parametrize(("role", "operation"), MATRIX)
def test_a_role_may_do_what_its_own_and_lesser_roles_may(role, operation):
    allowed = list(Role).index(role) >= list(Role).index(OPERATIONS[operation])
    for via in PEOPLE:
        actor = Actor("ann@example.com", role, via)
        assert may(actor, operation) is allowed
        if not allowed:
            with pytest.raises(NotAllowed) as caught:
                require(actor, operation)
            assert caught.value.reason == "role-too-low"


def test_a_viewer_changes_nothing():
    viewer = Actor("ann@example.com", Role.VIEWER, Via.IAP)
    allowed = {operation.split(".")[1] for operation in OPERATIONS if may(viewer, operation)}
    assert allowed == {"get", "list"}


def test_only_an_admin_touches_credentials_members_and_keys():
    editor = Actor("ann@example.com", Role.EDITOR, Via.IAP)
    forbidden = {operation for operation in OPERATIONS if not may(editor, operation)}
    assert forbidden == {
        "accounts.update",
        "members.put",
        "members.remove",
        "keys.list",
        "keys.create",
        "keys.revoke",
        "buckets.try",
        "buckets.create",
        "buckets.rotate",
        "connections.create",
        "connections.rotate",
        "connections.remove",
        "buckets.remove",
        "notices.drill",
        "webhooks.list",
        "webhooks.create",
        "webhooks.update",
        "webhooks.test",
        "webhooks.rotate",
        "webhooks.remove",
    }


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_key_may_do_what_its_scope_names_and_nothing_else(scope):
    key = Actor("key:1", role_for([scope]), Via.KEY, frozenset({scope}))
    for operation in OPERATIONS:
        assert may(key, operation) is (scope_of(operation) == scope)


def test_a_key_without_the_scope_is_told_which_one_is_missing():
    key = Actor("key:1", Role.ADMIN, Via.KEY, frozenset({"exports:read"}))
    with pytest.raises(NotAllowed, match="exports:write") as caught:
        require(key, "exports.create")
    assert caught.value.reason == "scope-missing"


def test_no_key_can_make_members_or_other_keys():
    assert SCOPES.isdisjoint(NEVER_A_KEY)
    key = Actor("key:1", role_for(SCOPES), Via.KEY, SCOPES)
    for operation in ("members.put", "members.remove", "keys.create", "keys.list", "keys.revoke"):
        assert not may(key, operation)


@pytest.mark.parametrize("actor", [COMMAND_LINE, SYSTEM])
def test_we_ourselves_may_do_everything(actor):
    assert all(may(actor, operation) for operation in OPERATIONS)
    assert actor.is_ours


def test_an_unknown_operation_is_a_defect():
    with pytest.raises(KeyError):
        require(COMMAND_LINE, "exports.destroy")


@pytest.mark.parametrize("scopes", [[], ["exports:all"], ["keys:write"], ["exports:read", ""]])
def test_scopes_that_no_key_can_have_are_refused(scopes):
    with pytest.raises(InvalidInput, match="exports:write"):
        checked_scopes(scopes)


@pytest.mark.parametrize(
    ("text", "email"),
    [("Ann@Example.com", "ann@example.com"), (" a+b@x.co ", "a+b@x.co")],
)
def test_an_address_is_kept_in_lower_case(text, email):
    assert checked_email(text) == email


@pytest.mark.parametrize(
    "text",
    ["", "ann", "@x", "a@", "a b@x", "a@x\n@y", "änn@example.com", "a@x" * 90, "key:1", "a@x\0"],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidInput, match="e-mail address"):
        checked_email(text)
