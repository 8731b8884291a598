"""How a window is frozen in BigQuery: by statements without values, in steps, in several tables."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_schema import schema_query
from shared.adapters.bigquery_snapshot import Freezing, Tables
from shared.adapters.bigquery_sql import as_of, groups_query
from shared.domain.slices import GROUPS, Slicing
from shared.errors import OurFault
from shared.ports import SchemaDetail, Snapshot, SnapshotStatus
from tests.adapters.bigquery_store import LIMITS, BigQueryStore
from tests.adapters.selections import all_profiles, selection
from tests.warehouse_rows import HOUR, NOW, event, events, profile

PLACE = Place("my-project-1", "warehouse", "staging", "EU")
ATTACK = "x'); DROP TABLE `events`; -- \" \\ @zone"


@pytest.fixture
def store(bigquery):
    return BigQueryStore(bigquery)


def test_more_slices_than_one_table_takes_lie_in_several(store):
    rows = [event(n, event_name="Page View" if n < 60 else f"E{n % 5}") for n in range(120)]
    early = event(3, ingested_at=NOW - 30 * HOUR, props={"copy": 0})
    late = event(900, ts=NOW - timedelta(days=4), ingested_at=NOW - HOUR)
    chosen = selection(store.load([*rows, early, late]), late_before=NOW.date() - timedelta(days=2))
    store.limited(slices_per_table=3)
    slicing = store.cut(chosen, slice_bytes=4_000, slice_files=2)
    assert slicing.slice_count >= 7
    counted = store.freeze("s", chosen, slicing)
    assert counted == Snapshot(SnapshotStatus.DONE, rows=121, rows_duplicate=1, rows_late=1)
    whole = Counter(row["event_id"] for row in [*rows, late])
    assert store.ids("s", slicing) == whole
    tables = {f"snapshot_s_{n}" for n in range(-(-slicing.slice_count // 3))}
    assert store.staged() == tables | {
        "snapshot_s_all", "snapshot_s_groups", "snapshot_s_counts"
    }  # fmt: skip
    store.warehouse.drop_snapshot("s")
    assert store.staged() == set()


def test_profiles_lie_in_several_tables_too(store):
    chosen = all_profiles(store.load([profile(n) for n in range(60)], "profiles"))
    store.limited(slices_per_table=2)
    slicing = store.taken(chosen, slice_bytes=2_000)
    assert slicing.slice_count > 4
    assert set(store.ids("s", slicing, "object_id").values()) == {1}
    assert len(store.ids("s", slicing, "object_id")) == 60


def test_every_step_may_be_taken_by_another_process(store):
    chosen = selection(store.load(events(range(60))))
    slicing = store.cut(chosen, slice_bytes=4_000)
    store.limited(slices_per_table=2)
    for lost in ("snapshot_s_counts", "snapshot_s_1", "snapshot_s_all"):
        store.warehouse = store.opened(replace(LIMITS, slices_per_table=2))
        assert store.freeze("s", chosen, slicing).rows == 60
        # Whatever was made is lost, and with it what says that all is there.
        for name in {lost, "snapshot_s_counts"}:
            store.client.delete_table(store.place.staged_id(name))
        assert store.warehouse.snapshot("s").status is not SnapshotStatus.DONE
    assert store.freeze("s", chosen, slicing) == Snapshot(SnapshotStatus.DONE, rows=60)
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(60))


def test_names_that_look_like_statements_are_values(store):
    rows = [event(1, event_name=ATTACK, identity=ATTACK, props={ATTACK: ATTACK}), event(2)]
    chosen = selection(store.load(rows), event_names=(ATTACK,))
    assert [(name, rows) for name, _, rows in store.groups(chosen)] == [(ATTACK, 1)]
    schema = store.schema(chosen, SchemaDetail.TYPES)
    assert schema[ATTACK] == {"id": "string", "n": "int64", ATTACK: "string"}
    [table] = store.slices("s", store.taken(chosen))
    assert table["identity"].to_pylist() == [ATTACK]
    assert store.warehouse.has_event(1, ATTACK)
    assert not store.warehouse.has_event(2, ATTACK)


def test_no_value_stands_in_a_statement():
    moment = datetime(2026, 11, 20, 1, 2, 3, 456_789, UTC)
    chosen = selection(moment, event_names=("Buy", ATTACK), time_zone="Asia/Tokyo", account_id=4711)
    queries = [
        groups_query(PLACE, chosen),
        *(schema_query(PLACE, chosen, detail) for detail in SchemaDetail),
    ]
    for query in queries:
        for value in ("Buy", ATTACK, "Tokyo", "4711", "2026-11-18"):
            assert value not in query.sql
        # The one exception, which is written from a moment.
        assert query.sql.count("2026") == query.sql.count(as_of(moment)) == 1
        assert {each.name for each in query.parameters} == {
            "account_id", "start_at", "end_at", "zone", "event_names"
        }  # fmt: skip


def test_a_moment_is_written_in_utc_to_the_microsecond():
    moment = datetime.fromisoformat("2026-11-20T01:02:03.000004+05:30")
    clause = "FOR SYSTEM_TIME AS OF TIMESTAMP '2026-11-19 19:32:03.000004+00:00'"
    assert as_of(moment) == clause


@pytest.mark.parametrize(
    "wrong", [{"time_column": "ts) OR TRUE --"}, {"identity_columns": ("identity) --",)}]
)
def test_no_other_columns_are_named_than_those_that_are_known(store, wrong):
    chosen = selection(store.load(events(range(2))))
    slicing = store.cut(chosen)
    with pytest.raises(OurFault) as caught:
        store.warehouse.submit_snapshot("s", selection(chosen.as_of, **wrong), slicing)
    assert caught.value.reason == "bad-selection"


@pytest.mark.parametrize(
    ("number", "slices", "partitions"), [(0, 7, (0, 3)), (2, 7, (6, 7)), (0, 0, (0, 1))]
)
def test_a_table_has_a_partition_for_each_of_its_slices(number, slices, partitions):
    chosen = selection(NOW)
    groups = {"event_name": ["x"] * slices, "event_date": [NOW.date()] * slices}
    numbers = {name: list(range(slices)) for name in ("first_slice", "file_no", "parts")}
    slicing = Slicing(pa.table(groups | numbers).cast(GROUPS), slices)
    made = Freezing(PLACE, Tables("s", 3), chosen, slicing, timedelta(days=8))
    sql = made.part_query(number).sql
    first, last = partitions
    assert f"RANGE_BUCKET(slice_no, GENERATE_ARRAY({first}, {last}, 1))" in sql
    assert "INTERVAL 192 HOUR" in sql
