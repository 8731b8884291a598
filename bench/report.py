"""Writes RESULTS.md from what was measured and kept; it can be written again at any time."""

import json
from collections.abc import Sequence
from statistics import median
from typing import Any

from bench import data
from bench.report_control import EXPLAINED as CONTROL
from bench.report_control import control_rows
from bench.report_imports import EXPLAINED, import_rows
from bench.required import Results, required_rows
from bench.runs import CASES, PROFILED, SOAKED, Case

MD = data.HERE / "RESULTS.md"
NAMES = {"ours": "Sluice", "duckdb": "DuckDB COPY", "dlt": "dlt"}
HEAD = (
    "files", "seconds", "rows/s", "MB/s", "CPU s/GB", "peak MB", "size MB", "Sluice is",
)  # fmt: skip


WHY = """Why the missed ones are missed: a run does work that a plain COPY does not. It counts the
window, freezes it into one file a slice (the steps *inventory* and *snapshot* of the profile below,
together as long as half of a COPY of JSON), checks JSON for what readers refuse, sorts, and puts a
SHA-256 over every byte. What COPY does natively in one pass (CSV, typed Parquet) goes through
DuckDB's JSON functions and then through Arrow here. Typed Parquet needs the type of every value of
every property before the first row is written; that is what *inventory* costs there. dlt writes
gzip unless told otherwise, and is two to five times as fast without."""


def write() -> None:
    """Write the whole report; what was not measured yet is said to be missing."""
    results = Results(_load)
    parts = [
        "# Results",
        _preamble(results),
        "## What it must reach",
        _table(("what", "required", "measured", ""), required_rows(results)),
        WHY,
        "## Each format",
        _explained(),
        *(_case(results, case) for case in CASES if results.runs(case.name)),
        *_imports(results),
        *_control(results),
        "## From the command line",
        "Seconds of `python main.py export ...` from the start of its process to its end, with "
        "the start of the worker processes, beside the warm figure.",
        _cold(results),
        "## Memory",
        _memory(results),
        "## Where the time goes",
        _where(results),
    ]
    MD.write_text("\n\n".join(part for part in parts if part) + "\n")


def _load(name: str) -> dict[str, Any]:
    path = data.RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _preamble(results: Results) -> str:
    found = results("machine")
    if not found:
        return "Nothing was measured yet: run `make bench`."
    versions = ", ".join(f"{name} {number}" for name, number in found["packages"].items())
    return (
        f"Measured on {found['date']} by `make bench` on a machine with {found['cores']} cores "
        f"({found['processor']}), {found['memory_gb']} GB of memory and {found['kernel']}; Python "
        f"{found['python']}, {versions}.\n\n"
        f"{found['events']:,} events: 8 names, 2 days, 11 properties, about 290 bytes of "
        f"properties, in the local warehouse. All figures are medians of {found['times']} runs, "
        "each in a fresh process, ours and the others in turn after a warm-up, files on the same "
        "disk. `python -m bench report` writes this file again from the kept figures."
    )


def _explained() -> str:
    return (
        "*Sluice*: from the creation of the export to its manifest, with both worker processes "
        "up. Its rows are de-duplicated, ordered by time, cut at 100 MB and checksummed "
        "(CRC32C and SHA-256). *DuckDB COPY*: `COPY ... PARTITION_BY (event_name, date)` with two "
        "threads in an open connection, none of that, in the fastest form found of each query. "
        "*dlt*: 200,000 rows of one Arrow table into its filesystem destination, unflattened; its "
        "own default is gzip.\n\n"
        "MB is each one's own payload: text before gzip, Parquet's uncompressed pages; DuckDB's "
        "JSON spells missing values out as null. CPU is of all processes together. Peak memory is "
        "of one process, the largest worker for Sluice."
    )


def _case(results: Results, case: Case) -> str:
    title = f"### {case.format.upper() if case.format != 'parquet' else 'Parquet'}"
    title += f", {case.compression if case.compression != 'none' else 'uncompressed'}"
    title += ", events arrived up to ten minutes out of order" if case.late else ""
    ours = results.rate(case.name, "ours")
    rows = []
    for who, name in NAMES.items():
        if results.runs(case.name, who):
            faster = "" if who == "ours" else f"{ours / results.rate(case.name, who):.1f}x"
            rows.append([name, *_figures(results, case.name, who), faster])
    return f"{title}\n\n{_table(('', *HEAD), rows)}"


def _figures(results: Results, case: str, who: str) -> list[str]:
    seconds = results.median(case, who, "seconds")
    payload_mb = results.median(case, who, "payload_bytes") / 1e6
    return [
        f"{results.median(case, who, 'files'):.0f}",
        f"{seconds:.2f}",
        f"{results.rate(case, who):,.0f}",
        f"{payload_mb / seconds:,.0f}",
        f"{results.median(case, who, 'cpu_s') / payload_mb * 1000:.1f}",
        f"{results.median(case, who, 'peak_mb'):,.0f}",
        f"{results.median(case, who, 'bytes') / 1e6:,.0f}",
    ]


def _imports(results: Results) -> list[str]:
    rows = import_rows(results)
    if not rows:
        return []
    head = ("", "seconds", "rows/s", "CPU s", "peak MB")
    return ["## Imports", EXPLAINED, _table(head, rows)]


def _control(results: Results) -> list[str]:
    rows = control_rows(results)
    if not rows:
        return []
    head = ("", "p50 ms", "p95 ms", "max ms", "CPU ms")
    return ["## Control plane", CONTROL, _table(head, rows)]


def _cold(results: Results) -> str:
    rows = [
        [case.name]
        + [f"{results.median(case.name, who, 'seconds'):.2f}" for who in ("cold", "ours")]
        for case in CASES
        if results.runs(case.name, "cold")
    ]
    return _table(("", "command line", "warm"), rows)


def _memory(results: Results) -> str:
    """Peaks of one worker; the planner's DuckDB has a limit of its own."""
    soak = results("soak")
    events = results("machine").get("events", data.EVENTS)
    large = soak.get("events", data.SOAK_EVENTS)
    rows = []
    for each in SOAKED:
        name = "-".join(each)
        run = soak.get("runs", {}).get(name)
        runs = results.runs(name, "ours")
        keys = ("peak_mb", "planner_mb")
        small = [f"{median(r[key] for r in runs):,.0f}" if runs else "" for key in keys]
        grown = [f"{run[key]:,.0f}" if run else "" for key in keys]
        rate = f"{run['rows'] / run['seconds']:,.0f}" if run else "not measured"
        rows.append([name, *small, *grown, rate])
    head = [f"{who} MB, {n:,} events" for n in (events, large) for who in ("worker", "planner")]
    return (
        "Peak resident memory of the process that writes slices and of the one that plans "
        "(DuckDB, which spills to disk above 1,500 MB). The long run is `make soak`.\n\n"
        + _table(("", *head, f"rows/s, {large:,} events"), rows)
    )


def _where(results: Results) -> str:
    found = {name: results("where").get(name) for name in map("-".join, PROFILED)}
    found = {name: run for name, run in found.items() if run}
    if not found:
        return ""
    steps = list(dict.fromkeys(step for run in found.values() for step in run["seconds"]))
    rows = [[step, *(_pair(run, step) for run in found.values())] for step in steps]
    totals = [[sum(run[key].values()) for key in ("seconds", "cpu_s")] for run in found.values()]
    rows.append(["**all**"] + [f"**{seconds:.2f}** ({cpu:.2f})" for seconds, cpu in totals])
    return (
        "Seconds, and in parentheses processor seconds, of one process that does everything by "
        "itself, one step after the other. In a real run freeze, inventory and snapshot are one "
        "process's, in which DuckDB uses every core; all that follows is shared by two worker "
        "processes. To encode Parquet is to compress it too.\n\n" + _table(("step", *found), rows)
    )


def _pair(run: dict[str, Any], step: str) -> str:
    if step not in run["seconds"]:
        return ""
    return f"{run['seconds'][step]:.2f} ({run['cpu_s'][step]:.2f})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
