"""Audit entries come back as they were written, newest first, to their own account only."""

from shared.domain.members import Actor, Role, Via
from shared.state import audit
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT

ANN = Actor("ann@example.com", Role.ADMIN, Via.IAP)
BOB = Actor("bob@example.com", Role.EDITOR, Via.LOCAL)


def add(database, actor=ANN, action="exports.stop", target="1", account_id=ACCOUNT, **detail):
    database.run(lambda c: audit.add(c, actor, account_id, action, target, detail, now=NOW))


def newest(database, account_id=ACCOUNT, before_id=None, limit=10, **filters):
    return database.run(
        lambda c: audit.list_newest(c, account_id, before_id=before_id, limit=limit, **filters)
    )


def test_an_entry_comes_back_as_it_was_written(database):
    add(database, cancelled=3, name="naïve 🙂")
    [entry] = newest(database)
    assert (entry.account_id, entry.at, entry.actor, entry.via) == (
        ACCOUNT,
        NOW,
        ANN.email,
        Via.IAP,
    )
    assert (entry.action, entry.target) == ("exports.stop", "1")
    assert entry.detail == {"cancelled": 3, "name": "naïve 🙂"}


def test_the_newest_come_first_and_older_ones_after_them(database):
    for number in range(5):
        add(database, target=str(number))
    first = newest(database, limit=2)
    rest = newest(database, before_id=first[-1].entry_id)
    assert [entry.target for entry in [*first, *rest]] == ["4", "3", "2", "1", "0"]


def test_entries_are_found_by_who_did_what(database):
    add(database)
    add(database, actor=BOB)
    add(database, actor=BOB, action="exports.run")
    assert len(newest(database, actor=BOB.email)) == 2
    assert len(newest(database, action="exports.stop")) == 2
    assert len(newest(database, actor=BOB.email, action="exports.stop")) == 1


def test_another_account_sees_nothing(database):
    add(database)
    assert newest(database, ACCOUNT + 1) == []
