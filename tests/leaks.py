"""A check on every test: no secret of the tests may stand in anything that a test has put out."""

import base64
import re
from collections.abc import Generator, Iterator
from typing import Any
from urllib.parse import quote

import pytest

# Shorter pieces would be found by chance.
PIECE_CHARS_MIN = 12

_watched: set[str] = set()


def watch(secret: str) -> str:
    """Look for this secret, line by line, from now on in the output of every test."""
    for line in secret.splitlines():
        if len(line) >= PIECE_CHARS_MIN and "-----" not in line:
            _watched.update(_forms(line))
    return secret


def found_in(text: str) -> bool:
    """Whether any form of any secret stands in the text."""
    # A line that was broken for a terminal's width, or escaped for JSON, is still the secret.
    plain = re.sub(r"\\n|[\s│|]", "", text)
    return any(form in text or form in plain for form in _watched)


def _forms(line: str) -> Iterator[str]:
    """The line as it is, quoted for a URL, and in base64 at each of its three alignments."""
    yield line
    yield quote(line, safe="")
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + line.encode()).decode()
        # The first and the last characters depend on what stands beside the line.
        yield code[4:-4]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Fail a test, without showing its output, when a secret stands in what it put out."""
    report = yield
    texts = [text for _, text in report.sections] + [report.longreprtext]
    if any(found_in(text) for text in texts):
        report.outcome = "failed"
        report.sections = []
        report.longrepr = f"{item.nodeid}: a secret stands in the output of this test ({call.when})"
        # An expected failure is no excuse.
        vars(report).pop("wasxfail", None)
    return report
