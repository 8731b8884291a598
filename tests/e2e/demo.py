"""`make demo-cloud`: the whole flow on servers of all Google services it needs, with faults."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from time import perf_counter
from typing import Any

import pyarrow.parquet as pq

from functions.local.output import console, file_size, print_table
from functions.local.sample import ARRIVED, synthetic_events
from tests.credentials.keys import key_file
from tests.e2e.cloud import Cloud, running_cloud
from tests.e2e.google import Google, command_line, running_google
from tests.e2e.trouble import on_lines, on_pushes
from tests.servers.bigquery import bigquery_server
from tests.servers.cloud_storage import running_cloud_storage
from tests.servers.pubsub import PubSub, running_emulator
from tests.servers.secret_manager import running_secret_manager
from tests.state.postgres import new_database, running_server

HOME = Path(".sluice/demo-cloud").absolute()
FORMATS = ("json", "csv", "xml", "parquet")
WINDOWS = 4
# Few, because the emulator's hash is slow.
EVENTS = 2_000
PATIENCE_S = 600


def run_demo() -> None:
    """Start everything, load, export four windows in each format, verify what arrived."""
    began = perf_counter()
    rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    # Yesterday at six minutes past four in the afternoon four windows of four hours have settled.
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    at = day + timedelta(hours=4 * WINDOWS, minutes=6)
    with _services(at) as (google, pubsub, environment), _functions(pubsub, environment) as cloud:
        faults, troubles = on_lines(google), on_pushes(cloud)
        exports = _set_up(google, environment, day, at)
        cloud.until(lambda: _delivered(environment, exports), PATIENCE_S)
        google.mirror(HOME / "bucket")
        _show(environment, exports)
        met = Counter(type(each).__name__ for each in [*faults, *troubles] if each.fired)
        fired = sum(each.fired for each in [*faults, *troubles])
        console.print(f"{fired} faults were met on the way, of {sum(met.values())} kinds.")
    report = command_line(_own({}), "verify", str(HOME / "bucket"))
    console.print(
        f"{len(report['manifests'])} manifests, {report['files']} files, {report['rows']:,} rows "
        f"checked: everything is there. A copy of the bucket: {HOME / 'bucket'}",
        soft_wrap=True,
    )
    console.print(f"Done in {perf_counter() - began:.0f} s.")


@contextmanager
def _services(at: datetime) -> Iterator[tuple[Google, PubSub, dict[str, str]]]:
    with (
        bigquery_server() as bigquery,
        running_cloud_storage() as storage,
        running_secret_manager() as secrets,
        running_emulator() as pubsub_host,
        running_server() as postgres,
        new_database(postgres) as state_url,
        running_google(bigquery, storage, secrets) as google,
    ):
        pubsub = PubSub(pubsub_host)
        rows = [
            ["warehouse", "BigQuery (bqemulator)", f"{bigquery.rest_url}, {bigquery.read_host}"],
            ["bucket", "Cloud Storage (fake-gcs-server)", storage.url],
            ["queue", "Pub/Sub (Google's emulator)", pubsub_host],
            ["secrets", "Secret Manager (drongo)", secrets],
            ["state", "PostgreSQL", "a socket in a temporary folder"],
        ]
        print_table("Services of this demo", ["part", "server", "where"], rows)
        environment = google.environment | {
            "SLUICE_HOME": str(HOME),
            "SLUICE_NOW": at.isoformat(),
            "STATE_URL": state_url,
            "QUEUE_URL": f"pubsub://{pubsub.project}",
            "PUBSUB_EMULATOR_HOST": pubsub_host,
            # Little data makes several slices, and what got lost is driven again soon.
            "LIMIT_SLICE_BYTES": "100000",
            "LIMIT_REDELIVER_AFTER": "10",
            "LIMIT_LEASE": "30",
        }
        yield google, pubsub, environment


@contextmanager
def _functions(pubsub: PubSub, environment: Mapping[str, str]) -> Iterator[Cloud]:
    command_line(_own(environment), "account", "--database-id", "demo", "--zone", "UTC")
    logs = HOME / "logs"
    logs.mkdir()
    with running_cloud(logs, pubsub, environment) as cloud:
        for name, processes in cloud.processes.items():
            console.print(f"{name}: {', '.join(each.url for each in processes)}")
        yield cloud


def _set_up(
    google: Google, environment: Mapping[str, str], day: datetime, at: datetime
) -> dict[str, int]:
    """Load, save the bucket, make an export in each format; gives their request ids."""
    own = _own(environment)
    sample, key = HOME / "events.parquet", HOME / "key.json"
    pq.write_table(synthetic_events(EVENTS, now=at), sample)
    loaded = command_line(own, "load", "events", str(sample), "--arrived", ARRIVED)
    console.print(f"{loaded['rows_loaded']:,} events loaded into BigQuery")
    key.write_bytes(key_file())
    url = f"gs://{google.bucket}"
    command_line(own, "bucket", "add", url, "--key-file", str(key))
    key.unlink()
    console.print(f"{url} saved; its key lies in Secret Manager")
    made = {}
    for each in FORMATS:
        words = ["--bucket", url, "--every", "4h", "--start", day.date().isoformat()]
        found = command_line(own, "recurring", *words, "--format", each)
        made[each] = int(found["request_id"])
    return made


def _runs(environment: Mapping[str, str], export_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = command_line(_own(environment), "runs", str(export_id))["runs"]
    return found


def _delivered(environment: Mapping[str, str], exports: Mapping[str, int]) -> bool:
    """Whether all windows are DONE; says how far it is."""
    found = [run for each in exports.values() for run in _runs(environment, each)]
    states = Counter(run["status"] for run in found)
    console.print(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
    return states["DONE"] == WINDOWS * len(exports)


def _show(environment: Mapping[str, str], exports: Mapping[str, int]) -> None:
    rows = [
        [
            name,
            str(export_id),
            str(run["stamp"]),
            run["rows_written"],
            file_size(run["bytes_written"]),
        ]
        for name, export_id in exports.items()
        for run in _runs(environment, export_id)
    ]
    print_table("Delivered runs", ["format", "request id", "run", "rows", "size"], rows)


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command."""
    return {"PATH": os.environ["PATH"], "SLUICE_HOME": str(HOME), **environment}


if __name__ == "__main__":
    sys.exit(run_demo())
