"""Keys in state: hashes only, of one account each, revoked for good."""

from dataclasses import replace
from datetime import timedelta

from shared.state import api_keys
from shared.state.api_keys import ApiKey
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT

KEY = ApiKey(
    key_id="abcdefABCDEF",
    account_id=ACCOUNT,
    name="nightly",
    scopes=frozenset({"exports:read", "runs:read"}),
    created_at=NOW,
    created_by="ann@example.com",
    used_at=None,
    revoked_at=None,
    secret_hash="0" * 64,
)
LATER = NOW + timedelta(minutes=90)


def add(database, **changes):
    key = replace(KEY, **changes)
    database.run(lambda c: api_keys.add(c, key))
    return key


def find(database, key_id=KEY.key_id):
    return database.run(lambda c: api_keys.find(c, key_id))


def test_a_key_comes_back_as_it_was_stored_and_does_not_show_its_hash(database):
    add(database)
    assert find(database) == KEY
    assert KEY.secret_hash not in repr(KEY)
    assert find(database, "other") is None


def test_the_newest_keys_come_first(database):
    add(database)
    second = add(database, key_id="second", created_at=LATER)
    assert database.run(lambda c: api_keys.list_all(c, ACCOUNT)) == [second, KEY]
    assert database.run(lambda c: api_keys.count_living(c, ACCOUNT)) == 2


def test_a_key_is_revoked_once(database):
    add(database)
    ids = [KEY.key_id]
    assert database.run(lambda c: api_keys.revoke(c, ACCOUNT, ids, NOW)) == ids
    assert database.run(lambda c: api_keys.revoke(c, ACCOUNT, ids, LATER)) == []
    assert find(database).revoked_at == NOW
    assert database.run(lambda c: api_keys.count_living(c, ACCOUNT)) == 0


def test_another_account_sees_and_touches_nothing(database):
    add(database)
    other = ACCOUNT + 1
    assert database.run(lambda c: api_keys.list_all(c, other)) == []
    assert database.run(lambda c: api_keys.revoke(c, other, [KEY.key_id], NOW)) == []
    assert database.run(lambda c: api_keys.living_ids_of(c, other, KEY.created_by)) == []
    database.run(lambda c: api_keys.set_used(c, other, KEY.key_id, NOW))
    assert find(database) == KEY


def test_when_a_key_was_used_is_kept_to_the_hour(database):
    add(database)
    for moment in (NOW, NOW + timedelta(minutes=30)):
        database.run(lambda c, m=moment: api_keys.set_used(c, ACCOUNT, KEY.key_id, m))
    assert find(database).used_at == NOW
    database.run(lambda c: api_keys.set_used(c, ACCOUNT, KEY.key_id, LATER))
    assert find(database).used_at == LATER


def test_living_keys_of_one_maker_are_found(database):
    add(database)
    add(database, key_id="second", created_by="bob@example.com")
    add(database, key_id="third", revoked_at=None)
    database.run(lambda c: api_keys.revoke(c, ACCOUNT, ["third"], NOW))
    found = database.run(lambda c: api_keys.living_ids_of(c, ACCOUNT, KEY.created_by))
    assert found == [KEY.key_id]
