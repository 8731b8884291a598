"""Parquet: what files say of themselves, the same bytes for the same rows, and the limit."""

import json
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest

from shared.domain.choices import Compression
from tests.formats.encoding import AT, Memory, batch, encode
from tests.formats.parquet_rows import PARQUET, read


def sized(rows: int, text: int = 0) -> list[dict[str, Any]]:
    return [
        {"event_id": f"e{n}", "ts": AT + n, "event_props": json.dumps({"a": n, "b": str(n) * text})}
        for n in range(rows)
    ]


SIZED = replace(PARQUET, schema={"Charged": {"a": "int64", "b": "string"}})


@pytest.mark.parametrize("compression", list(Compression))
def test_files_say_truly_what_they_hold(compression):
    made = encode(
        sized(1_000, 3), replace(SIZED, compression=compression, request_id=7, run_stamp=9)
    )
    (file,), (content,) = made.files, made.contents
    assert (file.rows, file.bytes, file.overflow) == (1_000, len(content), 0)
    described = pq.ParquetFile(Memory(content))
    assert described.metadata.metadata == {
        b"sluice.request_id": b"7",
        b"sluice.run_stamp": b"9",
        b"sluice.schema_version": b"1",
    }
    chunk = described.metadata.row_group(0).column(0)
    codec = "UNCOMPRESSED" if compression is Compression.NONE else compression.value.upper()
    assert chunk.compression == codec
    assert chunk.statistics.has_min_max
    assert file.uncompressed_bytes == described.metadata.row_group(0).total_byte_size


def test_no_file_passes_the_limit_and_no_row_is_lost():
    for limit in (20_000, 40_000, 200_000):
        made = encode(sized(5_000, 5), replace(SIZED, file_bytes_max=limit))
        assert all(len(content) <= limit for content in made.contents)
        assert [file.bytes for file in made.files] == [len(text) for text in made.contents]
        assert [file.overflow for file in made.files] == list(range(len(made.files)))
        found = [row["eventProps"]["a"] for content in made.contents for row in read(content)]
        assert found == list(range(5_000))
        assert not made.rejects
    assert len(made.files) < 10


def test_a_row_that_fits_in_no_file_is_rejected():
    rows = sized(3)
    noise = "".join(map(chr, range(0x4E00, 0x9FFF)))
    rows[1]["event_props"] = json.dumps({"a": 1, "b": noise}, ensure_ascii=False)
    made = encode(rows, replace(SIZED, file_bytes_max=15_000))
    assert [(one.row_id, one.reason) for one in made.rejects] == [("e1", "row-too-large")]
    assert [row["eventProps"]["a"] for text in made.contents for row in read(text)] == [0, 2]


def test_the_same_rows_make_the_same_bytes_however_the_batches_are_cut(monkeypatch):
    monkeypatch.setattr("shared.formats.parquet_groups.ROWS_MAX", 700)
    monkeypatch.setattr("shared.formats.parquet_groups.BYTES_MAX", 250_000)
    whole = batch(sized(3_000, 40))
    cut = [whole.slice(0, 1), whole.slice(1, 999), whole.slice(1_000, 1_500), whole.slice(2_500)]
    one, other = encode(whole, SIZED), encode(cut, SIZED)
    assert one.contents == other.contents
    metadata = pq.ParquetFile(Memory(one.contents[0])).metadata
    sizes = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    assert sum(sizes) == 3_000
    assert 700 in sizes
    assert min(sizes[:-1]) < 700


@pytest.mark.parametrize("compression", list(Compression))
def test_the_limit_holds_at_every_size_with_long_values_in_every_group(monkeypatch, compression):
    """Most groups are written on an upper bound, without a trial: it must really be one."""
    monkeypatch.setattr("shared.formats.parquet_groups.ROWS_MAX", 40)
    names = [f"a long name of a property {place}" for place in range(6)]
    schema = {"Charged": dict.fromkeys(names, "string")}
    # As long as statistics may be; two of them stand in the footer for each column and group.
    values = [f"{n}" * (4_096 // len(f"{n}")) for n in range(10, 20)]
    rows = [
        {"event_id": f"e{n}", "event_props": json.dumps(dict.fromkeys(names, values[n % 10]))}
        for n in range(400)
    ]
    whole = batch(rows)
    for limit in range(200_000, 1_500_000, 130_000):
        layout = replace(PARQUET, compression=compression, schema=schema, file_bytes_max=limit)
        made = encode(whole, layout)
        assert max(len(content) for content in made.contents) <= limit
        assert sum(file.rows for file in made.files) == len(rows)
