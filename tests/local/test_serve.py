"""One command serves everything on this machine, and nothing of it outlives the command."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.test_cli import LOAD, ROWS

ROOT = Path(__file__).parents[2]
# Far longer than anything takes; only what hangs meets it.
PATIENCE_S = 90


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLUICE_NOW", "2026-11-22T12:00:00+00:00")
    monkeypatch.delenv("LOCAL_MEMBER", raising=False)
    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "out").mkdir()
    return tmp_path


def command(*arguments):
    return [sys.executable, str(ROOT / "main.py"), *arguments]


@contextmanager
def serving(folder):
    """The running command and its address; whatever happens, nothing of it is left."""
    with (folder / "told").open("w") as told:
        process = subprocess.Popen(
            command("serve", "--port", "0"),
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line + (folder / "told").read_text()
        yield process, found[0]
    finally:
        process.kill()
        process.communicate()
        until(lambda: not started_in(folder))


def until(done):
    """Wait for something that is about to be so."""
    for _ in range(PATIENCE_S * 10):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("it never comes")


def started_in(folder):
    """Processes that have this test's home in their environment, but for the test's own."""
    mark = f"SLUICE_HOME={folder / 'home'}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes() and int(path.parts[2]) != os.getpid():
                found.append(int(path.parts[2]))
        except OSError:
            continue
    return found


def ask(url, content=None):
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.loads(answer.read())


def test_an_export_made_by_the_api_is_delivered_at_once_and_ctrl_c_ends_it_all(folder):
    with serving(folder) as (process, address):
        # The warehouse can be loaded meanwhile: nobody keeps its file open.
        subprocess.run(command(*LOAD), check=True, capture_output=True)
        [account] = ask(f"{address}v1/accounts")["items"]
        assert (account["account_id"], account["role"]) == (1, "admin")
        exports = f"{address}v1/accounts/1/exports"
        made = ask(
            exports,
            {
                "bucket": (folder / "out").as_uri(),
                "data_type": "all_events",
                "frequency": "one_time",
                "start_on": "2026-11-20",
                "end_on": "2026-11-21",
            },
        )
        until(lambda: ask(f"{exports}/{made['request_id']}")["status"] == "DONE")
        assert len(list((folder / "out").glob("*.json"))) == 2
        assert len(started_in(folder)) >= 5
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        until(lambda: not started_in(folder))
    assert (folder / "told").read_text() == ""


def test_when_it_is_killed_everything_it_started_ends_by_itself(folder):
    with serving(folder) as (process, address):
        ask(f"{address}v1/accounts")
        process.kill()
        process.wait()
        until(lambda: not started_in(folder))


def test_when_the_web_server_ends_the_command_says_so_and_ends(folder):
    with serving(folder) as (process, address):
        ask(f"{address}v1/accounts")
        children = [pid for pid in started_in(folder) if b"local.web" in cmdline(pid)]
        for pid in sorted(children):
            os.kill(pid, signal.SIGKILL)
        assert process.wait(PATIENCE_S) == 1
    assert "The web server ended by itself" in (folder / "told").read_text()


def cmdline(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_only_this_machine_reaches_it(folder):
    with serving(folder) as (_, address):
        port = int(address.rpartition(":")[2].strip("/"))
        listening = Path("/proc/net/tcp").read_text().split()
        assert f"0100007F:{port:04X}" in listening
        assert f"00000000:{port:04X}" not in listening


def test_a_port_that_is_taken_is_one_sentence(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            command("serve", "--port", str(port)), capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"Error: The port {port} of 127.0.0.1 cannot be used")
    assert done.stderr.count("\n") == 1


def test_a_member_without_an_account_is_refused(folder, monkeypatch):
    monkeypatch.setenv("SLUICE_ADMIN_EMAIL", "ada@example.com")
    monkeypatch.setenv("LOCAL_MEMBER", "eve@example.com")
    done = subprocess.run(
        command("serve", "--port", "0"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "eve@example.com is no member of any account" in done.stderr


@pytest.mark.parametrize("broken", ["functions/api/app.py", "functions/planner/main.py"])
def test_code_that_cannot_be_loaded_ends_the_command_with_one_sentence(folder, broken):
    for part in ("functions", "shared"):
        shutil.copytree(ROOT / part, folder / "code" / part)
    shutil.copy(ROOT / "main.py", folder / "code")
    with (folder / "code" / broken).open("a") as module:
        module.write("def broken(:\n")
    run = subprocess.run(
        [sys.executable, str(folder / "code" / "main.py"), "serve", "--port", "0"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: The w")
    assert last.endswith("mend what the lines above tell, then start again.")
    assert "SyntaxError" in run.stderr
    until(lambda: not started_in(folder))
