"""Incidents: an unbroken series of failures of one export, its warnings, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.choices import ExportStatus

# The second warning comes a day after the first was accepted. The export stops three days after
# the first was accepted, and never less than a day after the second was.
SECOND_AFTER = timedelta(hours=24)
STOP_AFTER = timedelta(hours=72)
STOP_AFTER_SECOND = timedelta(hours=24)
# The clocks of two machines differ by less than this; what lies further ahead than it was written
# before a clock was set back.
CLOCK_SKEW = timedelta(hours=1)


class NoticeKind(StrEnum):
    """The e-mails of an incident, each at most once."""

    FIRST = "FIRST"
    SECOND = "SECOND"
    STOPPED = "STOPPED"
    RECOVERED = "RECOVERED"


class Step(StrEnum):
    """What an incident needs now; at most one of them in one look."""

    NOTHING = "NOTHING"
    FIRST = "FIRST"
    SECOND = "SECOND"
    STOP = "STOP"


class Ending(StrEnum):
    """How an incident was closed."""

    # A window was delivered, or the bucket let us in and nothing was left to deliver.
    RECOVERED = "RECOVERED"
    # By the monitor, after two warnings.
    STOPPED = "STOPPED"
    # By a member, or there is nothing left to deliver.
    ENDED = "ENDED"
    # The export was led to another bucket; whatever fails there is another incident.
    MOVED = "MOVED"


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of one export; `ending` is None while it is open."""

    incident_id: int
    account_id: int
    export_id: int
    # Where the export delivered to when it failed.
    bucket: str
    # A code of the catalogue, and what was said of the newest failure.
    reason: str
    message: str
    # The newest run that failed; None when a probe found the bucket closed.
    run_id: int | None
    opened_at: datetime
    # When it failed last.
    failed_at: datetime
    # The run that tries whether access works again: its earliest undelivered window.
    trial_run_id: int | None = None
    trial_at: datetime | None = None
    closed_at: datetime | None = None
    ending: Ending | None = None


def step_due(
    incident: Incident, accepted: Mapping[NoticeKind, datetime | None], now: datetime
) -> Step:
    """What is to be done at `now`.

    `accepted` has every notice of the incident that was queued, with the moment from which its
    time counts, or None while no server has accepted it. A moment that lies ahead of `now` was
    written before a clock was set back: then it is too early for everything.
    """
    if incident.closed_at is not None:
        return Step.NOTHING
    if NoticeKind.FIRST not in accepted:
        return Step.FIRST
    first, second = accepted[NoticeKind.FIRST], accepted.get(NoticeKind.SECOND)
    if first is None:
        return Step.NOTHING
    if NoticeKind.SECOND not in accepted:
        return Step.SECOND if now - first >= SECOND_AFTER else Step.NOTHING
    if second is None:
        return Step.NOTHING
    due = now - first >= STOP_AFTER and now - second >= STOP_AFTER_SECOND
    return Step.STOP if due else Step.NOTHING


def stops_at(accepted: Mapping[NoticeKind, datetime | None], now: datetime) -> datetime:
    """The earliest moment at which the export can be stopped, as far as that is known at `now`.

    What is not accepted yet is taken as accepted now, and the second warning as sent in time.
    """
    first = accepted.get(NoticeKind.FIRST) or now
    second = accepted.get(NoticeKind.SECOND) or max(now, first + SECOND_AFTER)
    return max(first + STOP_AFTER, second + STOP_AFTER_SECOND)


def ending_due(
    incident: Incident, *, status: ExportStatus, bucket: str, succeeded: bool
) -> Ending | None:
    """How the incident ends now, when it does: by a success first of all.

    `status` and `bucket` are the export's as they are now.
    """
    if succeeded:
        return Ending.RECOVERED
    if status in (ExportStatus.STOPPED, ExportStatus.DONE):
        return Ending.ENDED
    return Ending.MOVED if bucket != incident.bucket else None


def counted_from(
    moment: datetime, looked_at: datetime | None, now: datetime, *, believed: timedelta
) -> datetime:
    """From when the time since `moment` counts, if the monitor looked at `looked_at` and now.

    A gap longer than what is `believed`, which nobody can explain, is left out. What lies further
    ahead of the clock counts from now; what lies ahead by less is left as it is, since the clock
    may be set right again, and such a gap would be believed.
    """
    if moment > now + believed:
        return now
    gap = timedelta(0) if looked_at is None else now - max(looked_at, moment)
    return min(now, moment + gap) if gap > believed else moment
