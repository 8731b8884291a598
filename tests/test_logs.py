"""Log lines: closed names and fields, no severity said twice, nothing secret in a sentence."""

import ast
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.log_events import EVENTS, RUNBOOKS
from shared.logs import log, write_log
from tests.leaks import watch

ROOT = Path(__file__).parents[1]
# Each names a thing by its id or code, or counts something; only `detail` is a sentence.
FIELDS = {
    *("import_id", "rejected"),
    *("account", "attempt", "cause", "detail", "ending", "export", "exports", "hours"),
    *("kind", "late_s", "lag_s", "level", "missed", "notice", "outcome", "pid", "planned"),
    *("reason", "rows", "run", "runs", "slice", "slices", "source", "status", "trace"),
    *("webhook", "windows", "day"),
    # Where it lies in the store of secrets, not what it is.
    "secret",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """The modules that write events."""
    for folder in ("shared", "functions"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            if "from shared.logs import" in text:
                yield str(path.relative_to(ROOT)), ast.parse(text)


def calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "log":
                yield f"{name}:{node.lineno}", node


def texts(tree: ast.AST) -> set[str]:
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in found if isinstance(value, str)}


def test_every_event_that_is_written_stands_in_the_table():
    wrong = {where: texts(call.args[0]) - set(EVENTS) for where, call in calls()}
    assert {where: names for where, names in wrong.items() if names} == {}
    assert len(wrong) > 40


def test_every_event_of_the_table_is_written_somewhere():
    used = set().union(*(texts(tree) for _, tree in modules()))
    assert set(EVENTS) - used == set()


def test_no_call_repeats_the_severity_of_the_table():
    repeated = [
        where
        for where, call in calls()
        for given in call.keywords
        if given.arg == "severity"
        and isinstance(given.value, ast.Constant)
        and any(EVENTS[name].severity == given.value.value for name in texts(call.args[0]))
    ]
    assert repeated == []


def test_fields_come_from_a_closed_list_in_which_nothing_is_a_secret():
    given = {each.arg for _, call in calls() for each in call.keywords if each.arg is not None}
    assert given - {"severity"} == FIELDS


def test_an_event_says_in_a_sentence_what_it_means():
    for name, event in EVENTS.items():
        assert event.meaning.endswith("."), name
        assert event.severity in ("INFO", "WARNING", "ERROR"), name


def test_runbooks_are_named_for_events_that_there_are():
    assert set(RUNBOOKS) <= set(EVENTS)
    headings = re.findall(r"(?m)^## (\S+)$", (ROOT / "docs" / "runbooks.md").read_text("utf-8"))
    assert set(RUNBOOKS.values()) <= set(headings)


def test_a_line_that_wakes_somebody_leads_to_its_runbook(capsys, log_back):
    write_log("INFO")
    log("run_failed", run=1)
    log("tick", runs=0)
    failed, ticked = map(json.loads, capsys.readouterr().out.splitlines())
    assert failed["runbook"] == "docs/runbooks.md#completeness"
    assert "runbook" not in ticked


def test_a_name_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match="not in the list"):
        log("something")


@pytest.fixture
def log_back():
    """What a test does to the log ends with it."""
    logger = logging.getLogger("sluice")
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


def test_a_sentence_comes_out_without_what_looks_secret(capsys, log_back):
    write_log("INFO")
    secret = watch("hunter2hunter2")
    log("monitor_skipped", reason="x", detail=f"No.\npassword={secret}")
    line = capsys.readouterr().out
    assert json.loads(line) == {
        "severity": "ERROR",
        "event": "monitor_skipped",
        "reason": "x",
        "detail": "No. password=[removed]",
    }
