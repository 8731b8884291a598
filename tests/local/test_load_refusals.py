"""What cannot be loaded as a whole is refused in one sentence, and nothing is loaded."""

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.errors import InvalidInput
from tests.local.warehouse import NOW, Shop

GOOD = b"event_name,ts\nA,1700000000\n"
LINE = b'{"event_name":"A","ts":1700000000}\n'


def parquet(folder: Path) -> bytes:
    pq.write_table(pa.table({"event_name": ["A"] * 999, "ts": [NOW] * 999}), folder / "x.parquet")
    return (folder / "x.parquet").read_bytes()


def assert_refused(shop: Shop, words: str, *files: Path, **choices: Any) -> None:
    good = shop.file("good.csv", GOOD)
    with pytest.raises(InvalidInput, match=words) as refused:
        shop.load(good, *files, **choices)
    assert refused.value.message.count("\n") == 0
    assert shop.rows("event_id") == []
    assert not (shop.folder / "rejects").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", GOOD, "ending that is not known"),
        ("a.gz", GOOD, "ending that is not known"),
        ("a.csv", b"", "is empty"),
        ("a.jsonl.gz", b"", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.parquet", b"PAR1 is no Parquet PAR1", "cannot be read as Parquet"),
        ("a.csv", b"a,b\n1,2\n", "no column event_name; .* --map event_name=COLUMN; it has: a, b"),
        ("a.csv", b"event_name,ts,a,a\n", "two columns named 'a'"),
        ("a.csv", b"event_name,,ts\n", "column 2 in its first row"),
        ("a.csv", b'"event_name,ts\n', "does not begin with a row of column names"),
        ("a.csv", "event_name,ts\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused(shop: Shop, name: str, content: bytes, words: str):
    assert_refused(shop, words, shop.file(name, content))


def test_a_damaged_file_is_refused(shop: Shop):
    whole, packed = parquet(shop.folder), gzip.compress(GOOD * 99, mtime=0)
    flipped = bytearray(packed)
    flipped[-6] ^= 1
    for content in (whole[:-9], whole[:60], whole[:40] + bytes(80) + whole[120:]):
        assert_refused(shop, "cannot be read as Parquet", shop.file("a.parquet", content))
    for content in (packed[:-3], bytes(flipped), GOOD, packed + b"more"):
        (shop.folder / "a.csv.gz").write_bytes(content)
        assert_refused(shop, "no whole gzip file", shop.folder / "a.csv.gz")


def test_files_that_are_not_there_are_refused(shop: Shop):
    assert_refused(shop, "does not exist", shop.folder / "none.csv")
    (shop.folder / "folder.csv").mkdir()
    assert_refused(shop, "is a folder", shop.folder / "folder.csv")
    with pytest.raises(InvalidInput, match="at least one file"):
        shop.load()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"mapping": {"nope": "ts"}}, "no column 'nope' to map to; choose from: event_id, "),
        ({"mapping": {"name": "nope"}}, "no column 'nope' for name; it has: event_name, ts"),
        ({"mapping": {"ts": ""}}, "--map ts=COLUMN"),
        ({"mapping": {"ingested_at": "ts"}}, "use --arrived COLUMN"),
        ({"mapping": {"account_id": "ts"}}, "use --account N"),
        ({"mapping": {"loaded_at": "ts"}}, "use --account N|cannot be mapped"),
        ({"arrived": "nope"}, "no column 'nope' for ingested_at"),
        ({"kind": "users"}, "choose events or profiles"),
        ({"kind": "profiles"}, "no column object_id"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(shop: Shop, choices: dict[str, Any], words: str):
    assert_refused(shop, words, **choices)


@pytest.mark.parametrize("choices", [{"mapping": {"name": "nope"}}, {"arrived": "nope"}])
def test_a_key_that_no_line_has_is_refused(shop: Shop, choices: dict[str, Any]):
    file = shop.file("a.jsonl", LINE + b"junk\n")
    with pytest.raises(InvalidInput, match="no key 'nope' for"):
        shop.load(file, **choices)
    assert shop.rows("event_id") == []


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_table_without_rows_is_loaded_as_such(shop: Shop, name: str):
    assert shop.load(shop.file(name, b"event_name,ts\n")).rows_read == 0


def test_a_table_of_parquet_without_rows_is_loaded_as_such(shop: Shop):
    empty = pa.table({"event_name": pa.array([], pa.string()), "ts": pa.array([], pa.int64())})
    pq.write_table(empty, shop.folder / "a.parquet")
    assert shop.load(shop.folder / "a.parquet").rows_read == 0
