"""Encoding and uploading to a local Cloud Storage server, beside the upload of the same bytes."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

from bench import data
from bench.ours import create, messages, new_system
from bench.processes import forget_peak, peak_mb
from shared.adapters.gcs import open_gcs
from shared.bootstrap import services as services_of_process
from shared.jobs.plan import plan
from shared.jobs.services import Services
from shared.jobs.write_slice import write_slice
from shared.ports import TOPIC_WINDOWS
from tests.servers.cloud_storage import CloudStorage, running_cloud_storage

# Sixteen files of 14 MB, which the server keeps in its memory.
EVENTS = 500_000
TIMES = 5
SHARE = 0.9


def measure(*, events: int = EVENTS, times: int = TIMES) -> dict[str, Any]:
    """Runs of both in turn after a warm-up of each, every one against a server of its own."""
    path = data.warehouse(events)
    runs: dict[str, list[dict[str, float]]] = {"ours": [], "client": []}
    for turn in range(times + 1):
        with tempfile.TemporaryDirectory(dir=data.DATA) as target:
            ours, files = _ours(path, Path(target))
        client = _client(files)
        if turn:
            runs["ours"].append(ours)
            runs["client"].append(client)
    rates = {who: median(run["mb_s"] for run in each) for who, each in runs.items()}
    return {
        "events": events,
        "files": len(files),
        "mb": sum(map(len, files)) / 1e6,
        "runs": runs,
        "mb_s": rates,
        "share": rates["ours"] / rates["client"],
        "share_wanted": SHARE,
        "worker_mb": max(run["peak_mb"] for run in runs["ours"]),
    }


@contextmanager
def _server() -> Iterator[tuple[CloudStorage, str]]:
    """A new server with a bucket; clients of this process and its children go to it."""
    with (
        running_cloud_storage() as server,
        patch.dict(os.environ, {"STORAGE_EMULATOR_HOST": server.url}),
    ):
        yield server, server.new_bucket()


def _ours(path: Path, target: Path) -> tuple[dict[str, float], list[bytes]]:
    """All slices of an export by the job of a worker, in a process; the files that came of it."""
    services_of_process.cache_clear()  # each run has a home of its own
    with _server() as (server, bucket):
        services = new_system(path, target)
        _, warm_slices = _planned(services, data.WARM_ACCOUNT, target)
        export_id, slices = _planned(services, data.ACCOUNT, target)
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            # A process that is up has loaded its code; a thousand events see to that.
            worker.submit(_deliver, bucket, warm_slices).result()
            run = worker.submit(_deliver, bucket, slices).result()
        blobs = server.client().list_blobs(bucket, prefix=f"{export_id}-")
        files = [blob.download_as_bytes() for blob in blobs]
    return _rated(run, files), files


def _planned(services: Services, account_id: int, target: Path) -> tuple[int, list[dict[str, int]]]:
    """An export of all events of the account; its request id and its slices."""
    export_id = create(services, account_id, target / "out", "json", "none")
    slices = []
    for topic, message in messages(services):
        if topic == TOPIC_WINDOWS:
            plan(services, **message)
        else:
            slices.append(message)
    return export_id, slices


def _deliver(bucket: str, slices: list[dict[str, int]]) -> dict[str, float]:
    services = _services(bucket)
    forget_peak(os.getpid())
    started = perf_counter()
    for message in slices:
        write_slice(services, **message)
    return {"seconds": perf_counter() - started, "peak_mb": peak_mb(os.getpid())}


def _services(bucket: str) -> Services:
    return replace(services_of_process(), bucket=lambda *_: open_gcs(bucket, None))


def _client(files: list[bytes]) -> dict[str, float]:
    """The client library alone, the same bytes from memory."""
    with _server() as (server, bucket):
        client = server.client()
        client.get_bucket(bucket)
        started = perf_counter()
        for number, content in enumerate(files):
            blob = client.bucket(bucket).blob(f"{number}.json")
            blob.upload_from_file(BytesIO(content), size=len(content), if_generation_match=0)
        seconds = perf_counter() - started
    return _rated({"seconds": seconds}, files)


def _rated(run: dict[str, float], files: list[bytes]) -> dict[str, float]:
    return run | {"mb_s": sum(map(len, files)) / 1e6 / run["seconds"]}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:>8}  {value}")
