"""Bounds of the monitor's work, and how long is kept what proves nothing."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Watching:
    """Bounds of one look of the monitor, and how long what proves nothing is kept."""

    # Rows of state read at a time, and incidents that one transaction warns of or closes: as many
    # as an e-mail can list.
    rows_at_once: int = 1_000
    incidents_at_once: int = 200
    # Buckets tried at a time, and time for all of them; the rest is told by the next look. The
    # call of the function ends after 540 s.
    probes_at_once: int = 8
    probes_time: timedelta = timedelta(minutes=4)
    # Data reaches back 60 days, and windows that failed before that are an operator's work.
    failures_reach: timedelta = timedelta(days=60)
    # The monitor looks every hour. When it has not looked for longer than this, it was down or the
    # clock was set forward, and nobody can tell which: that time is not held against a customer.
    believed_gap: timedelta = timedelta(hours=3)
    # A window that failed again is planned again later each time, up to 16 times this: a little
    # less than an hour, so that no look comes a moment too early.
    retry_after: timedelta = timedelta(minutes=50)
    # A probe may be wrong: once a day a run tries what the probe says is closed.
    trial_against_probe_after: timedelta = timedelta(hours=20)
    # Retries of a run that failed by a fault of ours; then it is an operator's work.
    our_retries_max: int = 3
    # A run of a window of a day is written in an hour or two.
    stuck_after: timedelta = timedelta(hours=6)
    stuck_shown: int = 20
    # Answers to repeated requests are promised for a day, and rates forget within a minute.
    keep_requests: timedelta = timedelta(days=2)
    keep_rates: timedelta = timedelta(days=2)
    # Who changed what is asked within a year; dead letters, while their cause is looked for.
    keep_audit: timedelta = timedelta(days=400)
    keep_dead_letters: timedelta = timedelta(days=30)
    # A webhook gets a message within a day or never; its page shows the newest few.
    keep_webhook_messages: timedelta = timedelta(days=30)
    # Rejected rows hold customers' values, and may be many at each run; their counts by reason
    # stay with the run for good.
    keep_import_rejects: timedelta = timedelta(days=90)
    # Rows that one look removes from one table, and by one statement.
    purge_max: int = 100_000
    purge_at_once: int = 5_000
