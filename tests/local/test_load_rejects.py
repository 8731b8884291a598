"""Bad rows are counted, told with their place and reason, and never stop a load."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.local import load_lines
from tests.local.warehouse import NOW, Shop, rejects

GOOD = '{"event_name":"A","ts":1700000000}'


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"junk", "not JSON"),
        (b'{"event_name":"A","ts":1700000000', "not JSON"),
        (b'{"event_name":"A","ts":1700000000}{}', "not JSON"),
        (b'{"event_name":"A\tB","ts":1700000000}', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'"A"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no event_name"),
        (b'{"event_name":" ","ts":1700000000}', "no event_name"),
        (b'{"event_name":null,"ts":1700000000}', "no event_name"),
        (b'{"event_name":"A"}', "no time in ts"),
        (b'{"event_name":"A","ts":null}', "no time in ts"),
        (b'{"event_name":"A","ts":"soon"}', "unreadable time in ts"),
        (b'{"event_name":"\xff","ts":1700000000}', "not UTF-8 text"),
        (
            b'{"event_name":"A","ts":1700000000,"event_props":[1]}',
            "event_props is not a JSON object",
        ),
        (b'{"event_name":"A","ts":1700000000,"device":"x"}', "device is not a JSON object"),
        (
            b'{"event_name":"A","ts":1700000000,"session_props":3}',
            "session_props is not a JSON object",
        ),
        (b'{"event_name":"A","ts":1700000000,"account_id":2}', "account_id is another account"),
    ],
)
def test_a_bad_line_is_told_with_its_number(shop: Shop, line: bytes, reason: str):
    file = shop.file("a.jsonl", b"\n".join([GOOD.encode(), b"", line, GOOD.encode()]))
    report = shop.load(file)
    assert report.rows_loaded == 2
    assert rejects(report) == [{"file": str(file), "row": 3, "reason": reason}]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"A,1700000000,x", "fewer values than the header has names"),
        (b"A,1700000000,x,,9", "more values than the header has names"),
        (b'"A"B,1700000000,x,', "a quote is not closed or stands in the middle of a value"),
        (b"A,1700000000,\xe9,", "not UTF-8 text"),
        (b",1700000000,x,", "no event_name"),
        (b"A,,x,", "no time in ts"),
        (b"A,soon,x,", "unreadable time in ts"),
        (b"A,1700000000,x,{", "event_props is not a JSON object"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_bad_csv_row_is_told_with_its_number(shop: Shop, row: bytes, reason: str, end: bytes):
    good = [b"A,1700000000,x,", b'A,1700000000,"two\nlines",']
    rows = [b"event_name,ts,x,event_props", *good, row, *good]
    report = shop.load(shop.file("a.csv", end.join(rows) + end))
    assert report.rows_loaded == 4
    assert [(r["row"], r["reason"]) for r in rejects(report)] == [(3, reason)]


def test_rows_are_numbered_right_behind_rows_that_could_not_be_taken_apart(shop: Shop):
    bad, nameless, good = "x", ",1700000000", "A,1700000000"
    rows = [bad, nameless, bad, bad, good, nameless, good, nameless, bad]
    report = shop.load(shop.file("a.csv", "event_name,ts\n" + "\n".join(rows) + "\n"))
    assert [r["row"] for r in rejects(report)] == [1, 2, 3, 4, 6, 8, 9]


def test_an_open_quote_takes_the_rest_of_the_file_with_it_as_one_rejected_row(shop: Shop):
    report = shop.load(
        shop.file("a.csv", 'event_name,ts\nA,1700000000\n"B,1700000000\nC,1700000000\n')
    )
    assert (report.rows_loaded, report.rows_rejected) == (1, 1)


def test_csv_with_rows_that_end_in_different_ways_is_read(shop: Shop):
    content = b'event_name,ts\nA,1700000000\r\n"B\r\nb",1700000001\rC,1700000002\nD\r\nE,1700000003'
    report = shop.load(shop.file("a.csv", content))
    assert shop.rows("event_name", order="ts") == ["A", "B\nb", "C", "E"]
    assert [r["row"] for r in rejects(report)] == [4]


def test_parquet_texts_that_are_no_utf8_cost_their_rows_only(shop: Shop):
    texts = pa.Array.from_buffers(
        pa.string(),
        3,
        [None, pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"a\xffc")],
    )
    raw = pa.array([b"ok", b"ok", b"\xc3"], pa.binary())
    table = pa.table({"event_name": ["A", "B", "C"], "ts": [NOW] * 3, "x": texts, "y": raw})
    for name, columns, good, bad in (
        ("strings", ["event_name", "ts", "x"], ["A", "C"], [2]),
        ("bytes", ["event_name", "ts", "y"], ["A", "B"], [3]),
        ("both", ["event_name", "ts", "x", "y"], ["A"], [2, 3]),
    ):
        pq.write_table(table.select(columns), shop.folder / f"{name}.parquet")
        report = shop.load(shop.folder / f"{name}.parquet", account_id=len(columns) + len(name))
        assert [(r["row"], r["reason"]) for r in rejects(report)] == [
            (row, "not UTF-8 text") for row in bad
        ]
        found = shop.rows("account_id, event_name", order="loaded_at DESC, event_name")[: len(good)]
        assert [event for _, event in found] == good


def test_a_line_that_is_too_long_is_left_out_wherever_it_stands(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    long = '{"event_name":"' + "x" * 300 + '","ts":1700000000}'
    limits = {"read_bytes": 64, "line_bytes_max": 100}
    monkeypatch.setattr(load_lines.read_lines, "__kwdefaults__", limits)
    for number, lines in enumerate([(long, GOOD), (GOOD, long, GOOD, long), (GOOD, long)]):
        report = shop.load(shop.file("a.jsonl", "\n".join(lines)), account_id=number + 1)
        told = [(r["row"], r["reason"]) for r in rejects(report)]
        places = [at for at, line in enumerate(lines, 1) if line == long]
        assert told == [(at, "line too long") for at in places]
        assert report.rows_loaded == len(lines) - len(places)


def test_every_load_with_rejects_has_a_file_of_its_own_and_others_have_none(shop: Shop):
    bad, good = shop.file("a.jsonl", "x\n"), shop.file("b.jsonl", GOOD)
    names = {
        report.reject_file for report in (shop.load(bad), shop.load(bad), shop.load(bad, good))
    }
    assert len(names) == 3
    assert shop.load(good).reject_file is None
