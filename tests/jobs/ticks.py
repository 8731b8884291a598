"""Ticks over a state without warehouse or bucket, and what they recorded."""

from dataclasses import replace
from types import SimpleNamespace

from shared.adapters.inline_queue import InlineQueue
from shared.config import Limits
from shared.domain.bucket_steps import Trial
from shared.jobs.schedule import schedule
from shared.jobs.services import Services
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import exports, runs
from tests.domain.makers import HOUR, MINUTE, NOW, utc

DAY = 24 * HOUR


SETTLE = 5 * MINUTE


# The first window of four hours of an export that starts on 2026-11-20 in UTC is due.
FIRST_DUE = utc("2026-11-20T04:05")


def services_of(database, now=NOW, **limits):
    """A process of its own: it shares state with others, and nothing else."""
    return Services(
        database=database,
        warehouse=None,
        queue=InlineQueue(),
        bucket=None,
        secrets=None,
        prober=SimpleNamespace(probe=lambda account_id, url, access=None: Trial()),
        mail=None,
        mailing=None,
        posts=None,
        clock=lambda: now,
        limits=replace(Limits(), **limits),
        owner="test",
    )


def tick(services, now):
    """One tick; gives what it did and the messages it sent."""
    done = schedule(services, now)
    return done, services.queue.take()


def runs_of(database, export):
    return database.run(lambda c: runs.list_for_export(c, export.account_id, export.export_id))


def read(database, export):
    return database.run(lambda c: exports.get(c, export.account_id, export.export_id))


def ends_of(database, export):
    return [run.window.end_at for run in runs_of(database, export)]


def run_message(run):
    return TOPIC_WINDOWS, {"account_id": run.account_id, "run_id": run.run_id}


def slice_message(run, slice_no):
    pointer = {"account_id": run.account_id, "run_id": run.run_id, "slice_no": slice_no}
    return TOPIC_SLICES, pointer


def hours(*numbers):
    return [utc("2026-11-20T00:00") + number * HOUR for number in numbers]
