"""Log events, one JSON object a line, from a closed list of names; never a row, never a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from shared.log_events import EVENTS, RUNBOOKS
from shared.redaction import redacted
from shared.tracing import log_fields

_logger = logging.getLogger("sluice")
_silent: ContextVar[bool] = ContextVar("silent", default=False)


def write_log(level: str) -> None:
    """Write events of this level and above to standard output, where Cloud Run takes them from."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _logger.handlers = [handler]
    _logger.propagate = False
    _logger.setLevel(level)


def log(event: str, *, severity: str = "", **fields: Any) -> None:
    """Write one event; `severity` and field names as Cloud Logging reads them.

    `detail` is the one field for sentences: it comes out as one short line without anything that
    looks secret, whoever wrote it.
    """
    if event not in EVENTS:
        raise ValueError(f"{event!r} is not in the list of log events")
    severity = severity or EVENTS[event].severity
    level = getattr(logging, severity)
    if not _silent.get() and _logger.isEnabledFor(level):
        if "detail" in fields:
            fields["detail"] = redacted(str(fields["detail"]))
        if event in RUNBOOKS and level > logging.INFO:
            fields["runbook"] = f"docs/runbooks.md#{RUNBOOKS[event]}"
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
