"""What a person finds in the warehouse after loading files of events."""

from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.local import load as load_module
from tests.local.warehouse import NOW, Shop, rejects

CSV_HEAD = "event_id,event_name,ts,identity,city\n"


def test_every_kind_of_file_gives_the_same_rows(shop: Shop):
    row = {"event_name": "Cart/Updated", "ts": "2026-11-20T10:00:00Z", "identity": "u1", "n": 7}
    csv = "event_id,event_name,ts,identity,n\n{},Cart/Updated,2026-11-20T10:00:00Z,u1,7\n"
    pq.write_table(
        pa.table({k: [v] for k, v in {"event_id": "p", **row}.items()}), shop.folder / "p.parquet"
    )
    shop.load(
        shop.lines("a.json", {"event_id": "a", **row}),
        shop.lines("b.jsonl", {"event_id": "b", **row}),
        shop.lines("c.ndjson.gz", {"event_id": "c", **row}),
        shop.file("d.csv", csv.format("d")),
        shop.file("e.csv.gz", csv.format("e")),
        shop.folder / "p.parquet",
    )
    assert shop.rows("event_id") == ["a", "b", "c", "d", "e", "p"]
    assert shop.rows(
        "DISTINCT account_id, event_name, ts::VARCHAR, identity, event_props::VARCHAR", order="ALL"
    ) == [(1, "Cart/Updated", "2026-11-20 10:00:00+00", "u1", '{"n":7}')]


def test_a_file_loaded_twice_changes_nothing(shop: Shop):
    event = {"event_name": "A", "ts": 1_700_000_000}
    files = (
        shop.lines("a.jsonl", event, event, {**event, "event_id": "x"}, {**event, "x": 1}),
        shop.file("b.csv", CSV_HEAD + ",B,1700000000,u,Köln\n" * 3 + "y,B,1700000000,u,\n"),
    )
    assert shop.load(*files).rows_loaded == 8
    before = shop.rows("events::VARCHAR")
    for again in (files, files[:1], files[1:]):
        report = shop.load(*again)
        assert (report.rows_loaded, report.rows_already_there) == (0, report.rows_read)
    assert shop.rows("events::VARCHAR") == before


def test_genuine_twins_stay_and_twins_in_other_files_are_the_same_rows(shop: Shop):
    twin = {"event_name": "A", "ts": 1_700_000_000, "identity": "u"}
    two, three = shop.lines("2.jsonl", twin, twin), shop.lines("3.jsonl", twin, twin, twin)
    assert shop.load(two).rows_loaded == 2
    assert shop.load(three).rows_loaded == 1
    assert shop.load(two, three).rows_loaded == 0
    assert shop.rows("count(DISTINCT event_id)", order="ALL") == [3]


def test_an_event_id_that_is_there_is_skipped_in_its_own_account_only(shop: Shop):
    row = {"event_id": "1", "event_name": "A", "ts": 1_700_000_000}
    file = shop.lines("a.jsonl", row, {**row, "event_name": "other"}, {**row, "event_id": ""})
    report = shop.load(file)
    assert (report.rows_loaded, report.rows_already_there) == (2, 1)
    assert shop.load(file, account_id=2).rows_loaded == 2
    assert shop.rows("DISTINCT event_name", order="ALL") == ["A"]


def test_rows_arrive_now_by_a_clock_that_never_goes_back(shop: Shop):
    for name, now in (("a", NOW), ("b", NOW - timedelta(hours=1)), ("c", NOW + timedelta(hours=1))):
        shop.load(
            shop.lines("x.jsonl", {"event_id": name, "event_name": "A", "ts": 1_700_000_000}),
            now=now,
        )
    arrived = shop.rows("ingested_at::VARCHAR")
    assert arrived == [
        "2026-11-22 06:00:00+00",
        "2026-11-22 06:00:00.000001+00",
        "2026-11-22 07:00:00+00",
    ]
    assert shop.rows("loaded_at::VARCHAR") == arrived


def test_the_arrived_column_gives_the_arrival_and_is_no_property(shop: Shop):
    rows = [
        {"event_id": "1", "event_name": "A", "ts": 1_700_000_000, "came": "2026-11-21T00:00:00Z"},
        {"event_id": "2", "event_name": "A", "ts": 1_700_000_000, "x": 1},
        {"event_id": "3", "event_name": "A", "ts": 1_700_000_000, "came": "late"},
    ]
    report = shop.load(shop.lines("a.jsonl", *rows), arrived="came")
    assert shop.rows("ingested_at::VARCHAR") == ["2026-11-21 00:00:00+00", "2026-11-22 06:00:00+00"]
    assert shop.rows("event_props") == [None, '{"x":1}']
    assert [(r["row"], r["reason"]) for r in rejects(report)] == [
        (3, "unreadable time in ingested_at")
    ]


def test_columns_are_mapped_and_what_they_replace_becomes_a_property(shop: Shop):
    file = shop.file("a.csv", "identity,who,what,when\nx,u1,A,2026-11-20\n")
    shop.load(file, mapping={"identity": "who", "event_name": "what", "ts": "when"})
    assert shop.rows("identity, event_name, event_props") == [("u1", "A", '{"identity":"x"}')]


def test_progress_ends_at_the_size_of_all_files(shop: Shop):
    told: list[tuple[int, int]] = []
    files = [
        shop.lines("a.jsonl", {"event_name": "A", "ts": 1_700_000_000}),
        shop.file("b.csv", CSV_HEAD),
    ]
    shop.load(*files, on_progress=lambda done, total: told.append((done, total)))
    size = sum(file.stat().st_size for file in files)
    assert told[-1] == (size, size)
    assert told == sorted(told)


def test_a_load_that_fails_in_its_transaction_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    bad_and_good = shop.lines(
        "a.jsonl", {"event_name": "A", "ts": 1_700_000_000}, {"event_name": "B"}
    )
    fired = []

    def full(*_: object) -> int:
        fired.append(True)
        raise duckdb.IOException("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(load_module, "insert", full)
        with pytest.raises(duckdb.IOException):
            shop.load(bad_and_good)
    assert fired
    assert shop.rows("event_id") == []
    assert list((shop.folder / "rejects").iterdir()) == []
    assert shop.load(bad_and_good).rows_loaded == 1
