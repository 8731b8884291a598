"""Files of a part: never over the limit, the same bytes for the same rows, checksums that hold."""

import base64
import gzip
import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.choices import Compression, Format
from tests.formats.encoding import EVENTS, PROFILES, batch, encode

GZIP = replace(EVENTS, compression=Compression.GZIP)
WITH_NAME = replace(EVENTS, first_line=True)


def rows(count: int, *, seed: int = 1) -> list[dict[str, str]]:
    """Events with properties of different length, some of them in need of cleaning."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        props = {"n": number, "text": "é\n" * chance.randrange(40)}
        made.append({"event_id": f"e{number}", "event_props": json.dumps(props)})
    return made


def crc32c(data: bytes) -> str:
    """Castagnoli's checksum, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return base64.b64encode((crc ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("layout", [EVENTS, GZIP], ids=["none", "gzip"])
def test_sizes_and_checksums_are_those_of_the_stored_bytes(layout):
    made = encode(rows(50), layout)
    (file,), (stored,) = made.files, made.contents
    payload = gzip.decompress(stored) if layout is GZIP else stored
    assert (file.rows, file.overflow) == (50, 0)
    assert (file.bytes, file.uncompressed_bytes) == (len(stored), len(payload))
    assert file.sha256 == hashlib.sha256(stored).hexdigest()
    assert file.crc32c == crc32c(stored)
    assert len(payload.decode().splitlines()) == 50


def test_no_good_row_makes_no_file():
    assert encode([batch([]), batch([])], WITH_NAME).files == []
    only_bad = encode([{"event_props": "[]"}], WITH_NAME)
    assert (only_bad.files, len(only_bad.rejects)) == ([], 1)


@given(
    limit=st.integers(300, 3_000),
    cuts=st.lists(st.integers(0, 40), max_size=4).map(sorted),
    seed=st.integers(0, 5),
)
def test_no_file_passes_the_limit_and_no_row_is_lost(limit, cuts, seed):
    layout = replace(WITH_NAME, file_bytes_max=limit)
    whole = batch(rows(40, seed=seed))
    edges = [0, *cuts, 40]
    pieces = [whole.slice(a, b - a) for a, b in pairwise(edges)]
    made = encode(pieces, layout)
    assert all(len(text) <= limit for text in made.contents)
    assert all(text.startswith(b"Charged\n") for text in made.contents)
    assert [file.overflow for file in made.files] == list(range(len(made.files)))
    assert [file.rows for file in made.files] == [t.count(b"\n") - 1 for t in made.contents]
    lines = [line for line in made.lines if line != "Charged"]
    written = [json.loads(line)["eventProps"]["n"] for line in lines]
    rejected = [int(reject.row_id[1:]) for reject in made.rejects]
    assert sorted(written + rejected) == list(range(40))
    assert written == sorted(written)


def test_a_file_is_filled_up_to_the_limit():
    line = len(encode([{}]).contents[0])
    made = encode([{}] * 7, replace(EVENTS, file_bytes_max=3 * line))
    assert [file.bytes for file in made.files] == [3 * line, 3 * line, line]


def test_a_row_that_fits_in_no_file_is_rejected_and_the_others_go_on():
    long = {"event_id": "long", "event_props": json.dumps({"x": "y" * 500})}
    made = encode([{}, long, {}], replace(WITH_NAME, file_bytes_max=400))
    assert [(reject.row_id, reject.reason) for reject in made.rejects] == [
        ("long", "row-too-large")
    ]
    assert [file.rows for file in made.files] == [2]


@pytest.mark.parametrize("layout", [EVENTS, GZIP], ids=["none", "gzip"])
@pytest.mark.parametrize("as_string", [False, True])
def test_the_bytes_do_not_depend_on_how_the_rows_come_in_batches(layout, as_string):
    layout = replace(layout, as_string=as_string, file_bytes_max=1_500_000)
    whole = batch(rows(12_000))
    sizes = ([12_000], [1, 11_999], [4_000] * 2 + [2_000] * 2, [100] * 120)
    found = []
    for cut in sizes:
        starts = [sum(cut[:n]) for n in range(len(cut))]
        pieces = [whole.slice(a, n) for a, n in zip(starts, cut, strict=True)]
        found.append(encode(pieces, layout).contents)
    assert len(found[0]) > 1
    assert all(contents == found[0] for contents in found)


def test_gzip_files_hold_no_time_and_no_name():
    stored = encode(rows(3), GZIP).contents[0]
    assert stored[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def test_the_limit_counts_the_bytes_before_gzip():
    made = encode([{}] * 100, replace(GZIP, file_bytes_max=1_000))
    assert all(file.uncompressed_bytes <= 1_000 for file in made.files)
    assert len(made.files) > 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"event_props": "[1]"}, "properties-not-an-object"),
        ({"event_props": '{"a":1'}, "properties-not-an-object"),
        ({"event_props": ""}, "properties-not-an-object"),
        ({"session_props": "1"}, "session-properties-not-an-object"),
        ({"device": '"x"'}, "device-not-an-object"),
        ({"ts": 253_402_300_800_000_000}, "time-out-of-range"),
        ({"ts": -62_135_596_800_000_001}, "time-out-of-range"),
        ({"ts": None}, "time-out-of-range"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason_and_the_others_go_on(row, reason):
    made = encode([{"event_id": "a"}, {"event_id": "bad", **row}, {"event_id": "c"}])
    assert [(reject.row_id, reject.reason) for reject in made.rejects] == [("bad", reason)]
    assert made.files[0].rows == 2


def test_a_row_with_many_faults_is_rejected_once():
    bad = {"event_props": "1", "session_props": "2", "device": "3", "ts": None}
    assert len(encode([bad]).rejects) == 1


@pytest.mark.parametrize("name", ["props", "comm_prefs", "subscription_groups", "device"])
def test_profiles_are_rejected_by_object_id(name):
    made = encode([{"object_id": "o9", name: "[]"}], PROFILES, None)
    assert [reject.row_id for reject in made.rejects] == ["o9"]
    assert made.rejects[0].reason.endswith("-not-an-object")


@pytest.mark.parametrize(
    "kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_text_columns_may_have_any_text_type(kind):
    whole = batch([{"identity": "a\n", "event_props": '{"a":1}'}, {"event_props": "{}"}])
    fields = [f.with_type(kind) if f.type == pa.string() else f for f in whole.schema]
    other = pa.record_batch(
        [whole.column(f.name).cast(f.type) for f in fields], schema=pa.schema(fields)
    )
    assert encode(other).contents == encode(whole).contents


def test_columns_of_the_type_json_are_read_as_text():
    whole = batch([{"event_props": '{"a":NaN}'}, {}])
    place = whole.schema.get_field_index("event_props")
    typed = pa.ExtensionArray.from_storage(pa.json_(), whole.column(place))
    assert encode(whole.set_column(place, "event_props", typed)).contents == encode(whole).contents


def test_a_json_run_loads_no_code_of_other_formats():
    code = (
        "import sys\n"
        "from tests.formats.encoding import encode\n"
        "encode([{}])\n"
        "others = ('parquet', 'csv', 'xml')\n"
        "ours = [m for m in sys.modules if m.startswith('shared.formats.')]\n"
        "found = [m for m in ours if m.split('.')[2].startswith(others)]\n"
        "print(found, 'pyarrow.parquet' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"
    assert EVENTS.format is Format.JSON


def test_many_small_batches_come_out_like_one_whether_json_is_typed_or_not():
    rows = [{"event_id": f"e{place}", "event_props": f'{{"a":{place}}}'} for place in range(9)]
    small = [batch([row], parsed=place % 3 == 0) for place, row in enumerate(rows)]
    assert encode(small).contents == encode(rows).contents
