"""The browser of the tests: Debian's chromium, installed when it is missing and that is allowed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# No sandbox inside of containers, and no calls to anybody but the pages under test.
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
)
MISSING = (
    "The tests of the pages need Debian's chromium at /usr/bin/chromium: "
    "'apt-get install --no-install-recommends chromium'."
)


def find() -> str:
    """Where chromium is; raises RuntimeError with what to install where it cannot be had."""
    if not CHROMIUM.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
        for command in (["apt-get", "update"], install):
            subprocess.run(command, capture_output=True, check=False)
    if not CHROMIUM.exists():
        raise RuntimeError(MISSING)
    return str(CHROMIUM)


@contextmanager
def running() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=find(), args=list(ARGS))
        yield opened
        opened.close()
