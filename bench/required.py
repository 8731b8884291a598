"""What must be reached, beside what was measured."""

from collections.abc import Callable
from statistics import median
from typing import Any

from bench.report_control import required_control
from bench.report_imports import required_imports

# What, case, contender, how many times its rows/s.
RATIOS = (
    ("JSON, uncompressed, against DuckDB COPY", "json-none", "duckdb", 2),
    ("JSON, gzip, against DuckDB COPY", "json-gzip", "duckdb", 4),
    ("CSV, flattened, uncompressed, against DuckDB COPY", "csv-none", "duckdb", 2),
    ("CSV, flattened, gzip, against DuckDB COPY", "csv-gzip", "duckdb", 2),
    ("Parquet, zstd, against DuckDB COPY", "parquet-zstd", "duckdb", 1),
    ("Parquet, gzip, against DuckDB COPY", "parquet-gzip", "duckdb", 1),
    ("JSON, gzip, against dlt as it comes", "json-gzip", "dlt", 15),
    ("JSON, uncompressed, against dlt without its compression", "json-none", "dlt", 15),
    ("CSV, flattened, gzip, against dlt as it comes", "csv-gzip", "dlt", 6),
    ("CSV, flattened, uncompressed, against dlt without its compression", "csv-none", "dlt", 6),
)
XML_SHARE = 0.5
WORKER_MB = 600
PLANNING_S, PLANNING_MB = 5, 1_000


class Results:
    """Kept results by name."""

    def __init__(self, load: Callable[[str], dict[str, Any]]) -> None:
        self._load = load

    def __call__(self, name: str) -> dict[str, Any]:
        return self._load(name)

    def runs(self, case: str, who: str = "ours") -> list[dict[str, Any]]:
        return self._load(case).get("runs", {}).get(who, [])

    def median(self, case: str, who: str, key: str) -> float:
        return median(run[key] for run in self.runs(case, who))

    def rate(self, case: str, who: str) -> float:
        """Rows a second."""
        return self.median(case, who, "rows") / self.median(case, who, "seconds")


def required_rows(results: Results) -> list[list[str]]:
    """Each figure that is asked for: what, how much, measured, reached or not."""
    rows = [
        _ratio(results, what, case, who, times, results.runs(case, who))
        for what, case, who, times in RATIOS
    ]
    rows += [_xml(results), *_memory(results), _planning(results), _tick(results)]
    return [*rows, *_control(results), *_upload(results), *_imports(results)]


def _row(what: str, wanted: str, measured: str, reached: bool) -> list[str]:
    return [what, wanted, measured, "reached" if reached else "**not reached**"]


def _missing(what: str, wanted: str, why: str = "") -> list[str]:
    return [what, wanted, f"not measured{': ' + why if why else ''}", ""]


def _ratio(
    results: Results, what: str, case: str, who: str, times: int, runs: list[dict[str, Any]]
) -> list[str]:
    wanted = f"{times} times as fast" if times > 1 else "as fast"
    if not runs:
        return _missing(what, wanted)
    ratio = results.rate(case, "ours") / results.rate(case, who)
    return _row(what, wanted, f"{ratio:.2f} times", ratio >= times)


def _xml(results: Results) -> list[str]:
    what, wanted = "XML against our own JSON, rows/s, uncompressed", f"{XML_SHARE} times"
    if not results.runs("xml-none") or not results.runs("json-none"):
        return _missing(what, wanted)
    share = results.rate("xml-none", "ours") / results.rate("json-none", "ours")
    return _row(what, wanted, f"{share:.2f} times", share >= XML_SHARE)


def _memory(results: Results) -> list[list[str]]:
    """The largest worker of any format and any run."""
    wanted = f"under {WORKER_MB} MB"
    cases = [f"{each}-{codec}" for each in ("json", "csv", "xml") for codec in ("none", "gzip")]
    cases += ["parquet-zstd", "parquet-gzip", "parquet-none"]
    small = [run["peak_mb"] for case in cases for run in results.runs(case)]
    large = [run["peak_mb"] for run in results("soak").get("runs", {}).values()]
    events = results("machine").get("events", 0)
    found = ((small, events), (large, results("soak").get("events", 20_000_000)))
    rows = []
    for peaks, count in found:
        what = f"peak memory of a worker, {count:,} events, any format"
        rows.append(
            _row(what, wanted, f"{max(peaks):,.0f} MB", max(peaks) < WORKER_MB)
            if peaks
            else _missing(what, wanted)
        )
    return rows


def _planning(results: Results) -> list[str]:
    what, wanted = "planning 1 M groups into slices", "under 5 s, under 1 GB"
    found = results("planning")
    if "seconds" not in found:
        return _missing(what, wanted, found.get("failed", ""))
    reached = found["seconds"] < PLANNING_S and found["peak_mb"] < PLANNING_MB
    return _row(what, wanted, f"{found['seconds']:.1f} s, {found['peak_mb']:,.0f} MB", reached)


def _tick(results: Results) -> list[str]:
    found = results("tick")
    what, wanted = "tick over 100,000 exports, 1,000 due, PostgreSQL", "under 5 s"
    if "tick_s_median" not in found:
        return _missing(what, wanted, found.get("failed", ""))
    measured = f"{found['tick_s_median']:.2f} s, at most {found['tick_s_max']:.2f} s"
    return _row(what, wanted, measured, found["tick_s_median"] < found["limit_s"])


def _upload(results: Results) -> list[list[str]]:
    found = results("upload")
    what = "encoding and uploading to Cloud Storage, against `upload_from_file` of the same bytes"
    if "share" not in found:
        return [_missing(what, "0.9 times", found.get("failed", ""))]
    measured = f"{found['share']:.2f} times, {found['mb_s']['ours']:,.0f} MB/s"
    memory = f"{found['worker_mb']:,.0f} MB"
    return [
        _row(what, "0.9 times", measured, found["share"] >= found["share_wanted"]),
        _row(
            "peak memory of that worker",
            f"under {WORKER_MB} MB",
            memory,
            found["worker_mb"] < WORKER_MB,
        ),
    ]


def _control(results: Results) -> list[list[str]]:
    why = results("control").get("failed", "")
    return [
        _missing(what, wanted, why) if measured is None else _row(what, wanted, measured, reached)
        for what, wanted, measured, reached in required_control(results)
    ]


def _imports(results: Results) -> list[list[str]]:
    return [
        _missing(what, wanted) if measured is None else _row(what, wanted, measured, reached)
        for what, wanted, measured, reached in required_imports(results)
    ]
