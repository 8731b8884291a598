"""What Sluice costs a month by Google's price list, for so many gigabytes a day: docs/cost.md.

python -m infra.tools.cost                  the table of docs/cost.md
python -m infra.tools.cost --write          write it there
python -m infra.tools.cost --gb 250 --windows 6 --gzip
"""

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
BEGIN, END = "<!-- computed -->", "<!-- end -->"
DAYS = 30.4
HOURS = 730


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars by list, without free amounts and discounts; look them up before use."""

    query_tib: float = 6.25  # BigQuery, on demand
    read_tib: float = 1.10  # Storage Read API
    stored_gib_month: float = 0.02  # BigQuery, active logical bytes
    cpu_s: float = 0.000024  # Cloud Run, while a request is worked on
    memory_gib_s: float = 0.0000025
    requests_million: float = 0.40
    nat_gib: float = 0.045  # Cloud NAT, bytes in both directions
    nat_hour: float = 0.044  # the gateway, with more than 31 instances behind it
    address_hour: float = 0.005
    between_locations_gib: float = 0.02  # to a bucket elsewhere on the continent
    sql_cpu_hour: float = 0.0413
    sql_memory_gib_hour: float = 0.007
    sql_disk_gib_month: float = 0.17
    pubsub_tib: float = 40.0
    secret_accesses_10k: float = 0.03
    log_gib: float = 0.50


@dataclass(frozen=True, slots=True)
class Load:
    """What is delivered."""

    gb_a_day: float
    windows_a_day: int = 1
    # A file of JSON is a seventh of itself in gzip (bench/RESULTS.md).
    gzip: bool = False
    # CSV and Parquet need the properties' types, for which the window is read once more.
    typed: bool = False
    # Whether the customers' buckets are in another location than the functions.
    elsewhere: bool = False
    # How long the warehouse keeps what it got.
    kept_days: int = 60


@dataclass(frozen=True, slots=True)
class Model:
    """What a gigabyte of files takes; docs/cost.md says where each number is from."""

    warehouse_gb: float = 1.1  # bytes in BigQuery
    arrow_gb: float = 1.2  # the same rows through the Read API
    inventory: float = 0.25  # of the window, to count it
    worker_s: float = 65.0  # of one instance: a slice of 77 MB in 5 s
    worker_memory_gib: float = 1.0
    planner_s_a_run: float = 30.0
    slices: float = 13.0
    transactions_a_slice: float = 2.0
    gzip_ratio: float = 7.0
    # Each minute a tick and the outbox, each hour the monitor.
    background_s_a_day: float = 1_440 * (1.0 + 0.5) + 24 * 60.0
    log_kb_a_slice: float = 3.0
    sql_cpus: int = 1
    sql_memory_gib: float = 3.75
    sql_disk_gib: float = 20.0
    addresses: int = 2


def estimate(
    load: Load, prices: Prices | None = None, model: Model | None = None
) -> dict[str, float]:
    """Dollars a month by line."""
    price, m = prices or Prices(), model or Model()
    gb = load.gb_a_day * DAYS
    # A window reads its day's partition as far as it is filled: half of it in the mean, each time.
    scans = (load.windows_a_day + 1) / 2
    scanned = gb * m.warehouse_gb * scans * (1 + m.inventory + (1 if load.typed else 0))
    uploaded = gb / (m.gzip_ratio if load.gzip else 1)
    runs = load.windows_a_day * DAYS
    seconds = gb * m.worker_s + runs * m.planner_s_a_run + DAYS * m.background_s_a_day
    slices = max(gb * m.slices, runs)
    warehouse_gb = load.gb_a_day * m.warehouse_gb * load.kept_days
    return {
        "BigQuery queries": tib(scanned) * price.query_tib,
        "BigQuery Read API": tib(gb * m.arrow_gb) * price.read_tib,
        "BigQuery storage": gib(warehouse_gb) * price.stored_gib_month,
        "Cloud Run": seconds * (price.cpu_s + m.worker_memory_gib * price.memory_gib_s)
        + (slices + runs + DAYS * 2 * 1_440) / 1e6 * price.requests_million,
        "Cloud NAT": gib(gb * m.arrow_gb + uploaded) * price.nat_gib
        + HOURS * (price.nat_hour + m.addresses * price.address_hour),
        "Way to buckets elsewhere": gib(uploaded) * price.between_locations_gib
        if load.elsewhere
        else 0.0,
        "Cloud SQL": HOURS
        * (m.sql_cpus * price.sql_cpu_hour + m.sql_memory_gib * price.sql_memory_gib_hour)
        + m.sql_disk_gib * price.sql_disk_gib_month,
        "Queue, secrets, log": tib(slices * 2e-6) * price.pubsub_tib
        + slices / 1e4 * price.secret_accesses_10k
        + gib(slices * m.log_kb_a_slice / 1e6) * price.log_gib,
    }


def gib(gigabytes: float) -> float:
    """Gibibytes, which Google bills, of gigabytes."""
    return gigabytes * 1e9 / 2**30


def tib(gigabytes: float) -> float:
    """The same in tebibytes."""
    return gib(gigabytes) / 1024


LOADS = {
    "1 GB": Load(1),
    "100 GB": Load(100),
    "100 GB, gzip": Load(100, gzip=True),
    "100 GB, every 4 hours": Load(100, windows_a_day=6),
    "10,000 GB": Load(10_000),
    "10,000 GB, gzip": Load(10_000, gzip=True),
}


def table(loads: dict[str, Load]) -> Iterator[str]:
    """Markdown: a row a line of the bill, a column a load."""
    columns = [estimate(load, model=_sized(load)) for load in loads.values()]
    yield f"| US dollars a month | {' | '.join(loads)} |"
    yield f"| --- |{' ---: |' * len(columns)}"
    for line in columns[0]:
        yield f"| {line} | {' | '.join(_money(column[line]) for column in columns)} |"
    yield f"| **all** | {' | '.join(f'**{_money(sum(column.values()))}**' for column in columns)} |"
    a_gb = (
        sum(column.values()) / load.gb_a_day / DAYS
        for column, load in zip(columns, loads.values(), strict=True)
    )
    yield f"| cents a GB | {' | '.join(f'{100 * each:,.1f}' for each in a_gb)} |"


def _sized(load: Load) -> Model:
    """Beyond a terabyte a day the database has four processors, as docs/capacity.md advises."""
    if load.gb_a_day < 1_000:
        return Model()
    return Model(sql_cpus=4, sql_memory_gib=16, sql_disk_gib=100)


def _money(dollars: float) -> str:
    return f"{dollars:,.2f}" if dollars < 10 else f"{dollars:,.0f}"


def write(page: Path) -> None:
    """Put the table between the marks of the page."""
    lines = "\n".join(table(LOADS))
    text = page.read_text("utf-8")
    marked = re.compile(rf"(?s)(?<={BEGIN}\n).*?(?={END})")
    page.write_text(marked.sub(lines + "\n", text), "utf-8")


def main() -> None:
    """Print or write the table, or estimate one load."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.tools.cost",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--write", action="store_true", help="write it into docs/cost.md")
    parser.add_argument("--gb", type=float, help="gigabytes of files a day")
    parser.add_argument("--windows", type=int, default=1, help="windows a day, 1 to 288")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--typed", action="store_true", help="CSV, or Parquet with types")
    parser.add_argument("--elsewhere", action="store_true", help="buckets in other locations")
    given = parser.parse_args()
    if given.write:
        write(PAGE)
    loads = LOADS
    if given.gb:
        load = Load(given.gb, given.windows, given.gzip, given.typed, given.elsewhere)
        loads = {f"{given.gb:g} GB": load}
    print("\n".join(table(loads)))


if __name__ == "__main__":
    main()
