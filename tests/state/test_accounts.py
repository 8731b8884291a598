"""Accounts are stored whole, and an event name's form belongs to its first owner for good."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.exports import Account, Identifier
from shared.domain.names import event_form
from shared.state import accounts
from tests.domain.makers import account
from tests.state.makers import ACCOUNT, at_once


def claim(database, raws, account_id=ACCOUNT):
    return database.run(lambda c: accounts.claim_forms(c, account_id, raws))


def test_an_account_comes_back_as_it_was_put(database):
    stored = Account(2**63 - 1, "db_1-x", "Europe/Berlin", (Identifier.PHONE, Identifier.EMAIL))
    database.run(lambda c: accounts.put(c, stored))
    assert database.run(lambda c: accounts.get(c, 2**63 - 1)) == stored
    assert database.run(lambda c: accounts.get(c, 1)) is None


def test_putting_again_replaces_the_settings_of_that_account_only(database):
    changed = Account(1, "other", "Asia/Tokyo", (Identifier.EMAIL,))
    for each in (account(), Account(2, "db-2", "UTC"), changed):
        database.run(lambda c, each=each: accounts.put(c, each))
    assert database.run(accounts.list_ids) == [1, 2]
    assert database.run(lambda c: accounts.get(c, 1)) == changed
    assert database.run(lambda c: accounts.get(c, 2)) == Account(2, "db-2", "UTC")


def test_an_account_put_by_many_at_once_is_there_once(database):
    at_once(*[lambda: database.run(lambda c: accounts.put(c, account()))] * 4)
    assert database.run(accounts.list_ids) == [1]


def test_names_that_do_not_collide_keep_their_plain_form(database):
    assert claim(database, ["add to cart", "päid"]) == {
        "add to cart": "add-to-cart",
        "päid": "päid",
    }
    assert claim(database, []) == {}


def test_names_that_meet_in_one_form_get_a_hash_and_the_first_keeps_the_form(database):
    assert claim(database, ["a/b"]) == {"a/b": "a-b"}
    forms = claim(database, ["a b", "a-b", "a/b"])
    assert forms["a/b"] == "a-b"
    assert forms["a b"].startswith("a-b~")
    assert forms["a-b"].startswith("a-b~")
    assert len(set(forms.values())) == 3
    assert claim(database, ["a-b"]) == {"a-b": forms["a-b"]}


def test_a_name_that_looks_like_the_hashed_form_of_another_gets_one_of_its_own(database):
    claim(database, ["a/b"])
    hashed = claim(database, ["a b"])["a b"]
    assert claim(database, [hashed])[hashed] not in ("a-b", hashed)


def test_accounts_do_not_share_forms(database):
    assert claim(database, ["a/b"], account_id=1) == {"a/b": "a-b"}
    assert claim(database, ["a b"], account_id=2) == {"a b": "a-b"}


STRANGE = [
    "\0",
    "\\",
    "\\0",
    "\\\0",
    "\0\\",
    "\\\\0",
    "a\0b",
    "'",
    '"',
    "%s",
    ":x",
    "😀",
    "e\u0301",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_is_the_same_name_next_time(database, name):
    first = claim(database, [name])
    assert list(first) == [name]
    assert claim(database, [name]) == first


def test_strange_names_are_all_different_names(database):
    forms = claim(database, STRANGE)
    assert set(forms) == set(STRANGE)
    assert len(set(forms.values())) == len(STRANGE)
    assert claim(database, STRANGE) == forms


def test_a_name_longer_than_any_index_takes_is_a_name(database):
    # Without a pattern, so that no database can make it short.
    longest = "".join(chr(0x4E00 + (number * 7919) % 20_000) for number in range(60_000))
    first = claim(database, [longest, longest + "!"])
    assert len(set(first.values())) == 2
    assert claim(database, [longest + "!", longest]) == first


def test_thousands_of_names_are_claimed_together(database):
    names = [f"event {number // 2}{'/ '[number % 2]}x" for number in range(3_000)]
    forms = claim(database, names)
    assert len(set(forms.values())) == 3_000
    assert sum("~" in form for form in forms.values()) == 1_500


def test_claimers_at_once_agree_on_every_form(database):
    names = [f"a{sep}{number}" for number in range(30) for sep in ("/", " ", "\t", "\0", "-")]
    orders = (names, names[::-1], names[::2] + names[1::2])
    answers = at_once(*[lambda order=order: claim(database, order) for order in orders])
    assert answers[0] == answers[1] == answers[2] == claim(database, names)
    assert len(set(answers[0].values())) == len(names)
    plain = {event_form(name) for name in names}
    assert plain < set(answers[0].values())


raw_names = st.text(
    st.sampled_from("ab-~ /\\\0\t\u2028'é0") | st.characters(exclude_categories=["Cs"]), max_size=8
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(raw_names, max_size=6), min_size=1, max_size=4))
def test_whatever_is_claimed_in_whatever_order_forms_are_unique_and_stay(database, batches):
    """The examples share an account: what one has claimed stands in the way of the next."""
    seen = {}
    for batch in batches:
        forms = claim(database, batch)
        assert set(forms) == set(batch)
        assert all(seen.setdefault(raw, form) == form for raw, form in forms.items())
    assert len(set(seen.values())) == len(seen)
