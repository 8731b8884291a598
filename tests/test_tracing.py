"""The trace of a request: read from what others sent, written to logs, passed on."""

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.logs import log
from shared.tracing import Trace, log_fields, new_trace, outgoing, parsed, within

# The example of the W3C recommendation.
EXAMPLE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", sampled=True)


def test_a_traceparent_is_read_and_written_as_it_came():
    assert parsed(EXAMPLE) == TRACE
    assert TRACE.header() == EXAMPLE
    assert parsed(new_trace().header()) is not None


def test_the_first_text_that_is_one_counts():
    assert parsed(None, "", "nonsense", EXAMPLE, new_trace().header()) == TRACE
    assert parsed() is None


def test_a_later_version_is_read_as_far_as_it_is_known():
    assert parsed(f"cc{EXAMPLE[2:]}-what-the-future-holds") == TRACE


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE.upper(),
        f" {EXAMPLE}",
        f"{EXAMPLE}\n",
        f"{EXAMPLE}x",
        f"ff{EXAMPLE[2:]}",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "0af7651916cd43dd8448eb211c80319c/1;o=1",
        "x" * 100_000,
    ],
)
def test_anything_else_is_no_trace(text):
    assert parsed(text) is None


def test_each_message_has_a_span_of_its_own_in_the_same_trace():
    with within(TRACE):
        first, second = parsed(outgoing()), parsed(outgoing())
    assert first is not None
    assert second is not None
    assert {first.trace_id, second.trace_id} == {TRACE.trace_id}
    assert len({first.span_id, second.span_id, TRACE.span_id}) == 3
    assert first.sampled


def test_a_message_sent_outside_of_a_trace_begins_one():
    first, second = parsed(outgoing()), parsed(outgoing())
    assert first is not None
    assert second is not None
    assert first.trace_id != second.trace_id


def test_a_log_line_names_its_trace_as_cloud_logging_reads_it(caplog, monkeypatch):
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")
    with caplog.at_level(logging.INFO, "sluice"), within(TRACE):
        log("tick", runs=1)
    line = json.loads(caplog.records[0].getMessage())
    assert line == {
        "severity": "INFO",
        "event": "tick",
        "runs": 1,
        "logging.googleapis.com/trace": f"projects/a-project/traces/{TRACE.trace_id}",
        "logging.googleapis.com/spanId": TRACE.span_id,
        "logging.googleapis.com/trace_sampled": True,
    }


def test_without_a_project_the_bare_trace_is_named_and_outside_of_one_nothing(monkeypatch):
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    assert log_fields() == {}
    with within(TRACE):
        assert log_fields()["logging.googleapis.com/trace"] == TRACE.trace_id
    assert log_fields() == {}


def test_requests_at_the_same_time_keep_their_traces_apart():
    def traced(_: int) -> bool:
        mine = new_trace()
        with within(mine):
            return all(re.search(mine.trace_id, outgoing()) for _ in range(50))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(traced, range(20)))
