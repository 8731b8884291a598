"""An API key is shown once, kept as a hash, and good for one account until it is revoked."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.domain.members import COMMAND_LINE, SCOPES, Actor, Role, Via
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shared.jobs import api_keys as job
from shared.jobs.api_keys import (
    actor_of_api_key,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)
from shared.jobs.audit import list_audit
from shared.state.api_keys import USED_EVERY
from tests.leaks import found_in, watch

ADMIN = Actor("ann@example.com", Role.ADMIN, Via.IAP)
READ = frozenset({"exports:read", "runs:read"})


def create(house, scopes=READ, name="nightly"):
    key, secret = create_api_key(house.services, ADMIN, 1, name, scopes)
    return key, watch(secret)


def test_a_key_tells_who_acts_where_and_what_he_may_do(house):
    key, secret = create(house)
    account_id, actor = actor_of_api_key(house.services, secret)
    assert account_id == 1
    assert actor == Actor(f"key:{key.key_id}", Role.VIEWER, Via.KEY, READ)


def test_a_key_that_may_write_has_the_role_for_it(house):
    _, secret = create(house, frozenset({"exports:write"}))
    assert actor_of_api_key(house.services, secret)[1].role is Role.EDITOR


def test_the_secret_stands_nowhere(house):
    _, secret = create(house)
    actor_of_api_key(house.services, secret)
    files = [path for path in house.folder.rglob("*") if path.is_file()]
    assert any(path.name == "state.sqlite" for path in files)
    assert not [path for path in files if found_in(path.read_bytes().decode("latin-1"))]
    assert not found_in(repr(list_api_keys(house.services, ADMIN, 1)))
    assert not found_in(repr(list_audit(house.services, 1)))


def test_no_two_keys_are_alike(house):
    made = [create(house) for _ in range(3)]
    assert len({secret for _, secret in made}) == len({key.key_id for key, _ in made}) == 3


def test_a_hash_that_was_put_at_another_key_opens_nothing(house):
    (first, secret), (second, other) = create(house), create(house)
    swap = text("UPDATE api_keys SET secret_hash = :hash WHERE key_id = :id")
    house.services.database.run(
        lambda c: c.execute(swap, {"hash": first.secret_hash, "id": second.key_id})
    )
    mixed = watch(f"{other.rpartition('_')[0]}_{secret.rpartition('_')[2]}")
    assert actor_of_api_key(house.services, mixed) is None
    assert actor_of_api_key(house.services, secret) is not None


@pytest.mark.parametrize(
    "wrong", ["", "sluice_", "sluice_abcdefABCDEF_", "é", "\0", "A" * 100_000, "sluice_'--_x"]
)
def test_any_other_text_is_nobody(house, wrong):
    create(house)
    assert actor_of_api_key(house.services, wrong) is None


def test_a_revoked_key_is_nobody_at_once(house):
    key, secret = create(house)
    revoked = revoke_api_key(house.services, ADMIN, 1, key.key_id)
    assert revoked.revoked_at == house.now
    assert actor_of_api_key(house.services, secret) is None
    assert revoke_api_key(house.services, ADMIN, 1, key.key_id) == revoked
    assert len(list_audit(house.services, 1, action="keys.revoke").items) == 1


def test_a_key_of_another_account_is_not_found(house):
    key, secret = create(house)
    assert list_api_keys(house.services, ADMIN, 2) == []
    for account_id, key_id in ((2, key.key_id), (1, "nothing")):
        with pytest.raises(NotFound):
            revoke_api_key(house.services, ADMIN, account_id, key_id)
    assert actor_of_api_key(house.services, secret) is not None
    with pytest.raises(NotFound):
        create_api_key(house.services, COMMAND_LINE, 2, "x", READ)


def test_when_a_key_was_used_is_known_to_the_hour(house):
    key, secret = create(house)
    moments = []
    for _ in range(3):
        actor_of_api_key(house.services, secret)
        [found] = list_api_keys(house.services, ADMIN, 1)
        moments.append(found.used_at)
        house.now += USED_EVERY / 2
    start = key.created_at
    assert moments == [start, start, start + timedelta(hours=1)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_an_admin_manages_keys(house, role):
    key, _ = create(house)
    actor = Actor("bob@example.com", role, Via.IAP)
    for action in (
        lambda: create_api_key(house.services, actor, 1, "x", READ),
        lambda: list_api_keys(house.services, actor, 1),
        lambda: revoke_api_key(house.services, actor, 1, key.key_id),
    ):
        with pytest.raises(NotAllowed):
            action()


def test_a_key_makes_no_other_key(house):
    _, secret = create(house, SCOPES)
    _, actor = actor_of_api_key(house.services, secret)
    with pytest.raises(NotAllowed):
        create_api_key(house.services, actor, 1, "x", READ)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("", READ), ("x" * 101, READ), ("a\nb", READ), ("x", frozenset()), ("x", {"members:write"})],
)
def test_a_key_without_a_name_or_with_strange_scopes_is_refused(house, name, scopes):
    with pytest.raises(InvalidInput):
        create_api_key(house.services, ADMIN, 1, name, frozenset(scopes))
    assert list_api_keys(house.services, ADMIN, 1) == []


def test_an_account_has_only_so_many_keys(house, monkeypatch):
    monkeypatch.setattr(job, "KEYS_MAX", 2)
    first, _ = create(house)
    create(house)
    with pytest.raises(Conflict, match="at most 2 keys"):
        create(house)
    revoke_api_key(house.services, ADMIN, 1, first.key_id)
    create(house)
