"""Rows of imports come into the warehouse all at once, each once, and arrive when they come."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.bigquery_landing import BigQueryLanding
from shared.adapters.bigquery_warehouse import connect as connect_bigquery
from shared.adapters.duckdb_file import connect
from shared.adapters.duckdb_landing import DuckDBLanding
from shared.domain.import_columns import ColumnKind
from shared.domain.import_mapping import Mapping
from shared.domain.watermarks import Watermark, ordinal_of
from shared.import_ports import Landing, StagingGone
from shared.loading.check import Checker
from shared.loading.staged import Publish
from shared.schema import tables
from tests.adapters.bigquery_store import LIMITS, BigQueryStore
from tests.adapters.datasets import (
    EVENTS,
    ORDERS,
    PROFILES,
    START,
    folder_with,
    order,
    reading_of,
    source_of,
)

LATER = datetime.now(UTC) + timedelta(days=1)


@dataclass
class Warehouse:
    """A landing, and what is in the warehouse behind it."""

    folder: Path
    landing: Landing
    # (table, columns) -> its rows.
    ask: Callable[[str, str], list[Any]]

    def stage(
        self, mapping: Mapping, *pieces: list[dict[str, Any]], since: Watermark | None = None
    ) -> Publish:
        """Stage rows of a customer's, in pieces; gives what publishes them."""
        table = tables()[str(mapping.kind)]
        staging_id = uuid4().hex[:12]
        self.landing.begin(staging_id, table)
        source = source_of(folder_with(self.folder / "source", []))
        columns = reading_of(source.describe(ORDERS), mapping).columns
        checker = Checker(
            mapping, columns, since, 1, json_as_text=self.landing.json_as_text, memory_mb=200
        )
        for number, rows in enumerate(pieces):
            source = source_of(folder_with(self.folder / "source", rows))
            reading = reading_of(source.describe(ORDERS), mapping)
            out = self.folder / "rows.parquet"
            if checker.write(source.read(reading), out):
                self.landing.add(staging_id, number, out)
                assert not out.exists()
        return Publish(uuid4().hex, staging_id, table, 1, START)

    def bring(self, *pieces: list[dict[str, Any]], mapping: Mapping = EVENTS, **more: Any) -> int:
        """Stage and publish; the number of new rows."""
        return self.landing.publish(self.stage(mapping, *pieces, **more)).rows_new

    def events(self, columns: str = "identity") -> list[Any]:
        return sorted(self.ask("events", columns))

    def profiles(self, columns: str = "email") -> list[Any]:
        return self.ask("profiles", columns)


@pytest.fixture(params=["duckdb", "bigquery"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """An empty warehouse of each kind."""
    order_by = {"events": "event_id", "profiles": "updated_at, object_id"}

    def plain(rows: Any) -> list[Any]:
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    if request.param == "duckdb":
        path = tmp_path / "warehouse.duckdb"
        landing = DuckDBLanding(
            path, tmp_path / "staging", memory_mb=300, wait_s=10, clock=lambda: datetime.now(UTC)
        )

        def ask_here(table: str, columns: str) -> list[Any]:
            with connect(path, wait_s=10) as con:
                sql = f"SELECT {columns} FROM {table} ORDER BY {order_by[table]}"
                found = con.sql(sql).to_arrow_table().to_pylist()
                return plain(tuple(row.values()) for row in found)

        return Warehouse(tmp_path, landing, ask_here)
    store = BigQueryStore(request.getfixturevalue("bigquery"))
    jobs = connect_bigquery(store.place, LIMITS, rest_url=store.rest_url)

    def ask_there(table: str, columns: str) -> list[Any]:
        name = store.place.table(table)
        return plain(store.run(f"SELECT {columns} FROM {name} ORDER BY {order_by[table]}"))

    return Warehouse(tmp_path, BigQueryLanding(jobs, ttl=timedelta(days=1)), ask_there)


def rows(*numbers: int, **values: Any) -> list[dict[str, Any]]:
    return [order(number, **values) for number in numbers]


def test_pieces_become_events_and_arrive_together_not_before_the_publish_began(house):
    publish = replace(house.stage(EVENTS, rows(1, 2), rows(3)), began_at=LATER)
    assert house.landing.publish(publish).rows_new == 3
    assert house.events() == ["user-1", "user-2", "user-3"]
    assert set(house.events("account_id")) == {1}
    [arrived] = set(house.events("ingested_at"))
    assert arrived >= LATER
    found = house.events("event_name, email, ts")
    assert found[0] == ("Bought", "u1@example.org", order(1)["happened"])


def test_a_publish_is_made_once(house):
    publish = house.stage(EVENTS, rows(1, 2))
    first = house.landing.publish(publish)
    house.landing.drop(publish.staging_id)
    assert house.landing.publish(publish).rows_new == first.rows_new == 2
    assert house.events() == ["user-1", "user-2"]


def test_what_was_dropped_cannot_be_published(house):
    publish = house.stage(EVENTS, rows(1))
    house.landing.drop(publish.staging_id)
    house.landing.drop(publish.staging_id)
    with pytest.raises(StagingGone):
        house.landing.publish(publish)
    assert house.events() == []


def test_a_publish_that_was_cancelled_is_never_made(house):
    publish = house.stage(EVENTS, rows(1))
    assert house.landing.cancel(publish) is None
    assert house.landing.cancel(publish) is None
    # Not told as made without rows: then nobody would ever read them again.
    with pytest.raises(StagingGone):
        house.landing.publish(publish)
    assert house.events() == []


def test_a_publish_that_was_made_is_not_cancelled(house):
    publish = house.stage(EVENTS, rows(1))
    house.landing.publish(publish)
    assert house.landing.cancel(publish).rows_new == 1
    assert house.events() == ["user-1"]


def test_reading_again_adds_only_what_is_new_and_keeps_twins(house):
    """Rows 2 are the same in all; each is an event of its own, however often it is read."""
    assert house.bring(rows(1, 2, 2)) == 3
    ids = house.events("event_id")
    assert len(set(ids)) == 3
    assert house.bring(rows(2, 2, 1)) == 0
    assert house.bring(rows(2), rows(2, 2, 3)) == 2
    assert house.events() == ["user-1", "user-2", "user-2", "user-2", "user-3"]
    assert set(ids) < set(house.events("event_id"))


def test_of_rows_with_one_id_the_first_counts(house):
    mapping = replace(EVENTS, extra=(("event_id", "mail"),))
    same = [order(1, mail="k"), order(2, mail="k"), order(3)]
    assert house.bring(same, mapping=mapping) == 2
    assert house.bring([order(4, mail="k")], mapping=mapping) == 0
    assert house.events("event_id") == ["k", "u3@example.org"]


def test_bad_rows_stay_behind(house):
    assert house.bring([order(1), order(2, uid="null"), order(3, count="x")]) == 1
    assert house.events() == ["user-1"]


def test_properties_are_json(house):
    house.bring([order(1, price=None, **{'the "note"': "a\nb"})])
    sql = "CAST(event_props AS VARCHAR)"
    if house.landing.json_as_text:
        sql = "TO_JSON_STRING(event_props)"
    [text] = house.events(sql)

    assert json.loads(text) == {"Count": 1, 'a "note"': "a\nb"}


def test_no_rows_are_a_publish_too(house):
    assert house.bring() == 0
    assert house.bring([order(1, uid="nan")]) == 0


def test_the_newest_version_of_a_profile_wins_and_the_same_again_changes_nothing(house):
    versions = [order(n, uid="ann", mail=f"v{n}") for n in (1, 3, 2)]
    assert house.bring(versions, mapping=PROFILES) == 1
    assert house.profiles() == ["v3"]
    assert house.bring(versions, mapping=PROFILES) == 0
    assert house.bring([order(4, uid="ann", mail="v4")], mapping=PROFILES) == 1
    assert house.profiles() == ["v3", "v4"]
    # As it was before, but changed later.
    assert house.bring([order(5, uid="ann", mail="v3", price=3.5)], mapping=PROFILES) == 1
    assert house.profiles("object_id, identity") == [("ann", "ann")] * 3


def test_a_version_read_again_does_not_undo_what_came_from_elsewhere(house):
    tie = order(1, uid="ann", mail="old")
    since = Watermark(ColumnKind.TIMESTAMP, ordinal_of(ColumnKind.TIMESTAMP, tie["changed"]))
    assert house.bring([tie], mapping=PROFILES) == 1
    assert house.bring([order(1, uid="ann", mail="other")], mapping=PROFILES) == 1
    assert house.bring([tie], mapping=PROFILES, since=since) == 0
    assert house.profiles() == ["old", "other"]
