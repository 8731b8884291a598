"""OpenTelemetry: nothing of it is loaded unless asked for; then a span bears the ids of the log."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters import open_telemetry
from shared.config import Config, from_environment
from shared.errors import InvalidInput
from tests.test_tracing import EXAMPLE, TRACE

ROOT = Path(__file__).parents[1]
TICK = (
    "import sys, functions_framework\n"
    "from shared import bootstrap\n"
    "bootstrap.services().database.migrate()\n"
    "client = functions_framework.create_app('scheduler', 'main.py').test_client()\n"
    f"assert client.post('/', headers={{'traceparent': '{EXAMPLE}'}}).status_code == 204\n"
    "print(*[name for name in sys.modules if name.startswith('opentelemetry')])\n"
)


def tick(folder: Path, **environment: str) -> str:
    """What a tick in a process of its own writes."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    env |= {"SLUICE_HOME": str(folder), "LOG_LEVEL": "INFO", **environment}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TICK],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(output: str) -> list[dict[str, str]]:
    lines = [line for line in output.splitlines() if line.startswith('{"severity"')]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("environment", [{}, {"OTEL_TRACES_EXPORTER": "none"}])
def test_a_function_that_was_not_asked_loads_nothing_of_it(tmp_path, environment):
    output = tick(tmp_path, **environment)
    assert output.splitlines()[-1] == ""
    spans = {line["logging.googleapis.com/spanId"] for line in events(output)}
    assert spans == {TRACE.span_id}


def test_a_request_is_a_span_of_its_callers_trace_and_the_log_names_it(tmp_path):
    output = tick(tmp_path, OTEL_TRACES_EXPORTER="console", K_SERVICE="scheduler")
    lines = events(output)
    span = json.loads(output[output.index("{\n") :])
    assert span["name"] == "scheduler"
    assert span["context"]["trace_id"] == f"0x{TRACE.trace_id}"
    assert span["parent_id"] == f"0x{TRACE.span_id}"
    assert (span["attributes"], span["events"]) == ({}, [])
    named = {line["logging.googleapis.com/spanId"] for line in lines}
    assert {f"0x{each}" for each in named} == {span["context"]["span_id"]}


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(open_telemetry, "entry_points", lambda **_: ())
    with pytest.raises(InvalidInput, match="Install opentelemetry-sdk and"):
        open_telemetry.open_spans("otlp")


def test_a_wrong_setting_says_which_ones_there_are():
    with pytest.raises(InvalidInput, match="none or one of otlp, console"):
        from_environment({"OTEL_TRACES_EXPORTER": "jaeger"})
    assert isinstance(from_environment({"OTEL_TRACES_EXPORTER": "otlp"}), Config)
