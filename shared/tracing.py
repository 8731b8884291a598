"""Which trace a request belongs to: taken from its message, written to logs, passed on in messages.

A trace is a W3C `traceparent`, version 00. The span is new for each message, so that a log line
tells which message it belongs to.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass

# Attribute of a message and header of a request.
TRACEPARENT = "traceparent"
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class Trace:
    """One span of a trace, in lower-case hexadecimal digits."""

    trace_id: str
    span_id: str
    sampled: bool = False

    def header(self) -> str:
        """As a `traceparent`."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"

    def next_span(self) -> "Trace":
        """A new span of the same trace."""
        return Trace(self.trace_id, secrets.token_hex(8), self.sampled)


# Makes a span of the block that it surrounds, and gives the trace as it is within it.
Spans = Callable[[Trace], AbstractContextManager[Trace]]
_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


# One for the process, and none unless somebody asked for spans.
_spans: list[Spans] = []


def make_spans(spans: Spans | None) -> None:
    """Let each block that belongs to a trace be a span of it; None ends that."""
    _spans[:] = [] if spans is None else [spans]


def parsed(*texts: str | None) -> Trace | None:
    """The first text that is a `traceparent`, or None; whatever else stands there is ignored."""
    for text in texts:
        found = _FORM.fullmatch(text or "")
        # Zeros alone mean that there is none.
        if found and int(found[1], 16) and int(found[2], 16):
            return Trace(found[1], found[2], bool(int(found[3], 16) & _SAMPLED))
    return None


def new_trace() -> Trace:
    """A trace that begins here."""
    return Trace(secrets.token_hex(16), secrets.token_hex(8))


@contextmanager
def within(trace: Trace) -> Iterator[None]:
    """Work of this block, and of no other request at the same time, belongs to the trace."""
    around = _spans[0](trace) if _spans else nullcontext(trace)
    with around as own:
        token = _current.set(own)
        try:
            yield
        finally:
            _current.reset(token)


def outgoing() -> str:
    """The `traceparent` for a message that is sent now."""
    return (_current.get() or new_trace()).next_span().header()


def log_fields() -> dict[str, str | bool]:
    """The fields by which Cloud Logging groups the lines of one trace; none outside of one."""
    trace = _current.get()
    if trace is None:
        return {}
    # Only with its project in front is a trace found; Cloud Run does not tell a process its own.
    project = os.environ.get("GOOGLE_CLOUD_PROJECT")
    name = f"projects/{project}/traces/{trace.trace_id}" if project else trace.trace_id
    return {
        "logging.googleapis.com/trace": name,
        "logging.googleapis.com/spanId": trace.span_id,
        "logging.googleapis.com/trace_sampled": trace.sampled,
    }
