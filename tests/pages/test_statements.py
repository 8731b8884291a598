"""Each statement that a page or the API sends is one of those whose plans are looked at."""

import re
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from functions.api.app import new_app
from shared.jobs.manage_accounts import first_admin
from shared.ports import SignIn
from tests.pages.everything import BASE, addresses, filled, states
from tests.pages.site import ADMIN, ANN
from tests.state import test_import_plans, test_member_plans, test_query_plans

# Tables of one row or two.
SMALL = ("alembic_version", "looks")
# Values only differ in number; a condition that no value can fulfil is written as a query.
VALUES = re.compile(r"IN \((\?(, \?)*|SELECT 1 FROM \(SELECT 1\) WHERE 1!=1)\)")


class _Undone(Exception):
    """Ends a transaction that is to leave nothing behind."""


@contextmanager
def sent():
    """What is sent meanwhile that looks for rows, without its values."""
    found = set()

    def note(_connection, _cursor, statement, *_):
        text = VALUES.sub("IN (...)", " ".join(statement.split()))
        # What puts values in looks for nothing.
        if not re.match("BEGIN|PRAGMA|INSERT (?!.* SELECT )", text):
            found.add(text)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def looked_at(database):
    """All of which a test looks at the plans."""
    with sent() as found:
        for module in (test_query_plans, test_import_plans, test_member_plans):
            for query in module.QUERIES.values():
                with suppress(_Undone), database.transaction() as connection:
                    query(connection)
                    raise _Undone
    return found


@pytest.fixture
def ids(house, data, monkeypatch):
    """Something on every page; queries that need an export ask about one that is there."""
    first_admin(house.services, ADMIN)
    values = filled(house)
    monkeypatch.setattr(test_query_plans, "IDS", [values["export_id"]] * 3)
    return values


def test_all_that_pages_and_the_api_look_for_is_looked_at(house, ids):
    app = new_app(lambda: house.services, lambda: SignIn(local_member=ANN))
    client, adapter = app.test_client(), app.url_map.bind("127.0.0.1")
    routes = [
        adapter.build(rule.endpoint, {name: ids[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/") and "GET" in rule.methods
    ]
    with sent() as found:
        for address in (*addresses(app, ids).values(), *states(ids).values(), *routes):
            client.get(address, base_url=BASE)
        exports = "/v1/accounts/1/exports"
        new = {"bucket": Path(house.bucket).as_uri(), "data_type": "all_events"}
        new |= {"frequency": "recurring", "every_minutes": 240}
        made = client.post(f"{exports}?request_id=one", json=new, base_url=BASE)
        one = f"{exports}/{made.json['request_id']}"
        answers = [
            client.patch(one, json={"every_minutes": 480}, base_url=BASE),
            client.post(f"{one}:stop", base_url=BASE),
        ]
    assert [answer.status_code for answer in (made, *answers)] == [201, 200, 200]
    large = {text for text in found if not text.endswith(tuple(f"FROM {name}" for name in SMALL))}
    assert len(large) > 60
    assert large - looked_at(house.services.database) == set()
