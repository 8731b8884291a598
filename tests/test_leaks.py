"""The check on every test's output finds a leak wherever it is, and does not repeat it."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks import found_in, watch

ROOT = Path(__file__).parents[1]
SECRET = "canary+material/9f8e7d6c5b4a=="
SUITE = f"""
import logging, sys, warnings, pytest
from tests.leaks import watch
SECRET = watch({SECRET[:15]!r} + {SECRET[15:]!r})

@pytest.fixture
def loud():
    yield
    print(SECRET)

def test_print(): print("key:", SECRET)
def test_stderr(): sys.stderr.write(SECRET)
def test_log(): logging.getLogger("x").warning("%s", SECRET)
def test_error(): raise ValueError(SECRET)
def test_diff(): assert SECRET == "other"
def test_teardown(loud): pass
@pytest.mark.xfail(strict=True)
def test_expected(): raise ValueError(SECRET)
def test_quiet(): print("nothing to see")
"""


def test_a_leak_anywhere_fails_its_test_and_is_not_shown(tmp_path):
    watch(SECRET)
    hook = "from tests.leaks import pytest_runtest_makereport"
    (tmp_path / "conftest.py").write_text(hook, encoding="utf-8")
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "--override-ini", f"pythonpath={ROOT}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # What a test put out is in the report of its end, too.
    assert "6 failed, 2 passed, 4 errors" in done.stdout
    for name in ("print", "stderr", "log", "error", "diff", "teardown", "expected"):
        assert f"::test_{name}: a secret stands in the output" in done.stdout, name
    assert "test_quiet: a secret" not in done.stdout
    assert not found_in(done.stdout + done.stderr)


@pytest.mark.parametrize("before", ["", "x", "xy", '{"data": "'])
def test_a_secret_is_found_in_every_form_it_travels_in(before):
    watch(SECRET)
    assert found_in(before + SECRET + "after")
    assert found_in(quote(f"http://host/?key={before}{SECRET}", safe=""))
    assert found_in(base64.b64encode(f"{before}{SECRET} after".encode()).decode())
    assert found_in(json.dumps({"key": SECRET}))
    assert found_in(f"{before}{SECRET[:9]}\n{SECRET[9:]}")


def test_ordinary_text_is_no_secret():
    assert not found_in("canary material, but not the one that is watched: " + SECRET[:-6])
