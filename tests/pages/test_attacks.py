"""Pages under attack: every page with every role, with another account's ids, and by looking."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, product
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from functions.api.csrf import form_token
from functions.api.pages.import_seen import COLUMNS_MAX
from shared.domain.account_settings import AccountSettings
from shared.domain.bucket_access import Access
from shared.domain.members import COMMAND_LINE, OPERATIONS, SYSTEM, Caller, Role, Via
from shared.jobs.api_keys import create_api_key
from shared.jobs.bucket_credentials import ownership_proof
from shared.jobs.manage_members import put_member
from shared.jobs.signing import signing_secret
from shared.ports import SignIn
from shared.state import accounts, buckets
from shared.state.buckets import NewBucket
from shared.state.tables import metadata
from tests.adapters.datasets import order
from tests.functions.api.conftest import told
from tests.functions.api.test_access import page_operations
from tests.jobs.house import House
from tests.jobs.importing import asked, connected, importing
from tests.leaks import watch
from tests.pages.site import application

HERE = "http://127.0.0.1"
ROLES = {role: f"{role}@one.example" for role in Role}
STRANGER = "admin@two.example"
# Nothing that is looked at here may change with how often it was asked for.
COUNTED = {"rates"}


@dataclass
class World:
    """Account 1 with a thing of each kind, account 2 with none, and somebody with a browser."""

    house: House
    ids: dict[str, Any]
    client: FlaskClient
    member: str = ROLES[Role.ADMIN]

    def open(self, method: str, address: str, **form: str) -> TestResponse:
        """A request as a page of ours sends it, with the token of its form."""
        services = self.house.services
        caller = Caller(self.member, Via.LOCAL)
        token = form_token(caller, signing_secret(services, "forms"), services.clock())
        data = {"csrf_token": token} | form if method == "POST" else None
        return self.client.open(address, method=method, base_url=HERE, data=data)

    def addresses(self, method: str, account_id: int = 1) -> dict[str, str]:
        """The address of every page of an account, with ids of things that account 1 has."""
        app = self.client.application
        adapter = app.url_map.bind("127.0.0.1")
        values = self.ids | {"account_id": account_id}
        return {
            rule.endpoint.removeprefix("pages."): adapter.build(
                rule.endpoint, {name: values[name] for name in rule.arguments}, method=method
            )
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("pages.")
            and method in (rule.methods or ())
            and "account_id" in rule.arguments
        }

    def state(self) -> dict[str, list[Any]]:
        """All that is remembered."""

        def read(connection):
            return {
                table.name: sorted(map(repr, connection.execute(select(table)).all()))
                for table in metadata.sorted_tables
                if table.name not in COUNTED
            }

        return self.house.services.database.run(read)


@dataclass(frozen=True)
class Model:
    """What the world of each test is a copy of."""

    folder: Path
    ids: dict[str, Any]
    now: datetime


@pytest.fixture(scope="module")
def peopled(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """It takes longer to make than what most tests do with it."""
    folder = tmp_path_factory.mktemp("peopled") / "house"
    copytree(model, folder)
    house = House(folder)
    ids = put_people_and_things(house)
    house.services.database.close()
    return Model(folder, ids, house.now)


@pytest.fixture
def world(peopled: Model, tmp_path: Path) -> World:
    folder = tmp_path / "house"
    copytree(peopled.folder, folder)
    house = House(folder, now=peopled.now)
    made = World(house, peopled.ids, FlaskClient(None))
    app = application(lambda: house.services, lambda: SignIn(local_member=made.member))
    made.client = app.test_client()
    return made


def put_people_and_things(data: House) -> dict[str, Any]:
    """Two accounts with members, and a thing of each kind in the first; their ids."""
    services = data.services
    for account_id in (1, 2):
        settings = AccountSettings(account_id, f"db-{account_id}", "UTC")
        services.database.run(lambda c, each=settings: accounts.put_settings(c, each))
        ownership_proof(services, account_id)
    for role, email in ROLES.items():
        put_member(services, SYSTEM, 1, email, role)
    put_member(services, SYSTEM, 2, STRANGER, Role.ADMIN)
    delivered = data.export()
    data.finish()
    data.now += timedelta(seconds=5)
    waiting = data.recurring(start_on=data.now.date() + timedelta(days=1))
    new = NewBucket(1, "Partner", "gs://partner-feed", Access("none"))
    saved = services.database.run(lambda c: buckets.insert(c, new, data.now))
    key, secret = create_api_key(services, COMMAND_LINE, 1, "reports", frozenset({"files:read"}))
    watch(secret)
    for purpose in ("pages", "forms"):
        signing_secret(services, purpose)
    webhook_id, notice_id = told(data, waiting)
    brought = importing(data, connected(data, [order(1)]))
    return {
        "connection_id": brought.spec.connection_id,
        "import_id": brought.import_id,
        "import_run_id": asked(data, brought).run_id,
        "move": "pause",
        "webhook_id": webhook_id,
        "notice_id": notice_id,
        "action": "test",
        "export_id": waiting.export_id,
        "run_id": data.run(delivered).run_id,
        "bucket_id": saved.bucket_id,
        "key_id": key.key_id,
        "email": ROLES[Role.VIEWER],
    }


def test_looking_at_every_page_changes_nothing(world):
    before = world.state()
    for name, address in world.addresses("GET").items():
        assert world.open("GET", address).status_code in (200, 302, 303, 404, 409, 422), name
        assert world.state() == before, name


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_another_account_s_is_not_found_in_one_s_own(world, method):
    world.member = STRANGER
    before = world.state()
    named = {
        name: address
        for name, address in world.addresses(method, 2).items()
        if any(str(each) in address.split("/accounts/2")[1] for each in world.ids.values())
    }
    assert len(named) > 6
    for name, address in named.items():
        answer = world.open(method, address)
        # A page that only leads on to another one tells nothing of what there is.
        assert answer.status_code == 404 or (method == "GET" and answer.location), name
    assert world.state() == before


@pytest.mark.parametrize("role", list(Role))
def test_every_page_is_open_to_the_roles_of_the_table_and_to_no_other(world, role):
    operations = page_operations()
    world.member = ROLES[role]
    before = world.state()
    refused = set()
    for method in ("GET", "POST"):
        for name, address in world.addresses(method).items():
            looked_at, changed = operations[name]
            least = OPERATIONS[changed if method == "POST" else looked_at]
            if role.rank >= least.rank and (method == "GET" or role is not Role.VIEWER):
                # What those may do is tested elsewhere, and done here only by looking.
                if method == "GET":
                    assert world.open(method, address).status_code != 403, name
                continue
            if role.rank < least.rank:
                assert world.open(method, address).status_code == 403, name
                refused.add(name)
    assert world.state() == before
    assert len(refused) >= {Role.VIEWER: 12, Role.EDITOR: 6, Role.ADMIN: 0}[role]


@pytest.mark.parametrize("items", ["-1", "0", "1000000000", "ten", "9" * 400, "20.0", "+20"])
def test_a_list_has_no_pages_of_such_a_size(world, items):
    answer = world.client.get(f"/accounts/1/exports?items={items}", base_url=HERE)
    assert answer.status_code == 422


TOKENS = ["exports", "audit", "exports/{export_id}", "connections", "connections/{connection_id}"]


@pytest.mark.parametrize("page", TOKENS)
def test_a_token_of_a_page_that_somebody_made_is_refused(world, page):
    address = f"/accounts/1/{page.format(**world.ids)}"
    for token in ("x", "W10", "A" * 200, "%00", "é"):
        answer = world.client.get(f"{address}?page_token={token}", base_url=HERE)
        assert answer.status_code == 422, token


@pytest.mark.parametrize("name", ["text", "type", "status", "connected_by", "page_token", "again"])
def test_a_filter_of_100_kb_is_no_fault_of_ours(world, name):
    for page in ("exports", "exports/new", "audit", "connections"):
        address = f"/accounts/1/{page}"
        answer = world.client.get(address, query_string={name: "x" * 100_000}, base_url=HERE)
        assert answer.status_code < 500
        assert len(answer.data) < 100_000


ODD = ("\0", "\ud800", "x" * 100_000, "<script>", "'; DROP TABLE exports; --", "{{ 7 * 7 }}")


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_a_form_full_of_anything_is_refused_and_no_fault_of_ours(world, text):
    fields = ("nickname", "bucket", "key", "impersonate", "name", "email", "role", "scopes")
    fields += ("time_zone", "database_id", "identifiers", "flags", "data_type", "frequency")
    fields += ("project", "dataset", "access", "key_from")
    fields += ("format", "events", "prefix", "from", "to", "start", "every_hours", "request_id")
    # As a browser sends what is no text.
    form = {name: text.encode("utf-8", "replace").decode() for name in fields}
    for name, address in world.addresses("POST").items():
        if name in ("stop_export", "delete_bucket", "remove_member", "revoke_key"):
            continue
        assert world.open("POST", address, **form).status_code < 500, name


STEPS = ("tables", "preview", "suggest", "add", "check", "times", "to-mapping", "to-schedule")


@pytest.mark.parametrize("text", ODD[1:4], ids=range(3))
def test_no_step_of_an_import_is_a_fault_of_ours(world, text):
    fields = ("nickname", "table", "sql", "columns", "identity", "updated_on", "event_name", "use")
    fields += ("name_0", "type_0", "extra_email", "every", "unit", "start", "at", "weekday")
    fields += ("weekly", "days", "monthly", "others", "request_id", "step")
    form = {name: text.encode("utf-8", "replace").decode() for name in fields}
    address = world.addresses("POST")["new_import"]
    kinds = cycle(("at", "every", "weekly", "monthly", form["every"][:9]))
    for go, by in product((*STEPS, "create", "draft", "to-x"), ("table", "sql")):
        chosen = {"go": go, "by": by, "when": next(kinds), "connection": "1"}
        answer = world.open("POST", address, **form | chosen)
        assert answer.status_code < 500, chosen
        good = {"nickname": "N", "table": "orders", "sql": "SELECT 1 AS a", "step": "schedule"}
        answer = world.open("POST", address, **form | chosen | good)
        assert answer.status_code < 500, chosen


def test_columns_for_which_a_form_has_no_room_are_told(world):
    others = "\n".join(f"c{n}" for n in range(COLUMNS_MAX + 7))
    form = {"step": "mapping", "go": "add", "others": others}
    answer = world.open("POST", world.addresses("POST")["new_import"], **form)
    assert "7 columns were not added" in answer.text
