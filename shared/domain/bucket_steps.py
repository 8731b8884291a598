"""What is tried on a bucket, step by step, and what each step showed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from shared.domain.counted import counted
from shared.domain.left_objects import Left, LeftObject
from shared.errors import InvalidInput, SluiceError

ADVICE = "Check that the bucket name matches exactly; create the key again, copy and paste it."

WAIT_ADVICE = (
    "Test again in a minute; if it stays so, see whether the machine that runs Sluice reaches "
    "Google."
)


class Part(StrEnum):
    """What is tried, in this order."""

    CREDENTIALS = "credentials"
    TOKEN = "token"
    BUCKET = "bucket"
    CREATE = "create"
    READ = "read"
    SETTINGS = "settings"
    # Only when whoever tests asks for it.
    OBJECT = "object"


# What leaves nothing in the bucket.
LOOKING = tuple(part for part in Part if part is not Part.OBJECT)


class Outcome(StrEnum):
    """What a step showed; nothing hinders a delivery but a step that failed."""

    PASSED = "passed"
    # A right that Sluice can do without is not granted.
    WARNED = "warned"
    # The bucket does not tell.
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_TRIED = "not_tried"


WORDS = {
    Part.CREDENTIALS: "The credentials are those of a service account",
    Part.TOKEN: "Google gives a token for them",
    Part.BUCKET: "The bucket is there, under exactly this name",
    Part.CREATE: "Objects may be created in it",
    Part.READ: "Objects may be read back, to compare them",
    Part.SETTINGS: "Location and retention policy",
    Part.OBJECT: "A test object was put there, and read back",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found when a bucket was tried; None is what it does not tell."""

    failed_at: Part | None = None
    # No CustomerFault where something hinders only the trial, for whoever asked for it.
    fault: SluiceError | None = None
    may_create: bool | None = None
    may_read: bool | None = None
    location: str | None = None
    retention: timedelta | None = None
    retention_locked: bool = False
    # The object that was asked for; None where nobody asked.
    left: LeftObject | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried, in words for the page."""

    part: Part
    outcome: Outcome
    words: str
    detail: str = ""
    # From the catalogue of reasons, of the step that failed.
    reason: str = ""


class BucketRefused(InvalidInput):
    """The credentials do not open the bucket; `steps` tell which of them failed."""

    def __init__(self, message: str, *, reason: str, steps: tuple[Step, ...]) -> None:
        super().__init__(message, reason=reason)
        self.steps = steps


def steps_of(trial: Trial) -> tuple[Step, ...]:
    """All steps that were asked for; what comes after the one that failed was not tried."""
    steps = tuple(_step(part, trial) for part in LOOKING)
    return steps if trial.left is None else (*steps, _object(trial, trial.left))


def _step(part: Part, trial: Trial) -> Step:
    order = list(Part)
    if trial.failed_at is not None and trial.fault is not None:
        if part is trial.failed_at:
            fault = trial.fault
            return Step(part, Outcome.FAILED, WORDS[part], fault.message, fault.reason)
        if order.index(part) > order.index(trial.failed_at):
            return Step(part, Outcome.NOT_TRIED, WORDS[part])
    match part:
        case Part.CREATE:
            return _told(part, trial.may_create, "")
        case Part.READ:
            missing = (
                "Not granted. Files are delivered all the same; after a lost answer they cannot "
                "be compared. Grant storage.objects.get."
            )
            return _told(part, trial.may_read, missing)
        case Part.SETTINGS:
            return _settings(trial)
    return Step(part, Outcome.PASSED, WORDS[part])


def _told(part: Part, granted: bool | None, missing: str) -> Step:
    if granted is None:
        return Step(part, Outcome.UNKNOWN, WORDS[part], "The server does not tell.")
    outcome = Outcome.PASSED if granted else Outcome.WARNED
    return Step(part, outcome, WORDS[part], "" if granted else missing)


def _settings(trial: Trial) -> Step:
    words = WORDS[Part.SETTINGS]
    if trial.location is None:
        detail = "Not shown without storage.buckets.get, which Sluice does not need."
        return Step(Part.SETTINGS, Outcome.UNKNOWN, words, detail)
    detail = f"Location {trial.location}; no retention policy."
    if trial.retention is not None:
        lock = ", locked" if trial.retention_locked else ""
        detail = (
            f"Location {trial.location}; retention policy of {_span(trial.retention)}{lock}, "
            "which hinders nothing: Sluice never overwrites or deletes."
        )
    return Step(Part.SETTINGS, Outcome.PASSED, words, detail)


def _object(trial: Trial, left: LeftObject) -> Step:
    part, words = Part.OBJECT, WORDS[Part.OBJECT]
    doubt = f"It may be there all the same, as {left.name}; if it is, you may delete it."
    if trial.failed_at is part and trial.fault is not None:
        told = trial.fault.message
        detail = f"{told} {doubt}" if left.how is Left.DOUBTFUL else told
        return Step(part, Outcome.FAILED, words, detail, trial.fault.reason)
    match left.how:
        case Left.READ_BACK:
            return Step(part, Outcome.PASSED, words, f"It is {left.name}; you may delete it.")
        case Left.UNREAD:
            detail = f"It is {left.name}, and was not read back; you may delete it."
            return Step(part, Outcome.WARNED, words, detail)
        case Left.DOUBTFUL:
            return Step(part, Outcome.UNKNOWN, words, f"No answer came in time. {doubt}")
    return Step(part, Outcome.NOT_TRIED, words)


def _span(retention: timedelta) -> str:
    seconds = int(retention.total_seconds())
    return counted(seconds // 86_400, "day") if seconds % 86_400 == 0 else f"{seconds} s"
