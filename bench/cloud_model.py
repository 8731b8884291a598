"""A discrete-event model of the deployed system: what each slice waits for, and what is short.

Messages, instances, streams, uploads and transactions, with the limits in cloud_limits.py. Each
slice is a small program that waits for what it needs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from bench.cloud_limits import Cloud, encode_s_per_mb
from bench.events import Clock, Pool, Rate

SLICE_MB = 76.9  # 10 TB in 130,000 slices: parts are cut to 80 MB and never quite full


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a load."""

    slices: int
    plan_s: float
    deliver_s: float
    refused: int  # answered 429 for want of an instance
    dead: int  # dead letters, which the tick drives again
    repeated: int  # messages for slices that were done already
    instances: int  # most at once
    used: dict[str, float]  # resource -> mean use while slices were delivered, of its limit

    @property
    def narrowest(self) -> str:
        """What was used closest to its limit."""
        return max(self.used, key=lambda name: self.used[name])


class Run:
    """The delivery of `runs` exports at once, with as many slices each."""

    def __init__(self, cloud: Cloud, slices: int, runs: int = 1) -> None:
        self.cloud, self.slices, self.runs = cloud, slices, runs
        self.clock = Clock()
        self.pushes = Pool(self.clock, cloud.pushes_first)
        self.instances = Pool(self.clock, 0)
        self.starting = 0
        self.streams = Pool(self.clock, cloud.streams)
        self.connections = Pool(self.clock, cloud.connections)
        self.rows = [Pool(self.clock, 1) for _ in range(runs)]
        self.sessions = Rate(self.clock, cloud.sessions_per_s)
        self.reads = Rate(self.clock, cloud.reads_per_s)
        self.starts = Rate(self.clock, cloud.instance_starts_per_s)
        self.objects = Rate(self.clock, cloud.objects_per_s, doubles_every_s=1_200)
        self.encode_s = SLICE_MB * encode_s_per_mb() * cloud.slower
        # Begun: nothing that is begun fails here, so it is done a little later.
        self.busy = bytearray(slices)
        self.published = [0.0] * slices
        self.left = slices
        self.refused = self.dead = self.repeated = 0
        self.done_s = 0.0

    def deliver(self) -> None:
        """Play it from the first message to the last slice."""
        self.clock.start(self._queue())
        self.clock.start(self._ticks())
        self.clock.run()

    def _queue(self) -> Iterator[object]:
        """All messages wait in the topic; each goes out when one more may be under way."""
        for slice_no in range(self.slices):
            yield self.pushes
            self.clock.start(self._message(slice_no, pushed=True))

    def _ticks(self) -> Iterator[object]:
        """Publishes again what has waited too long and nobody works on."""
        while self.left:
            yield self.cloud.tick_s
            for slice_no in range(self.slices):
                waited = self.clock.now - self.published[slice_no]
                if waited >= self.cloud.redeliver_after_s and not self.busy[slice_no]:
                    self.published[slice_no] = self.clock.now
                    self.clock.start(self._message(slice_no))

    def _message(self, slice_no: int, *, pushed: bool = False) -> Iterator[object]:
        """One message: pushed until it is acknowledged, or a dead letter."""
        least, most = self.cloud.backoff_s
        for delivery in range(self.cloud.deliveries_max):
            if not (pushed and delivery == 0):
                yield self.pushes
            self._ask_for_instance()
            if (yield self.instances, self.cloud.request_wait_s):
                yield from self._work(slice_no)
                self.instances.give()
                self.pushes.give()
                self.pushes.resize(min(self.cloud.pushes_max, self.pushes.size + 1))
                return
            self.refused += 1
            self.pushes.give()
            self.pushes.resize(max(self.cloud.pushes_first, self.pushes.size // 2))
            yield min(most, least * 2**delivery)
        self.dead += 1

    def _ask_for_instance(self) -> None:
        wanted = self.pushes.used
        if self.instances.size + self.starting < min(wanted, self.cloud.instances):
            self.starting += 1
            self.clock.start(self._instance())

    def _instance(self) -> Iterator[object]:
        yield self.starts
        yield self.cloud.instance_start_s
        self.starting -= 1
        self.instances.resize(self.instances.size + 1)

    def _work(self, slice_no: int) -> Iterator[object]:
        cloud = self.cloud
        yield from self._transaction()
        if self.busy[slice_no]:
            self.repeated += 1
            return
        self.busy[slice_no] = 1
        yield self.sessions
        yield self.reads
        yield self.streams
        yield cloud.session_s + SLICE_MB / cloud.read_mb_per_s
        self.streams.give()
        yield self.encode_s
        yield self.objects
        yield cloud.upload_s + SLICE_MB / cloud.upload_mb_per_s
        yield from self._transaction(self.rows[slice_no % self.runs])
        self.left -= 1
        if not self.left:
            self.done_s = self.clock.now

    def _transaction(self, row: Pool | None = None) -> Iterator[object]:
        """A connection of its own; a commit that counts the run down holds the run's row."""
        yield self.connections
        yield self.cloud.connect_s + self.cloud.transaction_s
        if row is not None:
            yield row
            yield self.cloud.row_lock_s
            row.give()
        self.connections.give()


def simulate(cloud: Cloud, terabytes: float, runs: int = 1) -> Outcome:
    """Plan and deliver so much, as `runs` exports of equal size at once."""
    slices = max(runs, ceil(terabytes * 1e6 / SLICE_MB))
    run = Run(cloud, slices, runs)
    run.deliver()
    # Messages that came for nothing are worked on, too.
    took_s = run.clock.now
    used = {
        # Those that are worked on: whatever waits for an instance always fills the window.
        "push concurrency": run.instances.used_s / cloud.pushes_max / took_s,
        "instances": run.instances.used_s / cloud.instances / took_s,
        "read sessions a second": run.sessions.used_s / took_s,
        "reads a second": run.reads.used_s / took_s,
        "read streams": run.streams.used_s / cloud.streams / took_s,
        "new objects a second": run.objects.used_s / took_s,
        "database connections": run.connections.used_s / cloud.connections / took_s,
        "the run's row": max(row.used_s for row in run.rows) / took_s,
    }
    planned_s = plan_s(cloud, terabytes, slices // runs)
    most = run.instances.most
    return Outcome(slices, planned_s, run.done_s, run.refused, run.dead, run.repeated, most, used)


def plan_s(cloud: Cloud, terabytes: float, slices: int) -> float:
    """Freeze, count, snapshot, and publish; a tick looks for each step's end, once a minute."""
    scan_s = terabytes * 1e6 / (cloud.slots * cloud.slot_mb_per_s)
    tables = ceil(slices / cloud.slices_per_table)
    steps = [scan_s / 4, scan_s]  # the inventory reads four columns of many
    if tables > 1:
        steps.append(scan_s + tables * cloud.job_start_s)
    polled = sum(ceil(step / cloud.tick_s) * cloud.tick_s for step in steps)
    return polled + slices / cloud.slices_stored_per_s + slices / cloud.published_per_s
