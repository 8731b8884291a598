"""Where the time of one export goes: every step in one process, each under its own watch.

The real functions are wrapped from outside, for this process alone; a step that calls another
stops its own watch meanwhile, so the seconds of all steps add up to the whole.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import google_crc32c
from isal import isal_zlib

import shared.formats.batches as batches
import shared.jobs.slice_files as slice_files
import shared.jobs.uploads as uploads
import shared.jobs.write_slice as writing
from bench import data
from bench.ours import create, messages, new_system
from shared.adapters.duckdb_warehouse import DuckDBWarehouse
from shared.adapters.folder import FolderBucket, FolderSpool
from shared.jobs.plan import plan
from shared.ports import TOPIC_WINDOWS
from shared.state.database import Database

# Label of a step, and what to wrap for it: an object and the name of its function.
CALLS = (
    ("freeze", DuckDBWarehouse, "freeze"),
    ("inventory", DuckDBWarehouse, "inventory"),
    ("snapshot", DuckDBWarehouse, "submit_snapshot"),
    ("drop snapshot", DuckDBWarehouse, "drop_snapshot"),
    ("read slice", DuckDBWarehouse, "read_slice"),
    ("checksum CRC32C", google_crc32c, "extend"),
    ("write", FolderSpool, "write"),
    ("create files", FolderBucket, "create"),
    ("state", Database, "run"),
)
# The same for functions that give iterators: their work is done in `next`.
ITERATORS = (
    ("clean and check", batches, "cleaned"),
    ("encode", slice_files, "encode_files"),
)
# Methods of objects that a function makes.
OBJECTS = (
    ("checksum SHA-256", hashlib, "sha256", ("update",)),
    ("gzip", isal_zlib, "compressobj", ("compress", "flush")),
)


class Watch:
    """Seconds and processor seconds by step; only the innermost step runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.cpu_s: dict[str, float] = defaultdict(float)
        self._steps = ["other"]
        self.start()

    def start(self) -> None:
        """Count from now on."""
        self._since, self._cpu_since = perf_counter(), process_time()

    def stop(self) -> None:
        """Count up to now."""
        now, cpu_now = perf_counter(), process_time()
        self.seconds[self._steps[-1]] += now - self._since
        self.cpu_s[self._steps[-1]] += cpu_now - self._cpu_since
        self._since, self._cpu_since = now, cpu_now

    def begin(self, step: str) -> None:
        self.stop()
        self._steps.append(step)

    def end(self) -> None:
        self.stop()
        self._steps.pop()

    def call(self, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its seconds counted for the step."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            self.begin(step)
            try:
                return function(*args, **kwargs)
            finally:
                self.end()

        return watched

    def iterator(self, step: str, items: Iterator[Any]) -> Iterator[Any]:
        """The iterator, each of its `next` counted for the step."""
        following = self.call(step, next)
        end = object()
        while (item := following(items, end)) is not end:
            yield item


class _Watched:
    """An object with some methods watched; all else goes to the object itself."""

    def __init__(self, watch: Watch, step: str, inner: Any, methods: tuple[str, ...]) -> None:
        self._inner = inner
        for name in methods:
            setattr(self, name, watch.call(step, getattr(inner, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class _AtOnce:
    """In place of the thread that uploads: one step after the other is what is looked at."""

    def __init__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., None], *given: object) -> Future[None]:
        done: Future[None] = Future()
        done.set_result(work(*given))
        return done

    def shutdown(self, *, wait: bool) -> None:
        del wait


def measure(path: Path, target: Path, file_format: str, compression: str) -> dict[str, Any]:
    """Seconds by step of one export of all events, all in one process."""
    services = new_system(path, target)
    # Everything is loaded before the watch begins, as in a process that serves.
    _deliver_all(services, data.WARM_ACCOUNT, target / "warm", file_format, compression)
    watch = Watch()
    _wrap(watch)
    watch.start()
    _deliver_all(services, data.ACCOUNT, target / "out", file_format, compression)
    watch.stop()
    return {"seconds": dict(watch.seconds), "cpu_s": dict(watch.cpu_s)}


def _deliver_all(services: Any, account_id: int, bucket: Path, *choices: str) -> None:
    create(services, account_id, bucket, *choices)
    for topic, message in messages(services):
        if topic == TOPIC_WINDOWS:
            plan(services, **message)
        else:
            writing.write_slice(services, **message)


def _wrap(watch: Watch) -> None:
    uploads.ThreadPoolExecutor = _AtOnce  # type: ignore[assignment, misc]
    for step, owner, name in CALLS:
        setattr(owner, name, watch.call(step, getattr(owner, name)))
    for step, owner, name in ITERATORS:
        setattr(owner, name, _gives_iterator(watch, step, getattr(owner, name)))
    for step, owner, name, methods in OBJECTS:
        setattr(owner, name, _gives_object(watch, step, getattr(owner, name), methods))
    writing.part_batches = _ordered(watch, writing.part_batches)


def _gives_iterator(
    watch: Watch, step: str, function: Callable[..., Iterator[Any]]
) -> Callable[..., Iterator[Any]]:
    return lambda *args, **kwargs: watch.iterator(step, iter(function(*args, **kwargs)))


def _gives_object(
    watch: Watch, step: str, function: Callable[..., Any], methods: tuple[str, ...]
) -> Callable[..., Any]:
    return lambda *args, **kwargs: _Watched(watch, step, function(*args, **kwargs), methods)


def _ordered(
    watch: Watch, part_batches: Callable[..., Iterator[tuple[int, Iterator[Any]]]]
) -> Callable[..., Iterator[tuple[int, Iterator[Any]]]]:
    """Both the parts and the batches of each are iterators."""

    def watched(*args: Any, **kwargs: Any) -> Iterator[tuple[int, Iterator[Any]]]:
        for file_no, rows in watch.iterator("order", part_batches(*args, **kwargs)):
            yield file_no, watch.iterator("order", rows)

    return watched
