"""The result of trying a bucket, step by step, and what to do about the one that failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.api.pages.faults import guide_link
from functions.api.pages.visits import url
from shared.domain import bucket_steps as tried
from shared.domain.bucket_steps import LOOKING, WORDS, BucketRefused, Outcome, Part
from shared.errors import SluiceError
from shared.reasons import KEY_REFUSED, Blame, Reason, of

TRIED = tuple(WORDS[part] for part in LOOKING)
ADVICE = (
    "Check that the bucket name matches exactly.",
    "Create the key again, copy and paste it.",
)
# A step of most reasons, which who sees these has just done.
TESTED_AGAIN = "Then press Test"
# Colour and icon; a right that Sluice can do without is no fault.
LOOKS = {
    Outcome.PASSED: ("good", "done"),
    Outcome.WARNED: ("quiet", "info"),
    Outcome.UNKNOWN: ("quiet", "info"),
    Outcome.FAILED: ("bad", "failed"),
    Outcome.NOT_TRIED: ("quiet", "info"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried, as the page shows it."""

    words: str
    tone: str
    icon: str
    detail: str = ""
    # What to do about this one alone.
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """All of them, and the advice when one failed."""

    title: str
    fine: bool
    all: Sequence[Line]
    advice: Sequence[str] = ()
    guide: str = ""


def shown(steps: Sequence[tried.Step]) -> Steps:
    """The steps of a trial, whether it went well or not."""
    fine = all(step.outcome is not Outcome.FAILED for step in steps)
    lines = [_line(step) for step in steps]
    if fine:
        return Steps("The bucket lets Sluice in", True, lines)
    failed_one = next(step for step in steps if step.outcome is Outcome.FAILED)
    reason = of(failed_one.reason)
    if reason.blame is not Blame.CUSTOMER:
        return hindered(lines, reason)
    if failed_one.part is Part.OBJECT:
        # The name and the key are right, or it would have failed before.
        return _failed("The bucket lets Sluice in, but takes no object", lines, reason, ())
    return _failed("The bucket does not let Sluice in", lines, reason)


def failed(error: SluiceError) -> Steps | None:
    """Where it failed; None when the error came before anything was tried."""
    if isinstance(error, BucketRefused):
        return shown(error.steps)
    if error.reason != KEY_REFUSED:
        return None
    first, *rest = TRIED
    lines = [Line(first, "bad", "failed", error.message)]
    lines += [Line(each, "quiet", "info", "Not tried") for each in rest]
    reason = of(KEY_REFUSED)
    return _failed(reason.title.removesuffix("."), lines, reason)


def hindered(lines: Sequence[Line], reason: Reason) -> Steps:
    """What hinders the trial alone; where it passes, the step that failed says what to do."""
    if reason.blame is Blame.TRANSIENT:
        return Steps("Nothing could be found out for now", False, lines)
    return Steps(reason.title.removesuffix("."), False, lines, reason.fix)


def _failed(
    title: str, lines: Sequence[Line], reason: Reason, advice: Sequence[str] = ADVICE
) -> Steps:
    """Both pieces of advice, and whatever else mends this reason."""
    told = (*(line.removesuffix(".") for line in ADVICE), TESTED_AGAIN)
    more = (line for line in reason.fix if not line.startswith(told))
    return Steps(
        title, False, lines, (*advice, *more), guide_link(reason) or url("guide") + "#errors"
    )


def _line(step: tried.Step) -> Line:
    tone, icon = LOOKS[step.outcome]
    detail = "Not tried" if step.outcome is Outcome.NOT_TRIED else step.detail
    return Line(step.words, tone, icon, detail)
