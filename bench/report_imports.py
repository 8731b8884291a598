"""What RESULTS.md says of imports."""

from collections.abc import Callable
from statistics import median
from typing import Any

SHARE = 0.5
IMPORTER_MB = 600
NAMES = {"imported": "Sluice", "inserted": "DuckDB INSERT"}
Load = Callable[[str], dict[str, Any]]

EXPLAINED = """*Sluice*: the first run of an import by the importer's job, from the message that
asks for it to the watermark that is stored. Its rows are read through the port of sources, checked
(identities, times, types), staged in files, published in one transaction that looks for ids that
are there, and counted. *DuckDB INSERT*: `INSERT INTO events SELECT ... FROM read_parquet(...)` of
the same rows and columns into the same table with two threads, none of that. Both end with a closed
warehouse file, and what both stored is compared. Peak memory is of the whole process."""


def required_imports(load: Load) -> list[tuple[str, str, str | None, bool]]:
    """Each figure that is asked for: what, how much, measured, whether that is enough."""
    found, large = load("import"), load("import-soak")
    ratio = None
    if found:
        ratio = _middle(found, "inserted", "seconds") / _middle(found, "imported", "seconds")
    what = f"import of {_count(found, 2_000_000)} events, against DuckDB's INSERT INTO ... SELECT"
    measured = None if ratio is None else f"{ratio:.2f} times"
    rows = [(what, f"{SHARE} times", measured, (ratio or 0) >= SHARE)]
    for each, usual in ((found, 2_000_000), (large, 20_000_000)):
        peaks = [run["peak_mb"] for run in each.get("runs", {}).get("imported", [])]
        peak = max(peaks, default=0)
        rows.append(
            (
                f"peak memory of the importer, {_count(each, usual)} events",
                f"under {IMPORTER_MB} MB",
                f"{peak:,.0f} MB" if peaks else None,
                peak < IMPORTER_MB,
            )
        )
    return rows


def import_rows(load: Load) -> list[list[str]]:
    """A row for each contender and number of events."""
    rows = []
    for found in (load("import"), load("import-soak")):
        for who, name in NAMES.items():
            if found.get("runs", {}).get(who):
                seconds = _middle(found, who, "seconds")
                figures = [
                    f"{seconds:.2f}",
                    f"{found['events'] / seconds:,.0f}",
                    f"{_middle(found, who, 'cpu_s'):.2f}",
                    f"{_middle(found, who, 'peak_mb'):,.0f}",
                ]
                rows.append([f"{name}, {found['events']:,} events", *figures])
    return rows


def _middle(found: dict[str, Any], who: str, key: str) -> float:
    return median(run[key] for run in found["runs"][who])


def _count(found: dict[str, Any], usual: int) -> str:
    return f"{found.get('events', usual):,}"
