"""Why a run failed, in the catalogue's words, with what to do about it."""

from dataclasses import dataclass

from functions.api.pages.visits import url
from shared import reasons
from shared.domain.runs import RunStatus
from shared.reasons import Blame, Reason
from shared.state.run_lists import RunSummary

_AFTERWARDS = {
    Blame.CUSTOMER: "When the cause is mended, Retry plans the window afresh; no window is "
    "skipped.",
    Blame.TRANSIENT: "Retry plans the window afresh; no window is skipped.",
    Blame.OURS: "This is no fault of the bucket or its owner. No window is skipped.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What a page tells of a failed run."""

    title: str
    # What happened this time, where that is more than the title.
    detail: str
    code: str
    reason: Reason
    afterwards: str
    guide: str


def fault_of(run: RunSummary) -> Fault | None:
    """What went wrong and how to fix it; None for a run that did not fail."""
    if run.status is not RunStatus.FAILED or not run.error_reason:
        return None
    reason = reasons.of(run.error_reason)
    told = run.error_message or ""
    return Fault(
        title=reason.title,
        detail="" if told in (reason.title, reason.message) else told,
        code=run.error_reason,
        reason=reason,
        afterwards=_AFTERWARDS[reason.blame],
        guide=guide_link(reason),
    )


def guide_link(reason: Reason) -> str:
    """Where the guide of this account says more; empty where it does not."""
    _, _, place = reason.guide.partition("#")
    return f"{url('guide')}#{place}" if place else ""
