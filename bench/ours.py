"""One export of the real system, warm (processes are up) or cold (the whole command line)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import data
from bench.processes import cpu_seconds, forget_peak, peak_mb
from functions.local.local_runs import delivered
from functions.local.runner import Outcome, Runner
from shared.adapters.inline_queue import InlineQueue
from shared.bootstrap import services as services_of_process
from shared.domain.choices import Compression, DataType, Format, Frequency
from shared.domain.exports import Account
from shared.jobs.manage_exports import create_export
from shared.jobs.schedule import schedule
from shared.jobs.services import Services
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import accounts

WORKERS = 2
ROOT = data.HERE.parent


def warm(path: Path, target: Path, file_format: str, compression: str) -> dict[str, Any]:
    """From `create_export` to the manifest, with two worker processes that are up already."""
    services = new_system(path, target)
    with Runner(services, workers=WORKERS) as runner:
        _wake(services, runner, target, file_format, compression)
        pids = [*runner.pids, os.getpid()]
        for pid in runner.pids:
            forget_peak(pid)
        planner_mb: list[float] = []
        cpu, started = cpu_seconds(pids), perf_counter()
        export_id = create(services, data.ACCOUNT, target / "out", file_format, compression)
        _drain(services, runner, planner_mb)
        seconds = perf_counter() - started
        cpu_s = cpu_seconds(pids) - cpu
        workers_mb = [peak_mb(pid) for pid in runner.pids]
    done = delivered(services, data.ACCOUNT, export_id, started)
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "peak_mb": max(workers_mb),
        "planner_mb": max(planner_mb),
        "rows": done.run.rows_written,
        "rows_rejected": done.run.rows_rejected,
    }


def cold(path: Path, target: Path, file_format: str, compression: str) -> dict[str, Any]:
    """`python main.py export ...` from the start of its process to its end."""
    (target / "out").mkdir(parents=True)
    command = [sys.executable, "main.py", "export", "--json", "--bucket", _url(target / "out")]
    command += ["--format", file_format, "--compression", compression]
    command += ["--from", data.FIRST_DAY, "--to", data.LAST_DAY]
    started = perf_counter()
    answer = subprocess.run(
        command, cwd=ROOT, env=_environment(path, target), check=True, capture_output=True
    )
    seconds = perf_counter() - started
    return {"seconds": seconds, "rows": json.loads(answer.stdout)["rows"]}


def new_system(path: Path, target: Path) -> Services:
    """An empty home over the warehouse file; the environment is the one of this process."""
    os.environ.update(_environment(path, target))
    (target / "out").mkdir(parents=True)
    (target / "warm").mkdir()
    services = services_of_process()
    services.database.migrate()
    for account_id in (data.ACCOUNT, data.WARM_ACCOUNT):
        account = Account(account_id=account_id, database_id="bench", time_zone="UTC")
        services.database.run(lambda c, account=account: accounts.put(c, account))
    return services


def create(
    services: Services, account_id: int, bucket: Path, file_format: str, compression: str
) -> int:
    """Create a one-time export of all events; its request id."""
    export = create_export(
        services,
        account_id,
        bucket=_url(bucket),
        data_type=DataType.ALL_EVENTS,
        frequency=Frequency.ONE_TIME,
        format=Format(file_format),
        compression=Compression(compression),
        start_on=date.fromisoformat(data.FIRST_DAY),
        end_on=date.fromisoformat(data.LAST_DAY),
    )
    return export.export_id


def messages(services: Services) -> Iterator[tuple[str, dict[str, int]]]:
    """What one tick publishes, and all that is published while those messages are worked off."""
    schedule(services, services.clock())
    queue = services.queue
    assert isinstance(queue, InlineQueue)
    while taken := queue.take():
        yield from taken


def _environment(path: Path, target: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SLUICE_HOME": str(target / "home"),
        "WAREHOUSE_URL": f"duckdb:///{path}",
        "SLUICE_NOW": data.NOW,
    }


def _wake(
    services: Services, runner: Runner, target: Path, file_format: str, compression: str
) -> None:
    """Both processes load both entry points; a thousand events of another account follow."""
    nothing = {"account_id": data.WARM_ACCOUNT, "run_id": 0, "slice_no": 0}
    for topic in (TOPIC_WINDOWS, TOPIC_SLICES):
        runner.drain([(topic, nothing)] * WORKERS)
    export_id = create(services, data.WARM_ACCOUNT, target / "warm", file_format, compression)
    _drain(services, runner, [])
    delivered(services, data.WARM_ACCOUNT, export_id, perf_counter())


def _drain(services: Services, runner: Runner, planner_mb: list[float]) -> None:
    """A tick and all that it causes; the planning process's peak memory is noted by itself."""
    schedule(services, services.clock())
    queue = services.queue
    assert isinstance(queue, InlineQueue)

    def note(outcome: Outcome) -> None:
        if outcome.message.topic == TOPIC_WINDOWS:
            planner_mb.append(max(peak_mb(pid) for pid in runner.pids))
            for pid in runner.pids:
                forget_peak(pid)

    given_up = runner.drain(queue.take(), note)
    if given_up:
        raise RuntimeError(f"messages were given up: {given_up}")


def _url(folder: Path) -> str:
    return folder.as_uri()
