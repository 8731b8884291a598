"""Measures: each run in a fresh process, ours and the peers in turn, one warm-up before five."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from statistics import median
from typing import Any

from bench import data
from bench.machine import described
from bench.outputs import measured

TIMES = 5
WORK = data.DATA / "work"
# Where the data files of each contender lie in its folder.
FILES = {"ours": "out", "cold": "out", "duckdb": "out", "dlt": "files/bench/events"}


@dataclass(frozen=True)
class Case:
    """One kind of file, and who writes it."""

    format: str
    compression: str
    contenders: tuple[str, ...]
    late: bool = False  # events arrive up to ten minutes out of order

    @property
    def name(self) -> str:
        return f"{self.format}-{self.compression}{'-late' if self.late else ''}"


OURS, BOTH, ALL = ("ours", "cold"), ("ours", "duckdb", "cold"), ("ours", "duckdb", "dlt", "cold")
CASES = (
    Case("json", "none", ALL),
    Case("json", "gzip", ALL),
    Case("csv", "none", ALL),
    Case("csv", "gzip", ALL),
    Case("parquet", "zstd", BOTH),
    Case("parquet", "gzip", BOTH),
    Case("parquet", "none", BOTH),
    Case("xml", "none", OURS),
    Case("xml", "gzip", OURS),
    Case("json", "none", ("ours", "duckdb"), late=True),
)
PROFILED = (("json", "none"), ("csv", "none"), ("xml", "none"), ("parquet", "gzip"))
IMPORTERS = ("imported", "inserted")
TEN = 10
SOAKED = (("json", "none"), ("csv", "none"), ("xml", "none"), ("parquet", "gzip"))


def everything(events: int, times: int, only: Iterable[str]) -> None:
    """All cases and whatever else is measured; each result is kept as a file."""
    _keep("machine", described() | {"events": events, "times": times})
    wanted = set(only)
    for case in CASES:
        if not wanted or case.name in wanted:
            _keep(case.name, compare(case, events, times))
    if not wanted or "where" in wanted:
        runs = {"-".join(each): _export("where", events, *each) for each in PROFILED}
        _keep("where", runs)
    for task in ("planning", "tick", "control", "upload"):
        if not wanted or task in wanted:
            _keep(task, child(task, {}))
    if not wanted or "import" in wanted:
        _keep("import", _imports(events, times, IMPORTERS))
    if "import-soak" in wanted:
        _keep("import-soak", _imports(events * TEN, 0, IMPORTERS[:1]))


def soak(events: int) -> None:
    """One export of each format, and one import, of ten times the events: memory is what counts."""
    _keep("import-soak", _imports(events, 0, IMPORTERS[:1]))
    runs = {"-".join(each): _export("ours", events, *each) for each in SOAKED}
    _keep("soak", {"events": events, "runs": runs})


def compare(case: Case, events: int, times: int) -> dict[str, Any]:
    """The contenders in turn; the first turn warms the disk's cache up and is not counted."""
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in range(times + 1):
        for contender in case.contenders:
            run = _export(contender, events, case.format, case.compression, late=case.late)
            if turn:
                runs[contender].append(run)
    for contender, found in runs.items():
        seconds = median(run["seconds"] for run in found)
        print(f"{case.name:>16}  {contender:8} {seconds:8.2f} s", flush=True)
    return {"case": asdict(case), "runs": runs}


def _imports(events: int, times: int, contenders: Sequence[str]) -> dict[str, Any]:
    """The contenders in turn after a warm-up; without `times` once, which then counts."""
    data.customers_table(events)
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for turn in range(times + 1):
        for contender in contenders:
            run = _in_fresh_folder(contender, {"events": events})
            if turn or not times:
                runs[contender].append(run)
    if len({run["content"] for found in runs.values() for run in found}) > 1:
        raise RuntimeError("the contenders did not store the same rows")
    for contender, found in runs.items():
        seconds = median(run["seconds"] for run in found)
        print(f"{'import':>16}  {contender:8} {seconds:8.2f} s", flush=True)
    return {"events": events, "runs": runs}


def _in_fresh_folder(task: str, arguments: dict[str, Any]) -> dict[str, Any]:
    _clear()
    try:
        return child(task, arguments | {"target": str(WORK)})
    finally:
        rmtree(WORK, ignore_errors=True)


def _clear() -> None:
    rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    # What an earlier run left to be written must not slow this one down.
    os.sync()


def _export(
    contender: str, events: int, file_format: str, compression: str, *, late: bool = False
) -> dict[str, Any]:
    """One run into a fresh folder, which is counted and removed."""
    path = data.warehouse(events, late=late)
    _clear()
    target = str(WORK)
    arguments = {"path": str(path), "target": target, "file_format": file_format}
    try:
        run = child(contender, arguments | {"compression": compression})
        if contender in FILES:
            run |= measured(WORK / FILES[contender])
            _check(run, contender, events)
    finally:
        rmtree(WORK, ignore_errors=True)
    return run


def _check(run: dict[str, Any], contender: str, events: int) -> None:
    """A run that wrote less has not been faster."""
    if contender != "dlt" and run["rows"] != events:
        raise RuntimeError(f"{contender} wrote {run['rows']} of {events} rows")


def child(task: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The answer of `bench.child`; {"failed": why} when it has none."""
    command = [sys.executable, "-m", "bench.child", task, json.dumps(arguments)]
    done = subprocess.run(
        command, cwd=data.HERE.parent, capture_output=True, text=True, check=False
    )
    if done.returncode:
        if arguments:
            raise RuntimeError(f"{task} {arguments} failed:\n{done.stderr}")
        lines = done.stderr.strip().splitlines()
        why = next((line for line in reversed(lines) if "Error" in line), lines[-1])
        print(f"{task} was not measured: {why}", flush=True)
        return {"failed": why}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _keep(name: str, content: dict[str, Any]) -> None:
    data.RESULTS.mkdir(parents=True, exist_ok=True)
    Path(data.RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1))
