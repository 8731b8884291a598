"""The whole of Sluice under everything that may happen to it, one rule of hypothesis a happening.

Local parts, a clock that the rules set, and at the end one question to the bucket alone: does every
row stand in exactly one file of one run, and does no window lack?
"""

import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from shared.bootstrap import open_bucket
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.domain.exports import ExportStatus, Format
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunKind, RunStatus
from shared.errors import Conflict, CustomerFault, InvalidInput
from shared.jobs.manage_exports import edit_export, stop_export
from shared.jobs.monitor import monitor
from shared.jobs.replay import replay_run
from shared.jobs.retry_run import retry_run
from shared.jobs.run_now import run_now
from shared.jobs.send_notices import send_due
from shared.jobs.services import Services
from shared.ports import Bucket
from shared.reasons import FORBIDDEN
from shared.state.exports import Export
from shared.state.runs import Run
from tests.jobs.faults import Fault
from tests.jobs.house import House, Message
from tests.jobs.postbox import Mood, Postbox
from tests.jobs.promise_held import (
    assert_delivered_once,
    assert_nobody_gets_a_mail_twice,
    assert_stopped_after_two_warnings,
    incident_endings,
)
from tests.warehouse_rows import MIDNIGHT, Row, event, load

# Windows of fewer hours would find nothing else, and take most of the time.
HOURS = (12, 24)
MINUTES = (1, 10, 16, 61, 245, 1441)
ACTOR = COMMAND_LINE
# Days pass with a look each 13 hours; a longer gap and a clock set forward count for nobody.
BELIEVED_GAP = timedelta(hours=14)
# Looks of the monitor after which a window that is not delivered never will be.
LOOKS_MAX = 40
# A day is recounted a day after it has ended; what it lacked is delivered then.
LOOKS_TO_RECOUNT, HOURS_TO_RECOUNT = 2, 31


class Killed(BaseException):
    """The process ends here, without a word."""


def killed() -> None:
    raise Killed


class Promise(RuleBasedStateMachine):
    """Ticks, messages, people and faults in any order."""

    template: Path
    # What happened in all examples together: a test that never gets there shows nothing.
    seen: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
        self.house = House(self.folder, believed_gap=BELIEVED_GAP)
        # Kept open, so that each step opens it in no time.
        self.kept = ExitStack()
        self.kept.enter_context(self.house.kept_open())
        self.house.now = MIDNIGHT
        self.exports: list[Export] = []
        self.rows: list[tuple[datetime, Row]] = []
        self.queue: list[Message] = []
        self.open = True
        # Whether a probe finds what runs find: it sees the bucket, and they write.
        self.seen_by_probes = True
        self.set_back = False
        self.true_time = self.house.now
        # When each export was seen stopped first, and whom somebody has stopped.
        self.stops: dict[int, datetime] = {}
        self.stopped_by_hand: set[int] = set()
        self.postbox = Postbox(lambda: self.true_time)
        self.house.services = self.house.with_(bucket=self.bucket, mail=self.postbox, prober=self)

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def bucket(self, account_id: int, url: str) -> Bucket:
        """The customer's bucket, if the customer lets us in."""
        del account_id
        if not self.open:
            raise CustomerFault(FORBIDDEN.message, reason=FORBIDDEN.code)
        return open_bucket(url)

    def probe(self, account_id: int, url: str, access: Access | None = None) -> Trial:
        """What the prober finds of it."""
        del account_id, url, access
        if self.open or not self.seen_by_probes:
            return Trial()
        fault = CustomerFault(FORBIDDEN.message, reason=FORBIDDEN.code)
        return Trial(failed_at=Part.TOKEN, fault=fault)

    # What the warehouse and the clock do.

    @initialize(hours=st.sampled_from(HOURS))
    def an_export_is_there(self, hours: int) -> None:
        self.exports.append(self.house.recurring(hours))

    @rule(count=st.integers(1, 4), days_late=st.sampled_from([0, 0, 1, 40]))
    def rows_arrive(self, count: int, days_late: int) -> None:
        ts = self.house.now - timedelta(days=days_late)
        first = len(self.rows)
        rows = [event(first + n, ts=ts, ingested_at=None) for n in range(count)]
        told = load(self.warehouse, "events", rows, self.house.now)
        self.rows += [(told, row) for row in rows]

    @precondition(lambda self: not self.set_back)
    @rule(count=st.integers(1, 2), hours=st.sampled_from([1, 5, 20]))
    def rows_come_behind_their_window(self, count: int, hours: int) -> None:
        """Somebody loads what, by its own account, arrived a while ago."""
        at = self.house.now - timedelta(hours=hours)
        first = len(self.rows)
        rows = [event(first + n, ts=at, ingested_at=at) for n in range(count)]
        load(self.warehouse, "events", rows, self.house.now)
        self.rows += [(at, row) for row in rows]

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.pass_time(timedelta(minutes=minutes))

    @rule(hours=st.sampled_from([-26, -1, -0.5, 20, 240]))
    def the_clock_is_set(self, hours: float) -> None:
        self.house.now += timedelta(hours=hours)
        self.set_back |= hours < 0

    def pass_time(self, time: timedelta) -> None:
        self.house.now += time
        self.true_time += time

    # What Sluice does.

    @rule()
    def a_tick(self) -> None:
        self.house.tick()
        self.queue += self.house.take()

    @precondition(lambda self: self.queue)
    @rule(place=st.integers(0, 20), times=st.sampled_from([1, 1, 1, 2]))
    def a_message_is_delivered(self, place: int, times: int) -> None:
        message = self.queue.pop(place % len(self.queue))
        for _ in range(times):
            if self.house.deliver(message) is not None:
                self.queue.append(message)
        self.queue += self.house.take()

    @precondition(lambda self: self.queue)
    @rule()
    def all_messages_are_delivered(self) -> None:
        waiting, self.queue = self.queue, []
        self.queue = [message for message in waiting if self.house.deliver(message) is not None]
        self.queue += self.house.take()

    @precondition(lambda self: self.queue)
    @rule(place=st.integers(0, 20))
    def a_message_is_lost(self, place: int) -> None:
        self.queue.pop(place % len(self.queue))

    @rule(place=st.integers(0, 20), call=st.integers(1, 6), after=st.booleans(), at=st.booleans())
    def a_process_is_killed(self, place: int, call: int, after: bool, at: bool) -> None:
        """At a transaction or an upload, before or after it; the next messages come as usual."""
        # A window of some rows has a file, its manifest and no more.
        fault = (
            Fault("create", killed, numbers=(1 + call % 2,), after=after)
            if at
            else Fault("run", killed, numbers=(call,), after=after)
        )
        services = self.broken_by(fault)
        if not self.queue:
            self.pass_time(timedelta(hours=12))
            self.a_tick()
        waiting, self.queue = self.queue[: place + 1], self.queue[place + 1 :]
        try:
            while waiting:
                self.house.deliver(waiting.pop(), services)
                waiting += self.house.take()
        except Killed:
            self.seen[f"killed at {fault.method}"] += 1
        self.queue += waiting
        self.settle()

    def broken_by(self, fault: Fault) -> Services:
        if fault.method == "run":
            return self.house.with_(database=fault.on(self.house.services.database))
        return self.house.with_(bucket=lambda *names: fault.on(self.bucket(*names)))

    # What people do.

    @rule(hours=st.sampled_from(HOURS))
    def somebody_makes_an_export(self, hours: int) -> None:
        if len(self.exports) < 3 and self.open:
            self.exports.append(self.house.recurring(hours))

    @rule(which=st.integers(0, 2), form=st.sampled_from([Format.JSON, Format.CSV]))
    def somebody_edits(self, which: int, form: Format) -> None:
        self.asked(
            lambda export: edit_export(self.house.services, 1, export.export_id, format=form), which
        )

    @rule(which=st.integers(0, 2), really=st.sampled_from([False, False, True]))
    def somebody_stops(self, which: int, really: bool) -> None:
        def stop(export: Export) -> None:
            stop_export(self.house.services, 1, export.export_id)
            self.stopped_by_hand.add(export.export_id)

        if really:
            self.asked(stop, which)

    @rule(which=st.integers(0, 2))
    def somebody_runs_it_now(self, which: int) -> None:
        self.asked(lambda export: run_now(self.house.services, ACTOR, 1, export.export_id), which)

    @rule(which=st.integers(0, 20), again=st.sampled_from([retry_run, replay_run]))
    def somebody_repeats_a_run(self, which: int, again) -> None:
        runs = [run for export in self.exports for run in self.house.runs(export)]
        if not runs:
            return
        run = runs[which % len(runs)]
        try:
            again(self.house.services, ACTOR, 1, run.run_id)
        except Conflict as refusal:
            note(refusal.message)
        self.settle()

    def asked(self, change, which: int) -> None:
        """Ask for a change of one export; it may be refused, and then nothing is changed."""
        export = self.exports[which % len(self.exports)]
        try:
            change(export)
        except InvalidInput as refusal:
            note(refusal.message)
        self.settle()

    @precondition(lambda self: self.open)
    @rule(seen_by_probes=st.sampled_from([False, False, False, True]))
    def access_breaks(self, seen_by_probes: bool) -> None:
        self.open, self.seen_by_probes = False, seen_by_probes

    @precondition(lambda self: not self.open)
    @rule()
    def access_is_mended(self) -> None:
        self.open = True

    # The monitor, and what customers get to read.

    @rule(call=st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8]), after=st.booleans())
    def the_monitor_looks(self, call: int, after: bool) -> None:
        fault = Fault("run", killed, numbers=(call,), after=after)
        try:
            monitor(self.broken_by(fault), self.house.now)
        except Killed:
            self.seen["killed monitor"] += 1
        self.settle()

    @rule(mood=st.sampled_from(Mood))
    def the_outbox_is_sent(self, mood: Mood) -> None:
        self.postbox.mood = mood
        send_due(self.house.services, self.house.now)

    @rule(looks=st.integers(2, 7), mood=st.sampled_from([Mood.TAKES_MAIL, *Mood]))
    def days_pass(self, looks: int, mood: Mood) -> None:
        self.postbox.mood = mood
        for _ in range(looks):
            self.pass_time(timedelta(hours=13))
            self.settle()
            self.all_go_on()

    def all_go_on(self) -> None:
        """What the deployed functions do within an hour."""
        self.house.tick()
        self.house.drain()
        monitor(self.house.services, self.house.now)
        self.house.drain()
        send_due(self.house.services, self.house.now)
        self.settle()

    def settle(self) -> None:
        """Take the messages that were published, and note what was stopped meanwhile."""
        self.queue += self.house.take()
        for export in self.exports:
            if self.house.again(export).status is ExportStatus.STOPPED:
                self.stops.setdefault(export.export_id, self.true_time)

    # What must hold.

    def teardown(self) -> None:
        try:
            self.come_to_rest()
            for export in self.exports:
                assert_delivered_once(self.house, export, self.rows)
            assert_nobody_gets_a_mail_twice(self.house, self.postbox)
            self.seen["stopped"] += assert_stopped_after_two_warnings(
                self.house, self.postbox, self.stops, self.stopped_by_hand
            )
            self.seen.update(incident_endings(self.house))
            self.seen.update(str(run.kind) for run in self.newest_runs())
        finally:
            self.kept.close()
            self.house.services.database.close()
            shutil.rmtree(self.folder)

    def come_to_rest(self) -> None:
        """Mend everything, and let Sluice go on until nothing is left to do."""
        self.open = True
        self.postbox.mood = Mood.TAKES_MAIL
        self.deliver_all()
        for _ in range(LOOKS_TO_RECOUNT):
            self.pass_time(timedelta(hours=HOURS_TO_RECOUNT))
            self.all_go_on()
        self.deliver_all()

    def deliver_all(self) -> None:
        for _ in range(LOOKS_MAX):
            left = [run for run in self.newest_runs() if run.status is not RunStatus.DONE]
            if not left:
                return
            self.pass_time(timedelta(hours=2))
            self.all_go_on()
        raise AssertionError(f"windows are never delivered: {left}")

    def newest_runs(self) -> list[Run]:
        """The newest run of each window of all exports that go on; a replay is somebody's wish."""
        newest = {}
        for export in self.exports:
            if self.house.again(export).status is ExportStatus.STOPPED:
                continue
            for run in sorted(self.house.runs(export), key=lambda run: run.run_id):
                if run.kind is not RunKind.REPLAY:
                    newest[export.export_id, run.window.end_at, run.kind] = run
        return list(newest.values())
