"""The demo's data: real in shape, the same every time, and loadable as it is."""

import gzip
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from functions.local.sample import clickstream, profiles, synthetic_events
from shared.errors import InvalidInput
from tests.local.warehouse import NOW, Shop

HEADER = (
    "user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,user_lifecycle"
)


def wheel(folder: Path, *times: str) -> Path:
    """A wheel with a clickstream of these times."""
    rows = [f"user_{n},sess_{n},home,{at},desktop,email,2024-01,new" for n, at in enumerate(times)]
    with zipfile.ZipFile(folder / "retentioneering-5.2.4-py3-none-any.whl", "w") as archive:
        packed = gzip.compress("\n".join([HEADER, *rows, ""]).encode())
        archive.writestr("retentioneering/datasets/.!51949!ecom.csv.gz", b"")
        archive.writestr("retentioneering/datasets/ecom.csv.gz", packed)
    return folder


def test_the_clickstream_is_moved_into_the_last_30_days_in_its_order(tmp_path: Path):
    times = [
        "2024-01-04 11:45:38",
        "2024-06-29 22:02:40",
        "2024-03-13 10:21:14",
        "2024-03-13 10:21:28",
    ]
    table = clickstream(wheel(tmp_path, *times), NOW)
    moved = table["ts"].to_pylist()
    assert sorted(range(4), key=moved.__getitem__) == [0, 2, 3, 1]
    assert NOW - timedelta(days=30) < moved[0]
    assert NOW - timedelta(minutes=1) < moved[1] < NOW
    assert table["identity"].to_pylist() == ["user_0", "user_1", "user_2", "user_3"]
    assert json.loads(table["session_props"][0].as_py()) == {
        "session_id": "sess_0", "acquisition_channel": "email"
    }  # fmt: skip


def test_a_short_clickstream_keeps_its_pace(tmp_path: Path):
    table = clickstream(wheel(tmp_path, "2024-03-13 10:21:14", "2024-03-13 10:21:28"), NOW)
    first, last = table["ts"].to_pylist()
    assert last - first == timedelta(seconds=14)


def test_a_folder_without_the_wheel_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match="run 'make demo'"):
        clickstream(tmp_path, NOW)
    (tmp_path / "retentioneering-5.2.4-py3-none-any.whl").write_bytes(b"junk")
    with pytest.raises(InvalidInput, match="is damaged"):
        clickstream(tmp_path, NOW)


def test_the_same_arguments_give_the_same_tables():
    assert synthetic_events(500, now=NOW, seed=3).equals(synthetic_events(500, now=NOW, seed=3))
    assert not synthetic_events(500, now=NOW, seed=3).equals(synthetic_events(500, now=NOW, seed=4))
    assert profiles(500, now=NOW, seed=3).equals(profiles(500, now=NOW, seed=3))


def test_events_are_varied_and_arrive_in_every_window_of_the_last_two_days():
    table = synthetic_events(20_000, now=NOW)
    names = set(table["event_name"].to_pylist())
    assert {"Cart/Updated", "Purchase 🎉", "App Launched"} <= names
    ago = [(NOW - at) // timedelta(hours=4) for at in table["arrived_at"].to_pylist()]
    assert min(ago.count(window) for window in range(12)) > 500
    late = pc.sum(
        pc.greater(pc.subtract(table["arrived_at"], table["ts"]), pa.scalar(timedelta(hours=5)))
    )
    assert 300 < late.as_py() < 2000
    assert pc.max(table["arrived_at"]).as_py() < NOW
    assert pc.min(table["ts"]).as_py() > NOW - timedelta(days=20)
    phones = [phone for phone in table["phone"].to_pylist() if phone]
    assert all(phone.startswith("+") for phone in phones)
    kinds = {
        type(value)
        for text in table["event_props"].to_pylist()
        for value in json.loads(text).values()
    }
    assert kinds == {str, int, float, bool, dict, list, type(None)}


def test_all_samples_load_without_a_reject_and_only_once(shop: Shop, tmp_path: Path):
    tables = {
        "shop": clickstream(wheel(tmp_path, "2024-03-13 10:21:14"), NOW),
        "made-up": synthetic_events(2_000, now=NOW),
    }
    files = [shop.folder / f"{name}.parquet" for name in tables]
    for file, table in zip(files, tables.values(), strict=True):
        pq.write_table(table, file)
    report = shop.load(*files, arrived="arrived_at")
    assert (report.rows_loaded, report.rows_rejected) == (2_001, 0)
    assert shop.load(*files, arrived="arrived_at").rows_already_there == 2_001
    pq.write_table(profiles(300, now=NOW), shop.folder / "profiles.parquet")
    assert shop.load(shop.folder / "profiles.parquet", kind="profiles").rows_loaded == 300
    assert shop.load(shop.folder / "profiles.parquet", kind="profiles").rows_already_there == 300
