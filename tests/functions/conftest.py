"""The deployed functions in process: each behind the framework's own test client."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared import bootstrap
from shared.adapters.push_tokens import PushTokens
from shared.push import push_body
from tests.adapters.test_push_tokens import KEY_ID
from tests.functions.probing import API, MAIN, MONITOR, Running, serving
from tests.jobs.house import ACCOUNT, House
from tests.servers.google_certs import Key, new_key, running_cert_server

TARGETS = {"export-windows": "planner", "export-slices": "worker"}


@pytest.fixture
def house_folder(tmp_path: Path) -> Path:
    """Where the house stands."""
    return tmp_path / "house"


@pytest.fixture
def house(
    house_folder: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """A house that the functions find through their environment."""
    built = House(house_folder)
    shutil.copy(sqlite_template, built.folder / "state.sqlite")
    built.put_account(ACCOUNT)
    monkeypatch.setenv("SLUICE_HOME", str(built.folder))
    monkeypatch.setenv("SLUICE_NOW", built.now.isoformat())
    monkeypatch.setenv("DUCKDB_MEMORY_MB", "500")
    for name in ("STATE_URL", "WAREHOUSE_URL", "QUEUE_URL", "STAGING_DIR"):
        monkeypatch.delenv(name, raising=False)
    bootstrap.services.cache_clear()
    yield built
    bootstrap.services.cache_clear()


@pytest.fixture(scope="session")
def clients() -> dict[str, FlaskClient]:
    """One client for each function."""
    return {
        name: functions_framework.create_app(name, str(MAIN)).test_client()
        for name in ("scheduler", "planner", "worker", "monitor")
    }


@pytest.fixture
def push(house: House, clients: dict[str, FlaskClient]) -> Callable[..., TestResponse]:
    """Delivers a message to the function that its topic belongs to, as Pub/Sub would."""

    def pushed(topic: str, content: dict[str, int], **changes: Any) -> TestResponse:
        body = push_body(topic, content, "1") | changes
        response = clients[TARGETS[topic]].post("/", json=body)
        house.watch()
        return response

    return pushed


@pytest.fixture(scope="session")
def key() -> Key:
    return new_key()


@pytest.fixture
def prober(house: House, key: Key, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """It lets in two functions of ours, by their tokens."""
    import functions.prober.main as prober_main

    with running_cert_server() as certs, serving() as url:
        certs.certificates = {KEY_ID: key.certificate}
        callers = PushTokens(url, API, MONITOR, certs_url=certs.url)
        monkeypatch.setattr(prober_main, "CALLERS", callers)
        yield Running(url, key)
