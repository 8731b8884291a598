"""The function `api` behind the framework, two accounts with members of every role, and things."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from functions.api.app import RESOURCES
from shared import bootstrap
from shared.domain.account_settings import AccountSettings
from shared.domain.incidents import NoticeKind
from shared.domain.members import SYSTEM, Role
from shared.domain.runs import RunStatus
from shared.domain.webhooks import WebhookEvent
from shared.jobs.api_keys import create_api_key
from shared.jobs.bucket_credentials import ownership_proof
from shared.jobs.manage_buckets import add_bucket
from shared.jobs.manage_members import put_member
from shared.jobs.signing import signing_secret
from shared.state import accounts, incidents, notices, webhooks
from shared.state.exports import Export
from shared.state.incidents import Failure
from shared.state.notices import NewNotice
from tests.adapters.datasets import order
from tests.jobs.house import House
from tests.jobs.importing import connected, importing, ran
from tests.jobs.samples import mixed_events
from tests.leaks import watch
from tests.servers.cloud_storage import CloudStorage
from tests.warehouse_rows import NOW

MAIN = Path(__file__).parents[3] / "main.py"
ROLES = {role: f"{role}@one.example" for role in Role}
STRANGER = "admin@two.example"
ROWS = 90
# How long after the delivery the export is made that waits.
SETTLED = timedelta(seconds=5)
# Of that export: its second, by the clock of the house.
EXPORT_ID = int((NOW + SETTLED).timestamp())
ROUTES = [route for resource in RESOURCES for route in resource.routes]


@dataclass(frozen=True, slots=True)
class Api:
    """Requests to the function, sent by a member."""

    client: FlaskClient
    become: Callable[[str], None]

    def __call__(
        self, method: str, path: str, *, by: str = ROLES[Role.ADMIN], **sent: Any
    ) -> TestResponse:
        self.become(by)
        return self.client.open(path, method=method, buffered=True, **sent)

    def get(self, path: str, **sent: Any) -> TestResponse:
        return self("GET", path, **sent)

    def post(self, path: str, json: Any = None, **sent: Any) -> TestResponse:
        return self("POST", path, **({} if json is None else {"json": json}), **sent)


@dataclass(frozen=True, slots=True)
class World:
    """What stands in account 1; nothing of it belongs to account 2."""

    house: House
    delivered: Export
    waiting: Export
    bucket_id: int
    run_id: int
    connection_id: int
    import_id: int
    import_run_id: int
    key_id: str
    webhook_id: int
    notice_id: int
    key: str = field(repr=False)

    def path(self, rule: str, account_id: int = 1) -> str:
        """The address of an operation with ids that exist in account 1."""
        ids = {
            "<id:account_id>": account_id,
            "<id:export_id>": self.waiting.export_id,
            "<id:bucket_id>": self.bucket_id,
            "<id:run_id>": self.run_id,
            "<id:connection_id>": self.connection_id,
            "<id:import_id>": self.import_id,
            "<id:import_run_id>": self.import_run_id,
            "<key_id>": self.key_id,
            "<id:webhook_id>": self.webhook_id,
            "<id:notice_id>": self.notice_id,
            "<email>": ROLES[Role.VIEWER],
        }
        for token, value in ids.items():
            rule = rule.replace(token, str(value))
        return f"/v1{rule}"


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    return functions_framework.create_app("api", str(MAIN)).test_client()


@pytest.fixture
def api(house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The function with the members of two accounts."""

    def become(email: str) -> None:
        monkeypatch.setenv("LOCAL_MEMBER", email)
        bootstrap.sign_in.cache_clear()

    services = house.services
    for account_id in (1, 2):
        settings = AccountSettings(account_id, f"db-{account_id}", "UTC")
        services.database.run(lambda c, each=settings: accounts.put_settings(c, each))
    for role, email in ROLES.items():
        put_member(services, SYSTEM, 1, email, role)
    put_member(services, SYSTEM, 2, STRANGER, Role.ADMIN)
    # Made at first use and never again: tests that compare all of state begin after that.
    for purpose in ("pages", "forms"):
        signing_secret(services, purpose)
    for account_id in (1, 2):
        ownership_proof(services, account_id)
    yield Api(client, become)
    bootstrap.sign_in.cache_clear()


@pytest.fixture
def later(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Sets the clock forward, that of the function too."""

    def set_forward(by: timedelta) -> None:
        house.now += by
        monkeypatch.setenv("SLUICE_NOW", house.now.isoformat())
        bootstrap.services.cache_clear()

    return set_forward


@dataclass(slots=True)
class Kept:
    """The world as it was when it was made, and a copy of its folder."""

    folder: Path
    world: World | None = None


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("world") / "copy")


@pytest.fixture
def house_folder(kept: Kept) -> Path:
    """The same for each test, empty: state holds addresses of what stands in it."""
    folder = kept.folder.with_name("house")
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def only_bucket(cloud_storage: CloudStorage) -> str:
    return cloud_storage.new_bucket()


@pytest.fixture
def cloud_bucket(
    only_bucket: str, cloud_storage: CloudStorage, monkeypatch: pytest.MonkeyPatch
) -> str:
    """One for all tests of the api, since the world has its name; nothing is delivered to it."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", cloud_storage.url)
    return only_bucket


@pytest.fixture
def world(
    house: House, api: Api, cloud_bucket: str, later: Callable[[timedelta], None], kept: Kept
) -> World:
    """Account 1 with a delivered export, one that waits, a bucket and a key.

    It is made once, which takes longer than what most tests do with it, and put back for each.
    """
    if kept.world is None:
        kept.world = made_world(house, cloud_bucket, later)
        house.services.database.close()
        shutil.copytree(house.folder, kept.folder)
        return kept.world
    house.services.database.close()
    shutil.rmtree(house.folder)
    shutil.copytree(kept.folder, house.folder)
    later(SETTLED)
    return replace(kept.world, house=house)


def made_world(house: House, cloud_bucket: str, later: Callable[[timedelta], None]) -> World:
    house.load(mixed_events(ROWS))
    delivered = house.export()
    house.finish()
    [run] = house.runs(delivered)
    assert run.status is RunStatus.DONE
    later(SETTLED)
    waiting = house.recurring(start_on=house.now.date() + timedelta(days=1))
    saved = add_bucket(house.services, 1, f"gs://{cloud_bucket}")
    shop = connected(house, [order(1), order(2, uid="null")])
    made = importing(house, shop)
    import_run = ran(house, made)
    key, secret = create_api_key(
        house.services, SYSTEM, 1, "reports", frozenset({"exports:read", "files:read"})
    )
    webhook_id, notice_id = told(house, waiting)
    return World(
        house=house,
        delivered=house.again(delivered),
        waiting=waiting,
        bucket_id=saved.bucket_id,
        run_id=run.run_id,
        connection_id=shop.connection_id,
        import_id=made.import_id,
        import_run_id=import_run.run_id,
        key_id=key.key_id,
        webhook_id=webhook_id,
        notice_id=notice_id,
        key=watch(secret),
    )


def told(house: House, export: Export) -> tuple[int, int]:
    """A webhook, and a notice about the export; their ids."""
    url, secret = (
        "https://hooks.example.com/x",
        house.services.secrets.put("webhook-1-x", b"s" * 32),
    )

    def store(connection: Connection) -> tuple[int, int]:
        hook = webhooks.add(
            connection, 1, url, list(WebhookEvent), secret, by=ROLES[Role.ADMIN], now=house.now
        )
        bucket, reason = export.spec.bucket, "403-forbidden"
        failure = Failure(1, export.export_id, bucket, reason, "...", house.now)
        incidents.open_or_continue(connection, failure, house.now)
        incident = incidents.open_of(connection, 1, [export.export_id])[export.export_id]
        to, ids = (ROLES[Role.EDITOR],), (incident.incident_id,)
        new = NewNotice(1, NoticeKind.FIRST, to, bucket, reason, ids, {})
        return hook.webhook_id, notices.queue(connection, new, house.now)

    return house.services.database.run(store)
