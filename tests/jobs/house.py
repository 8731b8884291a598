"""A whole Sluice in one folder, with a clock that a test sets and limits that little data meets."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.adapters.duckdb_file import connect
from shared.adapters.inline_queue import InlineQueue
from shared.bootstrap import build
from shared.config import Config, Limits, Watching
from shared.domain.exports import Account, DataType, Frequency
from shared.domain.runs import OPEN_RUN, RunStatus
from shared.errors import Transient
from shared.import_ports import TOPIC_IMPORTS
from shared.jobs.import_run import import_run
from shared.jobs.manage_exports import create_export, export_of
from shared.jobs.plan import plan
from shared.jobs.schedule import Tick, schedule
from shared.jobs.services import Services
from shared.jobs.write_slice import write_slice
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import accounts, runs, slices
from shared.state.exports import Export
from shared.state.runs import Run
from shared.state.tables import runs as table
from tests.warehouse_rows import MEMORY_MB, NOW, Row, load

Message = tuple[str, dict[str, int]]

# A few hundred rows make several slices, parts and files.
SMALL = Limits(slice_bytes=20_000, slice_files=3, file_bytes_max=200_000)
# Rounds of ticks and messages after which a delivery that has not ended never will.
ROUNDS_MAX = 30
ACCOUNT = Account(account_id=1, database_id="db-1", time_zone="UTC")


@dataclass
class House:
    """Services over one folder, and short ways to use them."""

    folder: Path
    limits: Limits = SMALL
    now: datetime = NOW
    # Other parts than those of a laptop, by address.
    state_url: str = ""
    queue_url: str = "inline:"
    # Tests let days go by with a few looks, and the clock is right unless they say otherwise.
    believed_gap: timedelta = timedelta(hours=50)
    services: Services = field(init=False)
    # What was seen in the bucket so far: nothing of it may ever change.
    _seen: dict[Path, tuple[int, int, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.bucket.mkdir(parents=True, exist_ok=True)
        config = Config(
            home=self.folder,
            state_url=self.state_url or f"sqlite:///{self.folder / 'state.sqlite'}",
            warehouse_url=f"duckdb:///{self.folder / 'warehouse.duckdb'}",
            queue_url=self.queue_url,
            secrets_url=(self.folder / "secrets").as_uri(),
            secret_manager_server=None,
            staging=self.folder / "staging",
            duckdb_memory_mb=MEMORY_MB,
            warehouse_wait_s=30,
            limits=self.limits,
            watching=Watching(believed_gap=self.believed_gap),
        )
        self.services = build(config, clock=lambda: self.now)

    @property
    def bucket(self) -> Path:
        """The folder that is the customer's bucket."""
        return self.folder / "bucket"

    def set_up(self, account: Account = ACCOUNT) -> "House":
        """With the tables of state and an account."""
        self.services.database.migrate()
        self.put_account(account)
        return self

    def put_account(self, account: Account) -> None:
        self.services.database.run(lambda c: accounts.put(c, account))

    def kept_open(self) -> AbstractContextManager[Any]:
        """The warehouse, open until the end of the block."""
        return connect(self.folder / "warehouse.duckdb", wait_s=1, memory_mb=MEMORY_MB)

    def load(self, rows: Iterable[Row], table: str = "events") -> None:
        load(self.folder / "warehouse.duckdb", table, list(rows), self.now)

    def export(self, **choices: Any) -> Export:
        """A new export; one-time, all events of the last three days, unless told else."""
        usual: dict[str, Any] = {
            "bucket": self.bucket.as_uri(),
            "data_type": DataType.ALL_EVENTS,
            "frequency": Frequency.ONE_TIME,
            "start_on": date(2026, 11, 18),
        }
        if choices.get("frequency", Frequency.ONE_TIME) is Frequency.ONE_TIME:
            usual["end_on"] = date(2026, 11, 20)
        return create_export(self.services, 1, **usual | choices)

    def recurring(self, hours: int = 4, **choices: Any) -> Export:
        """A recurring export that starts with the day of the clock."""
        usual = {"start_on": self.now.date(), "every": timedelta(hours=hours)}
        return self.export(frequency=Frequency.RECURRING, **usual | choices)

    def again(self, export: Export) -> Export:
        """The export as it is now."""
        return export_of(self.services, 1, export.export_id)

    def runs(self, export: Export) -> list[Run]:
        return self.services.database.run(lambda c: runs.list_for_export(c, 1, export.export_id))

    def run(self, export: Export) -> Run:
        """The only run of the export."""
        [found] = self.runs(export)
        return found

    def tick(self) -> Tick:
        return schedule(self.services, self.now)

    def take(self) -> list[Message]:
        """The messages published since the last call."""
        queue = self.services.queue
        assert isinstance(queue, InlineQueue)
        return queue.take()

    def deliver(self, message: Message, services: Services | None = None) -> str | None:
        """Do what the message asks for; the reason of the fault when the queue must try again."""
        topic, content = message
        jobs: dict[str, Callable[..., None]] = {
            TOPIC_WINDOWS: plan,
            TOPIC_SLICES: write_slice,
            TOPIC_IMPORTS: import_run,
        }
        job = jobs[topic]
        try:
            job(services or self.services, **content)
        except Transient as fault:
            return fault.reason
        finally:
            self.watch()
        return None

    def drain(self) -> list[str]:
        """Deliver what is queued until nothing is left; the reasons of messages that failed."""
        failed = []
        for _ in range(ROUNDS_MAX):
            messages = self.take()
            if not messages:
                return failed
            failed += [reason for message in messages if (reason := self.deliver(message))]
        raise AssertionError("the queue never gets empty")

    def finish(self) -> None:
        """Tick and drain, a quarter of an hour at a time, until no run is open any more."""
        for _ in range(ROUNDS_MAX):
            self.tick()
            self.drain()
            if not self._open_runs():
                return
            self.now += self.limits.redeliver_after
        raise AssertionError("a run never ends")

    def planned(self, export: Export) -> list[Message]:
        """Plan the export's only run; gives the messages of its slices."""
        self.tick()
        [message] = self.take()
        assert self.deliver(message) is None
        assert self.run(export).status is RunStatus.WRITING
        return self.take()

    def files_of(self, message: Message) -> int:
        """How many files the slice of this message will have."""
        found = self.services.database.run(lambda c: slices.get(c, **message[1]))
        assert found is not None
        return len(found.parts)

    def watch(self) -> None:
        """Look at the bucket: what was there must be there still, the same file, untouched.

        While the bucket is away nothing can be seen; once it is back, all of it.
        """
        if not self.bucket.is_dir():
            return
        found = {}
        for path in self.bucket.rglob("*"):
            if path.is_file():
                stat = path.stat()
                found[path] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        changed = {path for path, seen in self._seen.items() if found.get(path) != seen}
        assert changed == set(), f"objects were changed or removed: {changed}"
        self._seen = found

    def with_(self, **parts: Any) -> Services:
        """Services of which some parts are others, such as a bucket that fails."""
        return replace(self.services, **parts)

    def _open_runs(self) -> int:
        waiting = [str(status) for status in (RunStatus.PENDING, *OPEN_RUN)]
        statement = table.select().where(table.c.status.in_(waiting), table.c.due_at <= self.now)
        return len(self.services.database.run(lambda c: c.execute(statement).all()))
