"""Log events, one JSON object a line, from a closed list of names; never a row, never a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shared.tracing import log_fields

EVENTS = frozenset(
    {
        "tick",
        "message_refused",
        "message_failed",
        "export_unreadable",
        "run_frozen",
        "run_sliced",
        "run_snapshot",
        "run_published",
        "run_done",
        "run_failed",
        "run_replanned",
        "run_compared",
        "day_recounted",
        "recount_failed",
        "comparison_failed",
        "slice_skipped",
        "slice_lease_lost",
        "slice_written",
        "file_written",
        "file_found",
        "manifest_found",
        "worker_died",
        "caller_refused",
        "dead_letter_recorded",
        "secret_left",
        "request_failed",
        "notice_sent",
        "notice_postponed",
        "notice_refused",
        "notice_withdrawn",
        "webhook_failed",
        "webhook_disabled",
        "monitor_looked",
        "monitor_gap",
        "monitor_skipped",
        "incident_opened",
        "incident_closed",
        "notice_queued",
        "export_stopped",
        "trial_started",
        "probe_failed",
        "windows_planned_again",
        "run_left",
        "run_stuck",
        "purged",
    }
)
_logger = logging.getLogger("sluice")
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def write_log(level: str) -> None:
    """Write events of this level and above to standard output, where Cloud Run takes them from."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _logger.handlers = [handler]
    _logger.propagate = False
    _logger.setLevel(level)


def log(event: str, *, severity: str = "INFO", **fields: Any) -> None:
    """Write one event; `severity` and field names as Cloud Logging reads them."""
    if event not in EVENTS:
        raise ValueError(f"{event!r} is not in the list of log events")
    level = getattr(logging, severity)
    if not _silent.get() and _logger.isEnabledFor(level):
        record = {"severity": severity, "event": event, **fields, **log_fields()}
        _logger.log(level, json.dumps(record, default=str, ensure_ascii=False))


@contextmanager
def silence() -> Iterator[None]:
    """Nothing of this block is logged: what fails in it fails on purpose, and must wake nobody."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def keep_payloads_out(*loggers: str) -> None:
    """Keep these loggers of libraries above DEBUG, where they write requests and tokens in full."""
    for name in loggers:
        logging.getLogger(name).setLevel(logging.INFO)
