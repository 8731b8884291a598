"""What people and ticks ask about connections and imports is led by an index."""

import pytest
from sqlalchemy import text

from shared.domain.import_states import ImportStatus
from shared.state import (
    connections,
    import_changes,
    import_leases,
    import_rejects,
    import_runs,
    imports,
    publishes,
)
from shared.state.connections import ConnectionFilter
from tests.domain.makers import NOW
from tests.state.import_makers import connect, make_import
from tests.state.makers import ACCOUNT, LEASE, WAIT
from tests.state.test_query_plans import scans, statements

SOME = ConnectionFilter(since=NOW, until=NOW, created_by="ann@example.com")
QUERIES = {
    "connection": lambda c: connections.find(c, ACCOUNT, 1),
    "named": lambda c: connections.find_named(c, ACCOUNT, "Shop"),
    "hold": lambda c: connections.hold(c, ACCOUNT, 1),
    "connections": lambda c: connections.page(c, ACCOUNT, SOME, before=(NOW, 9), limit=9),
    "probed": lambda c: connections.note_probe(c, ACCOUNT, 1, "x", NOW),
    "untried": lambda c: connections.claim_due(c, before=NOW, now=NOW, limit=9),
    "newest connections": lambda c: connections.page(c, ACCOUNT, ConnectionFilter(), limit=9),
    "connections until": lambda c: connections.page(
        c, ACCOUNT, ConnectionFilter(until=NOW), limit=9
    ),
    "connection names": lambda c: connections.names(c, ACCOUNT),
    "remove": lambda c: connections.remove(c, ACCOUNT, 2),
    "import": lambda c: imports.get(c, ACCOUNT, 1),
    "import named": lambda c: imports.find_named(c, ACCOUNT, "Orders"),
    "imports": lambda c: imports.page(c, ACCOUNT, before=9, limit=9),
    "newest imports": lambda c: imports.page(c, ACCOUNT, limit=9),
    "imports of a connection": lambda c: imports.page(c, ACCOUNT, connection_id=1, limit=9),
    "imports of a status": lambda c: imports.page(
        c, ACCOUNT, statuses=[ImportStatus.READY], limit=9
    ),
    "some imports": lambda c: imports.page(
        c, ACCOUNT, connection_id=1, statuses=[ImportStatus.READY], limit=9
    ),
    "names of imports": lambda c: imports.names_of_live(c, ACCOUNT),
    "blocking": lambda c: imports.blocking(c, ACCOUNT, 1),
    "due": lambda c: imports.due(c, NOW, limit=9),
    "failing": lambda c: imports.failing(c, ACCOUNT, limit=9),
    "how many fail": lambda c: imports.count_failing(c, ACCOUNT),
    "all failing": lambda c: imports.count_failing(c),
    "warned": lambda c: import_changes.set_warned_by(c, ACCOUNT, 1, 5),
    "record": lambda c: import_runs.record(c, ACCOUNT, 1, NOW),
    "run": lambda c: import_runs.get(c, ACCOUNT, 1),
    "runs": lambda c: import_runs.page(c, ACCOUNT, 1, before=9, limit=9),
    "newest runs": lambda c: import_runs.page(c, ACCOUNT, 1, limit=9),
    "open": lambda c: import_runs.open_imports(c, ACCOUNT, [1, 2]),
    "stop": lambda c: import_runs.stop_open(c, ACCOUNT, 1, NOW, "Stopped."),
    "claim": lambda c: import_leases.claim_publishable(c, NOW, NOW - WAIT, lease=LEASE),
    "unclaim": lambda c: import_leases.unclaim(c, NOW),
    "stuck": lambda c: import_leases.stuck(c, NOW, NOW, lease=LEASE, limit=9),
    "owners": import_leases.lease_owners,
    "dead": lambda c: import_leases.release_owned_by(c, "host:1"),
    "rejects": lambda c: import_rejects.get(c, ACCOUNT, 1, 0),
    "publish": lambda c: publishes.begin(c, ACCOUNT, "p", NOW),
    "open since": lambda c: publishes.open_since(c, ACCOUNT, "p"),
    "close": lambda c: publishes.close(c, ACCOUNT, "p", NOW),
    "open publishes": lambda c: publishes.oldest_open(c, [ACCOUNT, 8]),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_about_imports_is_led_by_an_index(database, name):
    connect(database)
    made = make_import(database)
    assert made.import_id == 1
    with database.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with statements(connection) as sent:
            QUERIES[name](connection)
        assert sent != []
        assert scans(connection, sent) == []
