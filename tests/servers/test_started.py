"""Servers of the tests come up or say why not, and never outlive the tests."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.started import PATIENCE_S, NotStarted, Server, answers_http, free_port, started

ROOT = Path(__file__).parents[2]


def web_server(folder: Path) -> tuple[Server, str]:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    url = f"http://127.0.0.1:{port}/"
    return Server(command, folder / f"{port}.log", answers_http(url)), url


def test_servers_answer_within_the_block_and_are_gone_after_it(tmp_path):
    (one, first), (two, second) = web_server(tmp_path), web_server(tmp_path)
    with started(one, two) as pids:
        assert len(set(pids)) == 2
        assert answers_http(first)()
        assert answers_http(second)()
    assert not answers_http(first)()
    assert not answers_http(second)()


def test_a_server_that_ends_at_once_is_an_error_that_shows_what_it_said(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('no room')"]
    server = Server(command, tmp_path / "log", lambda: False)
    with pytest.raises(NotStarted, match=r"ended with 1; it said:\nno room"), started(server):
        pass


def test_a_server_that_stays_silent_is_ended_and_an_error(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(1_000)"]
    silent = Server(command, tmp_path / "log", lambda: False, patience_s=0.1)
    with pytest.raises(NotStarted, match="does not answer"), started(silent):
        pass


ORPHAN = """
import os, signal, sys
from pathlib import Path
from tests.servers.test_started import web_server
from tests.servers.started import started
server, url = web_server(Path(sys.argv[1]))
with started(server):
    print(url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems leave children alone")
def test_a_server_ends_with_tests_that_are_killed(tmp_path):
    command = [sys.executable, "-c", ORPHAN, str(tmp_path)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    answers = answers_http(killed.stdout.strip())
    until = time.monotonic() + PATIENCE_S
    while answers():
        assert time.monotonic() < until, "the server goes on"
        time.sleep(0.05)
