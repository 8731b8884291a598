"""What the model of bench/simulate.py takes for granted: limits of the cloud, and what is measured.

Each number says where it is from: *documented* on the page of Google's documentation that is
named (read in copies of it; the quotas of your project count), *from memory* where the page was not
at hand, *measured* here, *ours* (a limit of the code or of infra/), or *assumed*, which is a guess
that a real deployment has to replace.
"""

import re
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADS = {
    "json-none": "JSON, uncompressed",
    "csv-none": "CSV, uncompressed",
    "xml-none": "XML, uncompressed",
}


@dataclass(frozen=True, slots=True)
class Cloud:
    """Limits and speeds; the defaults are infra/ in a project without raised quotas."""

    # ours: infra/functions.tf, max_instances of worker.
    instances: int = 100
    # assumed: image, interpreter and imports (1.9 s measured) and the network's interface.
    instance_start_s: float = 12.0
    # assumed: new instances a second that Cloud Run starts for one service.
    instance_starts_per_s: float = 10.0
    # documented (Cloud Run, "About instance autoscaling"): a request waits for an instance for 3.5
    # times the mean start of one, or 10 s if that is longer; then it is answered 429.
    request_wait_s: float = 42.0
    # documented (Pub/Sub, "Push subscriptions", delivery rate): pushes under way begin with a
    # single digit, grow exponentially with successes and shrink with failures ...
    pushes_first: int = 5
    # ... up to this for each region, where requests take longer than a second, as ours do. assumed:
    # a failure halves it. The pause of all pushes after failures, up to 60 s, is not played.
    pushes_max: int = 3_000
    # ours: infra/modules/queue, retry policy and dead letters.
    backoff_s: tuple[float, float] = (10.0, 600.0)
    deliveries_max: int = 5
    # ours: shared/config/limits.py, `redeliver_after`, and Cloud Scheduler's minute.
    redeliver_after_s: float = 900.0
    tick_s: float = 60.0
    # documented (BigQuery, "Quotas and limits", Storage Read API): ReadRows connections at once of
    # a project in the multi-regions EU and US; in a region it is 400.
    streams: int = 2_000
    # documented (the same): 5,000 control calls a minute for each user, of which the worker's
    # account is one; a slice opens one read session.
    sessions_per_s: float = 5_000 / 60
    # documented (the same): 25,000 calls of ReadRows a minute for each user; a slice makes one.
    reads_per_s: float = 25_000 / 60
    # assumed: one stream of Arrow, as fast as reports of others tell.
    read_mb_per_s: float = 40.0
    # assumed: opening a session and waiting for its first rows.
    session_s: float = 0.6
    # assumed: one upload to a bucket in the same region, by way of Cloud NAT.
    upload_mb_per_s: float = 50.0
    upload_s: float = 0.15
    # documented (Cloud Storage, "Request rate and access distribution guidelines"): objects written
    # a second in one bucket at first; from memory: doubles each 20 minutes of load.
    objects_per_s: float = 1_000.0
    # from memory: 100 connections of db-custom-1-3840 (Cloud SQL, "Configure database flags"), less
    # those kept for the owner.
    connections: int = 90
    # assumed: a TLS connection as an IAM account, and the transaction itself.
    connect_s: float = 0.06
    transaction_s: float = 0.006
    # assumed: how long a commit holds the run's row, on which all slices of a run count down.
    row_lock_s: float = 0.004
    # assumed: a processor of Cloud Run beside one of the machine that was measured.
    slower: float = 1.5
    # documented (BigQuery, "Quotas and limits", query jobs): slots of a project on demand. assumed:
    # what a slot scans and writes, sorted.
    slots: int = 2_000
    slot_mb_per_s: float = 10.0
    # ours: slices of one table, since a job may change 4,000 partitions (documented: BigQuery,
    # "Quotas and limits", partitioned tables). assumed: the time to begin one job.
    slices_per_table: int = 3_999
    job_start_s: float = 1.0
    # assumed: rows of slices that the planner stores, and pointers that it publishes, a second.
    slices_stored_per_s: float = 10_000.0
    published_per_s: float = 5_000.0


def encode_s_per_mb(case: str = "json-none") -> float:
    """Measured: seconds of a processor for a megabyte of a file, from rows to checksums."""
    text = RESULTS.read_text("utf-8")
    head, *rows = re.findall(
        r"(?m)^\| (?:step|[a-zA-Z0-9 -]+) \|.*\|$", text[text.index("goes\n") :]
    )
    column = [cell.strip() for cell in head.strip("|").split("|")].index(case)
    steps = {"order", "encode", "clean and check", "checksum CRC32C", "checksum SHA-256"}
    seconds = 0.0
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if cells[0] in steps:
            seconds += float(cells[column].split()[0])
    section = text[text.index(f"### {HEADS[case]}\n") :]
    payload = float(re.findall(r"(?m)^\| Sluice \|.*\| +([\d,]+) \|", section)[0].replace(",", ""))
    return seconds / payload
