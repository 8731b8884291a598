"""What the command line shows: tables and progress for people, one JSON object for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from functions.local.outcomes import Outcome
from shared.ports import TOPIC_SLICES

# Cells up to this length are never broken.
SHORT = 12
# Where nobody looks, in a pipe or a file, lines are not broken to a window's width.
PIPE_WIDTH = 200

console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
errors = Console(stderr=True, highlight=False)


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object and nothing else on standard output."""
    sys.stdout.write(json.dumps(content, default=str, ensure_ascii=False) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; numbers stand right, times to the minute."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for position, column in enumerate(columns):
        cells = [row[position] for row in rows]
        numeric = bool(cells) and all(isinstance(cell, int) or _is_size(cell) for cell in cells)
        widest = max((len(_cell(cell)) for cell in cells), default=0)
        table.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="fold",
            # Names may break, but an id that is cut in two cannot be copied.
            min_width=widest if widest <= SHORT else None,
        )
    for row in rows:
        table.add_row(*[_cell(value) for value in row])
    console.print(table)


def file_size(size: int) -> str:
    """Bytes in the unit that suits them; a MB is a million, as in the limit of a file."""
    if size < 1_000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e6:,.1f} MB"


def where(bucket: str, name: str) -> str:
    """The path of an object in a folder, or its address in a bucket of the cloud."""
    if bucket.startswith("gs://"):
        return f"{bucket}/{name}"
    return f"{unquote(urlsplit(bucket).path).rstrip('/')}/{name}"


class BytesProgress:
    """A progress bar of bytes, which appears with the first of them: a refusal shows no bar."""

    def __init__(self, title: str, *, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=errors,
            disable=not shown,
        )
        self._task = self._progress.add_task(title, total=None)

    def __enter__(self) -> "BytesProgress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that so many bytes of the total are done."""
        if not self._progress.live.is_started:
            self._progress.start()
        self._progress.update(self._task, completed=done, total=total)


class SliceProgress:
    """A progress bar over slices, fed with the outcomes of messages."""

    def __init__(self, title: str, *, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("slices"),
            TimeElapsedColumn(),
            console=errors,
            disable=not shown,
        )
        self._task = self._progress.add_task(title, total=None)
        self._total = 0

    def __enter__(self) -> "SliceProgress":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self._total += outcome.published
        done = int(outcome.acknowledged and outcome.message.topic == TOPIC_SLICES)
        self._progress.update(self._task, total=self._total or None, advance=done)


def _is_size(value: Any) -> bool:
    return isinstance(value, str) and value.endswith((" B", " kB", " MB"))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%MZ")
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**9 else str(value)
