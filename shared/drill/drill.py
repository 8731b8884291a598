"""Runs a drill: an export works, breaks, is warned of, and is stopped or mended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from shared.config import MailConfig
from shared.domain.account_settings import AccountSettings
from shared.domain.counted import counted
from shared.domain.incidents import SECOND_AFTER, STOP_AFTER, NoticeKind
from shared.drill.breakages import Breakage
from shared.drill.proof import Proof, all_delivered, prove
from shared.drill.sandbox import Sandbox
from shared.drill.timeline import DrillMail, Happening, Timeline
from shared.errors import OurFault
from shared.state.exports import Export

HOUR = timedelta(hours=1)
# The monitor's mail leaves with the next look at the outbox.
OUTBOX_AFTER = timedelta(minutes=1)
BREAKS_AFTER = timedelta(minutes=5)
# The first within the day, the second when two days have passed.
MENDED_AFTER = {1: (NoticeKind.FIRST, 12 * HOUR), 2: (NoticeKind.SECOND, 23 * HOUR)}
# A drill ends after three days and some hours.
LOOKS_MAX = 24 * 6
# Between the moments at which something is due only trials are made, and each costs a while.
STRIDE_MAX = 4 * HOUR


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a drill has shown; times are those of its own clock."""

    breakage: str
    # After which notice it was mended; None when it was not.
    mended_after: int | None
    zone: str
    began_at: datetime
    ended_at: datetime
    # How the incident ended: STOPPED or RECOVERED.
    outcome: str
    happenings: tuple[Happening, ...]
    mails: tuple[DrillMail, ...]
    proof: Proof


def run_drill(
    folder: Path,
    account: AccountSettings,
    email: str,
    breakage: Breakage,
    *,
    mend_after: int | None,
    mailing: MailConfig,
    now: datetime,
) -> DrillReport:
    """The whole drill from `now` on, in an empty folder; its e-mails stay there.

    Raises OurFault when what ought to happen does not.
    """
    began_at = now.replace(second=0, microsecond=0)
    sandbox = Sandbox(folder, mailing, began_at)
    try:
        export = sandbox.set_up(account, email)
        timeline = Timeline(sandbox, export)
        timeline.say(f"The export {export.export_id} is made: all events as JSON, every 4 hours.")
        sandbox.work()
        timeline.look()
        sandbox.now += BREAKS_AFTER
        sandbox.cloud.broken = breakage
        timeline.say(f"{breakage.what}.")
        _until_it_ends(sandbox, export, timeline, mend_after)
        proof = prove(sandbox, export)
        if NoticeKind.RECOVERED in timeline.sent:
            timeline.say(
                f"Checked: {counted(proof.windows, 'window')} without a gap, "
                f"{counted(proof.files, 'file')} that match their manifests, "
                f"{counted(proof.rows, 'row')}, which are all that arrived."
            )
    finally:
        sandbox.close()
    return DrillReport(
        breakage=breakage.name,
        mended_after=mend_after,
        zone=account.time_zone,
        began_at=began_at,
        ended_at=sandbox.now,
        outcome="RECOVERED" if NoticeKind.RECOVERED in timeline.sent else "STOPPED",
        happenings=tuple(timeline.happenings),
        mails=tuple(timeline.mails),
        proof=proof,
    )


def _until_it_ends(
    sandbox: Sandbox, export: Export, timeline: Timeline, mend_after: int | None
) -> None:
    """Hour by hour where something is due, with all that the cloud calls each hour and minute."""
    for _ in range(LOOKS_MAX):
        mends_at = _mends_at(timeline, mend_after)
        sandbox.now = _next_look(sandbox.now, timeline, mends_at)
        if sandbox.cloud.broken is not None and mends_at is not None and sandbox.now >= mends_at:
            sandbox.cloud.broken = None
            timeline.say("Somebody mends it.")
        sandbox.work()
        timeline.look()
        sandbox.look()
        timeline.look()
        sandbox.now += OUTBOX_AFTER
        sandbox.send()
        timeline.look()
        if NoticeKind.STOPPED in timeline.sent:
            return
        if NoticeKind.RECOVERED in timeline.sent and all_delivered(sandbox, export):
            return
    raise OurFault("The drill did not come to its end.")


def _mends_at(timeline: Timeline, mend_after: int | None) -> datetime | None:
    if mend_after is None:
        return None
    kind, later = MENDED_AFTER[mend_after]
    sent_at = timeline.sent.get(kind)
    return None if sent_at is None else sent_at + later


def _next_look(now: datetime, timeline: Timeline, mends_at: datetime | None) -> datetime:
    """The next full hour, or one further ahead if nothing is due until it."""
    hour, sent = now.replace(minute=0), timeline.sent
    first = sent.get(NoticeKind.FIRST)
    if first is None:
        return hour + HOUR
    due = first + (STOP_AFTER if NoticeKind.SECOND in sent else SECOND_AFTER)
    free = min(due, mends_at or due) - hour
    return hour + max(HOUR, min(STRIDE_MAX, free // HOUR * HOUR))
