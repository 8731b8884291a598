"""How values of files become values of the warehouse: times, properties, types, lists."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local.warehouse import NOW, Shop, rejects


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20 10:00:00+00"),
        ("2026-11-20t10:00:00.25z", "2026-11-20 10:00:00.25+00"),
        ("2026-11-20T10:00:00+05:30", "2026-11-20 04:30:00+00"),
        ("2026-11-20 10:00:00", "2026-11-20 10:00:00+00"),
        (" 2026-11-20 ", "2026-11-20 00:00:00+00"),
        (1_700_000_000, "2023-11-14 22:13:20+00"),
        ("1700000000.5", "2023-11-14 22:13:20.5+00"),
        (1_700_000_000_123, "2023-11-14 22:13:20.123+00"),
        (1_700_000_000_123_456, "2023-11-14 22:13:20.123456+00"),
        (1_700_000_000_123_456_789, "2023-11-14 22:13:20.123456+00"),
        (20_171_109_000_015, None),
        (20_261_120, None),
        ("2026-02-30", None),
        ("infinity", None),
        ("44444-01-01", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("yesterday", None),
        (True, None),
        ({"at": 1}, None),
    ],
)
def test_times_are_read_by_one_rule_in_json_and_csv(shop: Shop, ts: object, expected: str | None):
    files = [shop.lines("a.jsonl", {"event_name": "A", "ts": ts})]
    if not isinstance(ts, bool | dict):
        files.append(shop.file("a.csv", f"event_name,ts,x\nA,{ts},1\n"))
    report = shop.load(*files)
    assert shop.rows("ts::VARCHAR", order="ts") == [expected] * len(files) * (expected is not None)
    wrong = [{"row": 1, "reason": "unreadable time in ts"}] * (len(files) * (expected is None))
    assert [{k: r[k] for k in ("row", "reason")} for r in rejects(report)] == wrong


def test_times_of_parquet_keep_their_zone_and_naive_ones_are_utc(shop: Shop):
    moments = pa.array([NOW])
    names = pa.array(["A"])
    for number, kind in enumerate(
        [
            pa.timestamp("us", "Asia/Kolkata"),
            pa.timestamp("ns"),
            pa.timestamp("s"),
            pa.timestamp("ms"),
        ]
    ):
        path = shop.folder / f"{number}.parquet"
        naive = pa.array([NOW.replace(tzinfo=None)]) if kind.tz is None else moments
        pq.write_table(pa.table({"event_name": names, "ts": naive.cast(kind)}), path)
        shop.load(path)
    whole = pa.table({"event_name": names, "ts": [int(NOW.timestamp())]})
    pq.write_table(whole, shop.folder / "n.parquet")
    shop.load(shop.folder / "n.parquet")
    assert shop.rows("DISTINCT ts::VARCHAR", order="ALL") == ["2026-11-22 06:00:00+00"]


def test_properties_keep_their_types_and_all_their_digits(shop: Shop):
    line = (
        b'{"event_name":"A","ts":1700000000,"big":123456789012345678901234567890,"neg":-6.1975594,'
        b'"false":"false","no":false,"null":null,"deep":{"a":[1,{"b":"\\u00e9"}]},"a/b~c":1}'
    )
    shop.load(shop.file("a.jsonl", line))
    assert shop.rows("event_props") == [
        '{"big":123456789012345678901234567890,"neg":-6.1975594,"false":"false","no":false,'
        '"null":null,"deep":{"a":[1,{"b":"é"}]},"a/b~c":1}'
    ]


def test_csv_columns_become_numbers_only_where_every_digit_comes_back(shop: Shop):
    columns = {
        "phone": ("+911", "", '"12"'),
        "agent": ("007", "7", "1"),
        "price": ("1.5", "-2", "0"),
        "money": ("1.50", "2", "3"),
        "huge": ("99999999999999999999999999", "1", ""),
        "e": ("1e5", "1", "1"),
        "ok": ("true", "false", ""),
        "maybe": ("true", "1", ""),
        "nan": ("nan", "1", "inf"),
    }
    head = "event_name,ts," + ",".join(f"p_{name}" for name in columns)
    rows = [f"A,2026-11-2{n}," + ",".join(v[n] for v in columns.values()) for n in range(3)]
    shop.load(shop.file("a.csv", "\n".join([head, *rows]) + "\n"))
    first, second, third = shop.props()
    assert first == {
        "p_phone": "+911", "p_agent": "007", "p_price": 1.5, "p_money": "1.50",
        "p_huge": 99999999999999999999999999, "p_e": "1e5", "p_ok": True, "p_maybe": "true",
        "p_nan": "nan",
    }  # fmt: skip
    assert (second["p_price"], second["p_agent"], second["p_ok"]) == (-2, "7", False)
    assert third["p_phone"] == "12"
    assert "p_ok" not in third


def test_given_properties_and_columns_are_merged_and_the_given_ones_win(shop: Shop):
    shop.load(
        shop.lines(
            "a.jsonl",
            {"event_name": "A", "ts": "2026-11-20", "event_props": {"a": 1}, "a": 2, "b": 3},
            {"event_name": "A", "ts": "2026-11-21", "event_props": '{"c":{"d":1}}', "b": 4},
            {"event_name": "A", "ts": "2026-11-22", "event_props": {}, "b": 5},
        ),
        shop.file("b.csv", 'event_name,ts,event_props,b\nA,2026-11-23,"{""a"": 1}",6\n'),
    )
    assert shop.props() == [{"a": 1, "b": 3}, {"b": 4, "c": {"d": 1}}, {"b": 5}, {"a": 1, "b": 6}]


def test_what_strict_json_does_not_know_is_mended(shop: Shop):
    lines = (
        b'\xef\xbb\xbf{"event_name":"A","ts":"2026-11-20","x":NaN,"y":[-Infinity,"NaN, inf"],'
        b'"identity":NaN,"device":{"dpi":Infinity}}\r\n'
        b'{"event_name":"B\\ud800","ts":"2026-11-21","k\\udc00":"\\ud83d\\ude00\\\\ud800"}\r\n'
        b'{"event_name":"C","ts":"2026-11-22","twice":1,"twice":2,"z":[{"q":1}]}'
    )
    assert shop.load(shop.file("a.jsonl", lines)).rows_rejected == 0
    assert shop.props() == [
        {"x": None, "y": [None, "NaN, inf"]},
        {"k?": "😀\\ud800"},
        {"twice": 1, "z": [{"q": 1}]},
    ]
    assert shop.rows("event_name, identity, device", order="ts") == [
        ("A", None, '{"dpi":null}'), ("B?", None, None), ("C", None, None)
    ]  # fmt: skip


def test_lists_of_identities_come_in_every_form(shop: Shop):
    shop.load(
        shop.lines(
            "a.jsonl",
            {
                "event_id": "1",
                "event_name": "A",
                "ts": "2026-11-20",
                "all_identities": ["a", 7, None],
            },
            {"event_id": "2", "event_name": "A", "ts": "2026-11-20", "all_identities": "solo"},
        ),
        shop.file(
            "a.csv",
            'event_id,event_name,ts,all_identities\n3,A,2026-11-20,"[a, b]"\n'
            '4,A,2026-11-20,"[""q"",""r, s""]"\n5,A,2026-11-20,\n6,A,2026-11-20,[]\n',
        ),
    )
    assert shop.rows("all_identities") == [
        ["a", "7"],
        ["solo"],
        ["a", "b"],
        ["q", "r, s"],
        None,
        [],
    ]


def test_parquet_columns_of_every_type_become_properties(shop: Shop):
    table = pa.table(
        {
            "event_name": ["A", "B"],
            "ts": [NOW, NOW + timedelta(seconds=1)],
            "X": [1, 2],
            "x": [True, None],
            "f": [float("nan"), 1e-7],
            "small": pa.array([0.1, None], pa.float32()),
            "u": pa.array([2**64 - 1, 0], pa.uint64()),
            "text": pa.array([b"caf\xc3\xa9", None], pa.binary()),
            "nested": [{"a": 1, "b": None}, None],
            "event_props": [{"only": "first", "none": None}, {"only": None, "none": None}],
            "device": [{"make": "x", "dimensions": {"width": 1}}, None],
        }
    )
    pq.write_table(table, shop.folder / "a.parquet")
    shop.load(shop.folder / "a.parquet")
    assert shop.props() == [
        {
            "only": "first", "X": 1, "x": True, "f": None, "small": 0.1, "u": 2**64 - 1,
            "text": "café", "nested": {"a": 1, "b": None},
        },
        {"X": 2, "f": 1e-7, "u": 0},
    ]  # fmt: skip
    assert shop.rows("device", order="ts") == ['{"make":"x","dimensions":{"width":1}}', None]
