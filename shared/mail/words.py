"""The facts of a notice put into calm words, for a person in a hurry."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.domain.incidents import NoticeKind
from shared.domain.presets import DAYS_BACK_MAX
from shared.mail.letters import Concerned, Letter

DAYS_BACK = timedelta(days=DAYS_BACK_MAX)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens, and when."""

    when: str
    what: str


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a letter, which text and HTML share."""

    tone: str  # bad, stopped or good
    subject: str
    heading: str
    lead: str
    button: str
    safe: str
    next_steps: tuple[Step, ...]
    # Label and value.
    facts: tuple[tuple[str, str], ...]


def content_of(letter: Letter) -> Content:
    """The words of the letter."""
    write = {
        NoticeKind.FIRST: _first,
        NoticeKind.SECOND: _second,
        NoticeKind.STOPPED: _stopped,
        NoticeKind.RECOVERED: _recovered,
    }[letter.kind]
    return write(letter)


def moment(at: datetime, zone: str) -> str:
    """A moment on the clocks of the zone, such as `Wednesday, 25 November 2026, 13:05 CET`."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%A}, {there.day} {there:%B %Y, %H:%M %Z}"


def _first(letter: Letter) -> Content:
    stops = _when(letter, letter.stops_at)
    return Content(
        tone="bad",
        subject=f"{_opening(letter)} cannot be delivered: please fix it within three days",
        heading=f"{_opening(letter)} cannot be delivered",
        lead=f"Sluice cannot write to {letter.bucket}. Please fix this by {stops}. "
        f"{_warning(letter)}",
        button="Fix it now",
        safe=_WAITING,
        next_steps=(
            _TRIES,
            Step(_when(letter, letter.reminds_at), "If it still fails, we remind you once."),
            Step(stops, f"If it still fails, {_stops(letter)}, and we tell you."),
        ),
        facts=tuple(_facts(letter)),
    )


def _second(letter: Letter) -> Content:
    stops = _when(letter, letter.stops_at)
    return Content(
        tone="bad",
        subject=f"Reminder: {_subject(letter)} still cannot be delivered",
        heading=f"{_opening(letter)} still cannot be delivered",
        lead=f"Sluice still cannot write to {letter.bucket}. As our first e-mail said, "
        f"{_stops(letter)} if it is not fixed within three days: by {stops}.",
        button="Fix it now",
        safe=_WAITING,
        next_steps=(
            _TRIES,
            Step(
                stops,
                f"If it still fails, {_stops(letter)}, and we tell you. This is the last e-mail "
                "before that.",
            ),
        ),
        facts=tuple(_facts(letter)),
    )


def _stopped(letter: Letter) -> Content:
    return Content(
        tone="stopped",
        subject=f"{_opening(letter)} {_form(letter, 'was', 'were')} stopped",
        heading=f"{_opening(letter)} {_form(letter, 'was', 'were')} stopped",
        lead=f"Sluice could not write to {letter.bucket} for three days, and wrote to you twice. "
        f"Now it has stopped {_form(letter, 'this export', 'these exports')}. Nothing is "
        f"urgent, but {_form(letter, 'it does', 'they do')} not start again by "
        f"{_form(letter, 'itself', 'themselves')}.",
        button=_form(letter, "Create it again", "See the exports"),
        safe="Every file that was delivered stays as it is. What could not be delivered is still "
        f"in the warehouse: create the {_form(letter, 'export', 'exports')} again, and "
        f"{_form(letter, 'it goes', 'they go')} on from the last good delivery.",
        next_steps=(
            Step(
                "When it suits you",
                f"Fix the cause, then create the {_form(letter, 'export', 'exports')} again.",
            ),
            *_deadline(letter),
        ),
        facts=tuple(_facts(letter)),
    )


def _deadline(letter: Letter) -> Iterator[Step]:
    """Until when what is missing can still be had."""
    missing = [each.missing_from for each in letter.exports if each.missing_from is not None]
    if missing:
        yield Step(
            f"By {_when(letter, min(missing) + DAYS_BACK)}",
            "If you do so by then, nothing is missed: data can be exported for "
            f"{DAYS_BACK_MAX} days back.",
        )


def _recovered(letter: Letter) -> Content:
    return Content(
        tone="good",
        subject=f"{_opening(letter)} {_form(letter, 'works', 'work')} again",
        heading=f"{_opening(letter)} {_form(letter, 'works', 'work')} again",
        lead=f"Sluice can write to {letter.bucket} again. There is nothing more for you to do.",
        button=_form(letter, "See the export", "See the exports"),
        safe="Nothing was lost. What waited is delivered in its order, window by window, and none "
        "is left out.",
        next_steps=(
            Step("Now", "What waited is delivered."),
            Step(
                "Afterwards",
                "Everything goes on as before. Should it fail again one day, you have three days "
                "again.",
            ),
        ),
        facts=tuple(_facts(letter)),
    )


_TRIES = Step(
    "Every hour",
    "Sluice looks whether it works again. Once it does, we tell you, and there is nothing more for "
    "you to do.",
)
_WAITING = (
    "Nothing is lost. Files that were delivered stay as they are, and new data waits. Once Sluice "
    "can write again, all of it is delivered in its order."
)


def _facts(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "Bucket", letter.bucket
    solved = letter.kind is NoticeKind.RECOVERED
    yield ("Failed from" if solved else "Failing since"), moment(letter.since, letter.zone)
    if len(letter.exports) == 1:
        [one] = letter.exports
        yield "Export", f"{one.title}, {one.what}"
        yield "Last good delivery", delivered(one, letter.zone)
    yield "Error", letter.reason.title
    yield "Error code", letter.reason.code


def delivered(export: Concerned, zone: str) -> str:
    """Up to when an export has delivered everything."""
    if export.delivered_until is None:
        return "None yet"
    return f"Complete up to {moment(export.delivered_until, zone)}"


def _when(letter: Letter, at: datetime | None) -> str:
    return moment(at or letter.now, letter.zone)


def _subject(letter: Letter) -> str:
    if len(letter.exports) == 1:
        return f"export {letter.exports[0].title}"
    return f"{len(letter.exports)} exports to {letter.bucket}"


def _opening(letter: Letter) -> str:
    """The same at the beginning of a sentence."""
    text = _subject(letter)
    return text[0].upper() + text[1:]


def _warning(letter: Letter) -> str:
    return (
        f"The {_form(letter, 'export stops', 'exports stop')} if it is not fixed within three days."
    )


def _stops(letter: Letter) -> str:
    return f"the {_form(letter, 'export stops', 'exports stop')}"


def _form(letter: Letter, one: str, many: str) -> str:
    """The words for one export, or for several."""
    return one if len(letter.exports) == 1 else many
