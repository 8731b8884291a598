"""Connections in state: each of one account, listed by day and member, changed as seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.state import (
    connections,
)
from shared.state.connections import ConnectionFilter
from tests.domain.makers import NOW
from tests.state.import_makers import (
    KEY,
    connect,
)
from tests.state.makers import ACCOUNT

LATER = NOW + timedelta(days=1)
DAY = timedelta(days=1)


def test_a_connection_comes_back_as_it_was_saved_and_its_name_is_taken(database):
    saved = connect(database)
    assert saved == database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id))
    assert saved == database.run(lambda c: connections.find_named(c, ACCOUNT, "Shop"))
    assert (saved.location, saved.credentials, saved.created_by) == ("EU", KEY, "ann@example.com")
    with pytest.raises(AssertionError):
        connect(database)
    assert connect(database, account_id=8).account_id == 8
    assert database.run(lambda c: connections.find(c, 8, saved.connection_id)) is None


def test_connections_are_listed_by_day_and_by_member(database):
    days = [connect(database, f"c{n}", now=NOW + n * DAY, by=f"m{n % 2}") for n in range(4)]
    connect(database, account_id=8)

    def listed(before=None, limit=9, **wanted):
        found = database.run(
            lambda c: connections.page(
                c, ACCOUNT, ConnectionFilter(**wanted), before=before, limit=limit
            )
        )
        return [each.name for each in found]

    assert listed() == ["c3", "c2", "c1", "c0"]
    assert listed(since=NOW + DAY, until=NOW + 3 * DAY) == ["c2", "c1"]
    assert listed(created_by="m1") == ["c3", "c1"]
    assert listed(before=(days[2].created_at, days[2].connection_id), limit=1) == ["c1"]


def test_credentials_are_changed_only_as_they_were_seen(database):
    saved = connect(database)
    other = replace(KEY, key_id="ffff", secret="connection-7/2")
    assert database.run(lambda c: connections.set_credentials(c, saved, other, LATER))
    assert not database.run(lambda c: connections.set_credentials(c, saved, KEY, LATER))
    found = database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id))
    assert (found.credentials, found.credentials_at) == (other, LATER)
    database.run(lambda c: connections.note_probe(c, ACCOUNT, saved.connection_id, None, NOW))
    database.run(lambda c: connections.remove(c, 8, saved.connection_id))
    assert database.run(lambda c: connections.hold(c, ACCOUNT, saved.connection_id)) is not None
    database.run(lambda c: connections.remove(c, ACCOUNT, saved.connection_id))
    assert database.run(lambda c: connections.find(c, ACCOUNT, saved.connection_id)) is None
