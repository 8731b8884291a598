"""Files loaded into BigQuery: the same rows as in a local warehouse, and never twice."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from functions.local.load import LoadReport, load
from functions.local.load_bigquery import publish_to, scratch
from shared.adapters.bigquery_load import BigQueryLoader
from shared.adapters.bigquery_warehouse import connect
from shared.bootstrap import build, open_loader
from shared.config import BigQueryLimits, from_environment
from shared.errors import OurFault
from shared.state import accounts
from tests.adapters.bigquery_store import LIMITS, BigQueryStore
from tests.domain.makers import account
from tests.local.warehouse import NOW, Shop, open_shop, rejects
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

DAY = "2026-11-20T10:00:00Z"
EVENTS = [
    {"event_id": "a", "event_name": "Cart/Updated", "ts": DAY, "identity": "u1", "n": 7},
    {
        "event_id": "b", "event_name": "Ünï 🙂", "ts": DAY, "all_identities": ["x", "y"],
        "deep": {"a": [1, None]},
    },
    {
        "event_id": "c", "event_name": "it's \"quoted\" \\", "ts": DAY,
        "device": {"make": "Acme"}, "text": "a\nb",
    },
    {"event_id": "a", "event_name": "Again", "ts": DAY},
    {"event_name": "twin", "ts": DAY, "price": 1.5},
    {"event_name": "twin", "ts": DAY, "price": 1.5},
    {"event_name": "no time"},
]  # fmt: skip


@dataclass
class Cloud:
    """A BigQuery warehouse and what loads into it."""

    store: BigQueryStore
    folder: Path
    loader: BigQueryLoader

    def load(self, *files: Path, kind: str = "events", **more: Any) -> LoadReport:
        choices: dict[str, Any] = {"mapping": {}, "arrived": None, "account_id": 1} | more
        with scratch(500) as con:
            return load(
                con, kind, files, now=NOW, reject_dir=self.folder / "rejects",
                publish=publish_to(self.loader), **choices,
            )  # fmt: skip

    def rows(self, columns: str, table: str = "events", order: str = "event_id") -> list[Any]:
        sql = f"SELECT {columns} FROM {self.store.place.table(table)} ORDER BY {order}"
        return [row[0] if len(row) == 1 else tuple(row) for row in self.store.run(sql)]


@pytest.fixture
def store(bigquery):
    return BigQueryStore(bigquery)


@pytest.fixture
def cloud(store, tmp_path):
    return Cloud(store, tmp_path, loader_of(store, LIMITS))


@pytest.fixture
def shop(tmp_path):
    with open_shop(tmp_path / "local") as shop:
        yield shop


def loader_of(store: BigQueryStore, limits: BigQueryLimits, url: str = "") -> BigQueryLoader:
    jobs = connect(store.place, limits, rest_url=url or store.rest_url)
    return BigQueryLoader(jobs, ttl=limits.load_ttl)


def lines(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def counts(report: LoadReport) -> tuple[int, int, int]:
    return report.rows_loaded, report.rows_already_there, report.rows_rejected


def test_events_arrive_as_in_a_local_warehouse(cloud, shop: Shop, tmp_path):
    file = lines(tmp_path, "a.jsonl", *EVENTS)
    here, there = shop.load(file), cloud.load(file)
    assert counts(there) == counts(here) == (5, 1, 1)
    assert rejects(there) == rejects(here)
    columns = "account_id, event_id, event_name, identity, all_identities"
    # BigQuery has no missing list.
    local = [(*row[:-1], row[-1] or []) for row in shop.rows(columns)]
    assert cloud.rows(columns) == local
    for column in ("event_props", "device"):
        texts = cloud.rows(f"TO_JSON_STRING({column})")
        parsed = [json.loads(text or "null") for text in texts]
        assert parsed == [json.loads(text or "null") for text in shop.rows(column)]
    assert cloud.rows("ts", order="event_id") == [datetime(2026, 11, 20, 10, tzinfo=UTC)] * 5


def test_a_file_loaded_twice_changes_nothing(cloud, tmp_path):
    file = lines(tmp_path, "a.jsonl", *EVENTS)
    cloud.load(file)
    before = cloud.rows("event_id, ingested_at")
    assert counts(cloud.load(file)) == (0, 6, 1)
    assert cloud.rows("event_id, ingested_at") == before
    assert counts(cloud.load(file, account_id=2)) == (5, 1, 1)


def test_events_arrive_now_unless_the_file_says_when(cloud, tmp_path):
    frozen_at = cloud.store.warehouse.freeze(NOW)
    plain = lines(tmp_path, "a.jsonl", {"event_id": "a", "event_name": "A", "ts": DAY})
    told = lines(tmp_path, "b.jsonl", {"event_id": "b", "event_name": "A", "ts": DAY, "came": DAY})
    report = cloud.load(plain)
    cloud.load(told, arrived="came")
    now, given = cloud.rows("ingested_at")
    assert frozen_at < now <= report.loaded_at
    assert given == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_profiles_are_versions_of_which_only_news_are_added(cloud, tmp_path):
    a, b = {"object_id": "1", "name": "A", "Gender": "F"}, {"object_id": "1", "name": "B"}

    def loaded(*rows: dict[str, Any], **choices: Any) -> tuple[int, int]:
        file = lines(tmp_path, "p.jsonl", *rows)
        return counts(cloud.load(file, kind="profiles", **choices))[:2]

    days = {"01": a, "02": a, "03": b, "04": a}
    rows = [{**row, "updated_at": f"2026-11-{day}"} for day, row in days.items()]
    assert loaded(*rows) == (3, 1)
    assert loaded(*rows) == loaded(*reversed(rows)) == (0, 4)
    # Without a time they are of now: of two the last one counts.
    assert loaded(a) == (0, 1)
    assert loaded(a, b) == (1, 1)
    assert loaded(b) == (0, 1)
    assert loaded(b, account_id=2) == (1, 0)
    names = cloud.rows("account_id, name", "profiles", "account_id, updated_at")
    assert names == [(1, "A"), (1, "B"), (1, "A"), (1, "B"), (2, "B")]


@pytest.mark.parametrize("after", range(3))
def test_a_load_whose_answers_get_lost_is_made_once(bigquery, cloud, tmp_path, after):
    file = lines(tmp_path, "a.jsonl", *EVENTS)
    with FaultProxy(bigquery.rest_url) as proxy:
        cloud.loader = loader_of(cloud.store, LIMITS, proxy.url)
        lost = proxy.add(Fault(method="POST", path="/jobs", lose_answer=True, after=after))
        cloud.load(file)
        assert lost.fired == 1
    assert len(cloud.rows("event_id")) == 5
    assert cloud.store.staged() == set()


def test_a_load_that_is_refused_leaves_nothing(bigquery, cloud, tmp_path):
    file = lines(tmp_path, "a.jsonl", *EVENTS)
    with FaultProxy(bigquery.rest_url) as proxy:
        cloud.loader = loader_of(cloud.store, LIMITS, proxy.url)
        body = google_error(403, "accessDenied", "no")
        denied = proxy.add(
            Fault(method="POST", path="^/bigquery/v2/.*/jobs", answer=403, body=body)
        )
        with pytest.raises(OurFault) as caught:
            cloud.load(file)
        assert (denied.fired, caught.value.reason) == (1, "warehouse-denied")
    assert cloud.rows("event_id") == []
    assert cloud.store.staged() == set()
    assert list((tmp_path / "rejects").iterdir()) == []
    cloud.loader = loader_of(cloud.store, LIMITS)
    assert counts(cloud.load(file)) == (5, 1, 1)


def test_the_command_loads_into_the_warehouse_that_its_address_names(
    store, tmp_path, monkeypatch, capsys
):
    from functions.local.loading import load_files

    place = store.place
    settings = {
        "SLUICE_HOME": str(tmp_path / "home"),
        "WAREHOUSE_URL": f"bigquery://{place.project}/warehouse?staging=staging&location=EU",
        "BIGQUERY_EMULATOR_HOST": store.rest_url,
        "BIGQUERY_READ_EMULATOR_HOST": store.read_host,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    services = build(from_environment(), clock=lambda: NOW)
    services.database.migrate()
    services.database.run(lambda c: accounts.put(c, account()))
    file = lines(tmp_path, "a.jsonl", *EVENTS[:3])
    for loaded in (3, 0):
        load_files(services, "events", [file], mapping={}, arrived=None, account_id=1, as_json=True)
        assert json.loads(capsys.readouterr().out)["rows_loaded"] == loaded
    assert services.warehouse.has_event(1, "Cart/Updated")
    services.database.close()


def test_a_local_warehouse_is_opened_by_whoever_loads(tmp_path):
    assert open_loader(replace(from_environment({}), warehouse_url="duckdb:////x.duckdb")) is None
