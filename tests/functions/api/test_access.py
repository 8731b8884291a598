"""Who may do what: every operation with every role, with another account's ids, and by looking."""

import ast
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from functions.api import pages
from shared import jobs
from shared.domain.members import OPERATIONS, Role
from shared.state.tables import metadata
from tests.functions.api.conftest import ROLES, ROUTES, STRANGER
from tests.functions.api.problems import problem

# The least body that an operation takes; those that take none are not named.
BODIES: dict[str, dict[str, Any]] = {
    "patch /accounts/<id:account_id>": {"name": "Another"},
    "put /accounts/<id:account_id>/members/<email>": {"role": "viewer"},
    "post /accounts/<id:account_id>/api-keys": {"name": "x", "scopes": ["exports:read"]},
    "post /accounts/<id:account_id>/buckets": {"url": "gs://nobody-has-this-one"},
    "post /accounts/<id:account_id>/buckets:try": {"url": "gs://nobody-has-this-one"},
    "post /accounts/<id:account_id>/buckets/<id:bucket_id>:rotate": {},
    "post /accounts/<id:account_id>/exports": {
        "bucket": "gs://nobody-has-this-one",
        "data_type": "all_events",
        "frequency": "live",
    },
    "post /accounts/<id:account_id>/exports:preview": {
        "bucket": "gs://nobody-has-this-one",
        "data_type": "all_events",
        "frequency": "live",
    },
    "patch /accounts/<id:account_id>/exports/<id:export_id>": {"format": "csv"},
    "post /accounts/<id:account_id>/exports/<id:export_id>:preview": {"format": "csv"},
    "post /accounts/<id:account_id>/exports/<id:export_id>:rename": {"name": "shop"},
    "post /accounts/<id:account_id>/notices:drill": {"breaks": "key", "mend_after": 1},
    "post /accounts/<id:account_id>/webhooks": {
        "url": "https://hooks.example.com/x",
        "events": ["export.failed"],
    },
    "patch /accounts/<id:account_id>/webhooks/<id:webhook_id>": {"enabled": False},
    "post /accounts/<id:account_id>/exports/<id:export_id>:createAgain": {},
    "post /accounts/<id:account_id>/connections": {
        "name": "X",
        "project_id": "my-project-1",
        "dataset_id": "d",
    },
    "post /accounts/<id:account_id>/connections:test": {
        "project_id": "my-project-1",
        "dataset_id": "d",
    },
    "post /accounts/<id:account_id>/connections/<id:connection_id>:rotate": {},
    "post /accounts/<id:account_id>/imports": {"nickname": "X", "connection_id": 1, "table": "t"},
    "put /accounts/<id:account_id>/imports/<id:import_id>": {
        "nickname": "X",
        "connection_id": 1,
        "table": "t",
    },
    "post /accounts/<id:account_id>/imports:preview": {"connection_id": 1, "table": "t"},
    "post /accounts/<id:account_id>/imports:suggest": {"connection_id": 1, "table": "t"},
    "post /accounts/<id:account_id>/imports:dry-run": {
        "connection_id": 1,
        "table": "t",
        "mapping": {"kind": "profiles", "identity": "uid"},
    },
}
NAMED = {f"{route.method} {route.rule}": route for route in ROUTES}
IN_ACCOUNTS = [name for name, route in NAMED.items() if route.operation]


def sent(api, world, name: str, *, account_id: int = 1, **options: Any):
    route = NAMED[name]
    if name in BODIES:
        options["json"] = BODIES[name]
    return api(route.method.upper(), world.path(route.rule, account_id), **options)


def state(world) -> dict[str, list[Any]]:
    """All that is remembered but how often somebody asked, which is counted in any case."""

    def read(connection):
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name != "rates"
        }

    return world.house.services.database.run(read)


def test_every_operation_of_the_table_has_a_route_and_every_route_an_operation():
    served = {route.operation for route in ROUTES if route.operation}
    assert served == set(OPERATIONS)
    free = {route.rule for route in ROUTES if not route.operation}
    assert free == {"/me", "/accounts", "/reasons"}


@pytest.mark.parametrize("name", IN_ACCOUNTS)
def test_a_role_may_do_what_the_table_says_and_nothing_else(api, world, name):
    least = OPERATIONS[NAMED[name].operation]
    before = state(world)
    for role in Role:
        answer = sent(api, world, name, by=ROLES[role])
        if role.rank >= least.rank:
            break
        assert problem(answer, 403)["reason"] == "role-too-low"
        assert state(world) == before
    # Those above it are let through the same check.
    assert role is least
    assert answer.status_code not in (401, 403, 404, 405), answer.get_json()
    assert answer.status_code < 500


def test_a_member_of_another_account_finds_nothing(api, world):
    before = state(world)
    for name in IN_ACCOUNTS:
        # The same sentence as for an account that there is not.
        told = [
            problem(sent(api, world, name, account_id=account_id, by=STRANGER), 404)
            for account_id in (1, 999)
        ]
        assert {each["reason"] for each in told} == {"not-found"}
        assert told[0]["detail"].replace(" 1 ", " 999 ") == told[1]["detail"]
    assert state(world) == before


def test_ids_of_another_account_are_not_found_in_ones_own(api, world):
    before = state(world)
    tried = [
        name for name in IN_ACCOUNTS if NAMED[name].rule.count("<") > 1 and "email" not in name
    ]
    for name in tried:
        problem(sent(api, world, name, account_id=2, by=STRANGER), 404)
    assert len(tried) > 15
    assert state(world) == before


def test_looking_changes_nothing(api, world):
    before = state(world)
    for name, route in NAMED.items():
        if route.method == "get":
            assert sent(api, world, name).status_code == 200, name
    for path in ("/docs", "/openapi.json"):
        assert api.get(path).status_code == 200
    assert state(world) == before


NO_PROOF = (
    {"by": ""},
    {"headers": {"Authorization": "Bearer sluice_x"}},
    {"headers": {"Authorization": "Bearer a.b.c"}},
    {"headers": {"X-Forwarded-For": "127.0.0.1"}},
    {"headers": {"Host": "evil.example"}},
    {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}},
)


def test_nobody_is_let_in_without_a_proof(api, world):
    before = state(world)
    wrong_end = {"headers": {"Authorization": f"Bearer {world.key[:-1]}x"}}
    for name in IN_ACCOUNTS:
        for options in (*NO_PROOF, wrong_end):
            problem(sent(api, world, name, **options), 401)
    assert state(world) == before


def test_another_site_changes_nothing(api, world):
    before = state(world)
    for name, route in NAMED.items():
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        ):
            if route.method != "get":
                refusal = sent(api, world, name, headers=headers)
                assert problem(refusal, 403)["reason"] == "cross-site"
    assert state(world) == before


def test_a_key_opens_no_other_account(api, world):
    headers = {"Authorization": f"Bearer {world.key}"}
    for name in IN_ACCOUNTS:
        problem(sent(api, world, name, account_id=2, headers=headers), 404)
    only = api.get("/v1/me", headers=headers).get_json()
    assert (only["email"], only["via"]) == (f"key:{world.key_id}", "key")


def test_a_key_never_reaches_what_it_has_no_scope_for(api, world):
    headers = {"Authorization": f"Bearer {world.key}"}
    for name in IN_ACCOUNTS:
        if NAMED[name].operation.startswith(("members.", "keys.", "buckets.", "audit.")):
            refusal = sent(api, world, name, headers=headers)
            assert problem(refusal, 403)["reason"] == "scope-missing"


def page_operations() -> dict[str, tuple[str, str]]:
    """Which operation each page of the dashboard asks for, to be looked at and to be sent."""
    found = {}
    for path in Path(pages.__file__).parent.glob("*.py"):
        for view in ast.walk(ast.parse(path.read_text("utf-8"))):
            for node in getattr(view, "decorator_list", ()):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "page":
                    looked_at = node.args[1].value
                    named = {each.arg: each.value for each in node.keywords}
                    change = named["change"].value if "change" in named else looked_at
                    found[view.name] = (looked_at, change)
    return found


def test_the_dashboard_does_nothing_that_the_api_cannot():
    asked = {operation for each in page_operations().values() for operation in each}
    assert len(asked) > 15
    assert asked <= {route.operation for route in ROUTES}


def test_no_operation_is_asked_for_that_the_table_does_not_have():
    """A service that changes something asks the table; a misspelt name would let nobody in."""
    asked = set()
    for path in Path(jobs.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require":
                asked.add(node.args[1].value)
    assert len(asked) > 15
    assert asked <= set(OPERATIONS)
