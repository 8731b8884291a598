"""Sends spans to OpenTelemetry, where OTEL_TRACES_EXPORTER asks for it; loaded only then.

A span is one request of ours. It goes by the ids of our own traces, so that it is found from a log
line and the other way round; it holds no more than its name and its times. Where to and how many
of them is said by the variables that all of OpenTelemetry reads, such as
OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_SAMPLER.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

from shared.errors import InvalidInput
from shared.tracing import Spans, Trace

# What each choice is called by the packages that bring it along.
EXPORTERS = {
    "otlp": ("otlp", "otlp_proto_http", "otlp_proto_grpc"),
    "console": ("console",),
}


def open_spans(exporter: str) -> Spans:
    """What makes a span of each request; raises InvalidInput when a package is missing."""
    sending = _exporter(exporter)
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        set_span_in_context,
    )

    name = os.environ.get("K_SERVICE", "sluice")
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": name}
    # Not the provider of the whole process: libraries would add what we never looked at.
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(sending))
    tracer = provider.get_tracer("sluice")

    @contextmanager
    def span_of(trace: Trace) -> Iterator[Trace]:
        parent = SpanContext(
            int(trace.trace_id, 16),
            int(trace.span_id, 16),
            is_remote=True,
            trace_flags=TraceFlags(int(trace.sampled)),
        )
        around = set_span_in_context(NonRecordingSpan(parent))
        # An exception's message may quote what is a customer's.
        with tracer.start_as_current_span(
            name, around, record_exception=False, set_status_on_exception=False
        ) as span:
            own = span.get_span_context()
            yield Trace(f"{own.trace_id:032x}", f"{own.span_id:016x}", own.trace_flags.sampled)

    return span_of


def _exporter(chosen: str) -> Any:
    for name in EXPORTERS[chosen]:
        for found in entry_points(group="opentelemetry_traces_exporter", name=name):
            return found.load()()
    raise InvalidInput(
        "Install opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http to send traces, or "
        "unset OTEL_TRACES_EXPORTER.",
        reason="bad-configuration",
    )
