"""The command line for tests: in a process of its own, as a person runs it, or much faster here."""

import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from functions.local import cli
from shared.bootstrap import services
from tests.leaks import found_in

ROOT = Path(__file__).parents[2]


def run_process(*arguments: str, code: int = 0) -> tuple[str, str]:
    """The command line in a process of its own: (standard output, standard error)."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == code, done.stderr
    assert not found_in(done.stdout + done.stderr)
    return done.stdout, done.stderr


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    """The same in this process, whose modules are loaded; it leaves nothing behind in it."""
    out, err, before = StringIO(), StringIO(), dict(os.environ)
    services.cache_clear()
    try:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["main.py", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
    finally:
        if services.cache_info().currsize:
            services().database.close()
        services.cache_clear()
        os.environ.clear()
        os.environ.update(before)
    assert ended.value.code == code, err.getvalue()
    assert not found_in(out.getvalue() + err.getvalue())
    return out.getvalue(), err.getvalue()


def answer(*arguments: str) -> Any:
    """What the command prints with --json, read strictly."""
    out, _ = run(*arguments, "--json")
    return json.loads(out)


def refused(*arguments: str) -> str:
    """The sentence with which the command refuses."""
    out, err = run(*arguments, code=2)
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err
