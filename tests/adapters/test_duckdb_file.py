"""One process at a time holds the DuckDB file: others wait; a killed one leaves nothing half."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from shared.adapters import duckdb_snapshot, duckdb_warehouse
from shared.adapters.duckdb_file import connect
from shared.adapters.duckdb_warehouse import DuckDBWarehouse
from shared.errors import Transient
from shared.ports import SchemaDetail, SnapshotStatus
from tests.adapters.selections import LocalStore, selection
from tests.processes import KILLED, die, run_child
from tests.warehouse_rows import NOW, events

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from shared.adapters.duckdb_file import connect

with connect(Path(sys.argv[1]), wait_s=30):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(store):
    """Another process that holds the file until its input gets a line."""
    store.load(events(range(3)))
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.communicate("\n")
    assert process.returncode == 0


def test_a_file_that_another_process_holds_is_waited_for(store, holder):
    found = []
    waiting = threading.Thread(target=lambda: found.append(store.warehouse.freeze(NOW)))
    waiting.start()
    waiting.join(0.5)
    assert found == []
    holder.stdin.write("\n")
    holder.stdin.flush()
    waiting.join()
    assert len(found) == 1


def test_a_file_that_is_held_too_long_is_a_transient_fault_with_advice(store, holder):
    impatient = DuckDBWarehouse(store.path, store.staging, memory_mb=500, wait_s=0.3)
    with pytest.raises(Transient, match="wait until its load or plan has ended") as caught:
        impatient.freeze(NOW)
    assert caught.value.reason == "warehouse-busy"


def test_two_processes_that_load_at_once_both_succeed_and_times_stay_apart(store):
    store.load(events(range(1)))
    children = [threading.Thread(target=run_child, args=(_load, store.path, n)) for n in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    with connect(store.path, wait_s=30) as con:
        rows = con.execute("SELECT count(*), count(DISTINCT loaded_at) FROM events").fetchall()
    assert rows == [(21, 21)]


def _load(path: Path, which: int) -> None:
    store = LocalStore(path.parent)
    for number in range(10):
        store.load(events([which * 1000 + number]))


@pytest.mark.parametrize("point", ["written", "marked"])
def test_a_process_killed_in_the_middle_of_a_snapshot_leaves_nothing_half(store, tmp_path, point):
    chosen = selection(store.load(events(range(500))))
    marker = tmp_path / "marker"
    assert run_child(_killed, tmp_path, chosen, point, marker) == KILLED
    assert marker.exists()
    assert list(store.staging.rglob("slice-*.arrow")) != []
    assert store.warehouse.snapshot("s").status is SnapshotStatus.GONE
    slicing = store.cut(chosen, slice_bytes=20_000)
    store.warehouse.submit_snapshot("s", chosen, slicing)
    assert store.warehouse.snapshot("s").rows == 500
    assert store.ids("s", slicing) == Counter(f"e{n:06d}" for n in range(500))
    assert [path.name for path in store.staging.iterdir()] == ["s"]


def _killed(folder: Path, chosen: object, point: str, marker: Path) -> None:
    store = LocalStore(folder)
    slicing = store.cut(chosen, slice_bytes=20_000)
    if point == "written":
        duckdb_snapshot._late_rows = lambda *args: die(marker)
    else:
        duckdb_warehouse.Path.rename = lambda *args: die(marker)
    store.warehouse.submit_snapshot("s", chosen, slicing)


def test_a_plan_that_needs_more_than_a_little_memory_gets_all_of_it(store, monkeypatch):
    monkeypatch.setattr(duckdb_warehouse, "PLAN_MEMORY_MB", 1)
    as_of = store.load(events(range(5_000)))
    poor = DuckDBWarehouse(store.path, store.staging, memory_mb=1, wait_s=30)
    with pytest.raises(duckdb.OutOfMemoryException):
        poor.inventory(selection(as_of), SchemaDetail.NONE)
    assert [rows for _, _, rows in store.groups(selection(as_of))] == [5_000]
