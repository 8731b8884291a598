"""Whatever a file holds: every row is accounted for, and loading it again adds nothing."""

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.warehouse import Shop, open_shop, rejects

NAMES = st.sampled_from(["A", "Cart/Updated", "", " ", "Ü 🎉"])
TIMES = st.sampled_from([1_700_000_000, "2026-11-20T10:00:00Z", "2026-11-20", "never", 5])
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
OURS = {"event_name", "ts", "event_id", "identity", "account_id", "ingested_at", "loaded_at"}
KEYS = TEXT.filter(lambda key: key not in OURS)
EVENTS = st.fixed_dictionaries(
    {"event_name": NAMES, "ts": TIMES},
    optional={"event_id": st.sampled_from(["1", "2", ""]), "identity": TEXT},
)
JUNK = st.sampled_from(
    [b"", b"  ", b"{", b"[]", b"\xff\xfe", b'"', b'{"event_name":"A","ts":NaN}', b"\x00"]
)


@contextmanager
def one_shop() -> Iterator[Shop]:
    """An empty warehouse for one example."""
    with tempfile.TemporaryDirectory() as folder, open_shop(Path(folder)) as shop:
        yield shop


def good(row: dict[str, object]) -> bool:
    return bool(str(row["event_name"]).strip()) and row["ts"] not in ("never", 5)


@settings(max_examples=20)
@given(st.lists(st.tuples(EVENTS, st.dictionaries(KEYS, JSON, max_size=3)) | JUNK, max_size=12))
def test_every_line_is_loaded_there_already_or_rejected(rows: list[tuple[dict, dict] | bytes]):
    lines = [r if isinstance(r, bytes) else json.dumps(r[1] | r[0]).encode() for r in rows]
    events = [r for r in rows if not isinstance(r, bytes) and good(r[0])]
    with one_shop() as shop:
        file = shop.file("a.jsonl", b"\n".join(lines) + b"\n")
        report = shop.load(file)
        assert report.rows_read == sum(bool(line.strip()) for line in lines)
        assert report.rows_loaded + report.rows_already_there == len(events)
        told = {r["row"] for r in rejects(report)}
        assert told == {
            at
            for at, (row, line) in enumerate(zip(rows, lines, strict=True), 1)
            if line.strip() and (isinstance(row, bytes) or not good(row[0]))
        }
        ids = [event.get("event_id") for event, _ in events]
        assert report.rows_loaded == sum(not i for i in ids) + len({i for i in ids if i})
        assert shop.load(file).rows_loaded == 0
        kept = Counter(
            text and json.dumps(json.loads(text), sort_keys=True)
            for text in shop.rows("event_props")
        )
        firsts = {
            event.get("event_id") or n: extras
            for n, (event, extras) in reversed(list(enumerate(events)))
        }
        assert kept == Counter(
            json.dumps(extras, sort_keys=True) if extras else None for extras in firsts.values()
        )


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            NAMES, TIMES, TEXT.filter(lambda t: "\r" not in t), TEXT.filter(lambda t: "\r" not in t)
        ),
        max_size=12,
    )
)
def test_csv_values_come_back_as_they_were_written(rows: list[tuple[str, object, str, str]]):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["event_name", "ts", "identity", "extra"])
    writer.writerows(rows)
    with one_shop() as shop:
        file = shop.file("a.csv", text.getvalue())
        report = shop.load(file)
        wanted = [row for row in rows if good({"event_name": row[0], "ts": row[1]})]
        assert (report.rows_read, report.rows_loaded) == (len(rows), len(wanted))
        assert shop.load(file).rows_loaded == 0
        found = shop.rows("event_name, identity, event_props")
        assert Counter(
            (
                name,
                identity,
                str(json.loads(props, parse_float=str, parse_int=str)["extra"]).lower()
                if props
                else None,
            )
            for name, identity, props in found
        ) == Counter(
            (name, identity or None, extra.lower() or None) for name, _, identity, extra in wanted
        )


@settings(max_examples=20)
@given(
    st.lists(
        st.sampled_from(
            [
                b"A",
                b"1700000000",
                b",",
                b'"',
                b"\n",
                b"\r\n",
                b"\r",
                b"\xff",
                b"\x00",
                b";",
                b"{}",
                b" ",
                b"''",
            ]
        ),
        max_size=60,
    )
)
def test_no_csv_is_so_odd_that_its_rows_are_not_accounted_for(pieces: list[bytes]):
    content = b"event_name,ts,event_props\n" + b"".join(pieces) + b"\nA,1700000000,\n"
    with one_shop() as shop:
        file = shop.file("a.csv", content)
        report = shop.load(file)
        again = shop.load(file)
        assert (again.rows_loaded, again.rows_rejected) == (0, report.rows_rejected)
