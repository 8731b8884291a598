"""Where an import stands, what may be done with it then, and how well it goes."""

from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Conflict


class ImportStatus(StrEnum):
    """Where an import stands; Running is shown while a run of a Ready or Scheduled one is open."""

    DRAFT = "Draft"
    READY = "Ready"
    SCHEDULED = "Scheduled"
    RUNNING = "Running"
    PAUSED = "Paused"
    STOPPED = "Stopped"


class Move(StrEnum):
    """What a person does to an import."""

    EDIT = "edit"
    START = "start"
    RUN = "run"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


_S = ImportStatus
FROM = {
    Move.EDIT: frozenset({_S.DRAFT, _S.READY, _S.SCHEDULED, _S.PAUSED}),
    Move.START: frozenset({_S.DRAFT}),
    Move.RUN: frozenset({_S.READY, _S.SCHEDULED}),
    Move.PAUSE: frozenset({_S.READY, _S.SCHEDULED, _S.RUNNING}),
    Move.RESUME: frozenset({_S.PAUSED}),
    Move.STOP: frozenset(set(_S) - {_S.STOPPED}),
}
# While any import of a connection is one of these, the connection stays.
BLOCKING = (_S.READY, _S.SCHEDULED, _S.PAUSED, _S.RUNNING)
_ADVICE = {
    _S.DRAFT: "start it first",
    _S.READY: "it is ready already",
    _S.SCHEDULED: "it is scheduled already",
    _S.RUNNING: "wait for the end of its run, or pause it",
    _S.PAUSED: "resume it first",
    _S.STOPPED: "create it again",
}


def check_move(move: Move, status: ImportStatus) -> None:
    """Raise Conflict when the import cannot be moved so from where it stands."""
    if status not in FROM[move]:
        raise Conflict(f"The import is {status}: {_ADVICE[status]}.", reason="import-status")


def resting(*, scheduled: bool) -> ImportStatus:
    """Where an import stands between two runs."""
    return ImportStatus.SCHEDULED if scheduled else ImportStatus.READY


def shown_status(stored: ImportStatus, *, is_running: bool) -> ImportStatus:
    """The status for people; it is told from the runs, so that no dead run keeps it up."""
    if is_running and stored in (ImportStatus.READY, ImportStatus.SCHEDULED):
        return ImportStatus.RUNNING
    return stored


class ImportRunStatus(StrEnum):
    """How far an import run is."""

    PENDING = "PENDING"
    READING = "READING"
    # All rows are staged, and counted; what is published from here on never changes.
    LANDED = "LANDED"
    # State knows of the publish; it may have taken place or not.
    PUBLISHING = "PUBLISHING"
    DONE = "DONE"
    FAILED = "FAILED"
    STOPPED = "STOPPED"


OPEN_RUN = (
    ImportRunStatus.PENDING,
    ImportRunStatus.READING,
    ImportRunStatus.LANDED,
    ImportRunStatus.PUBLISHING,
)
# A publish that was registered is brought to its end, whatever becomes of the import.
STOPPABLE_RUN = (ImportRunStatus.PENDING, ImportRunStatus.READING, ImportRunStatus.LANDED)


def unpublished_words(status: ImportStatus) -> str:
    """Why a run ended that was not published yet."""
    return f"The import was {str(status).lower()} before this run was published."


class Colour(StrEnum):
    """The colour of an import's health."""

    NONE = "none"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


_WORDS = {
    Colour.NONE: "No run yet",
    Colour.GREEN: "All rows imported",
    Colour.YELLOW: "Some rows rejected",
    Colour.RED: "Most rows rejected, or failed",
}


@dataclass(frozen=True, slots=True)
class Health:
    """How the last run that ended went; hundredths of a percent, None before the first run."""

    hundredths: int | None

    @property
    def colour(self) -> Colour:
        """100 % is green, 50 to 99.99 % yellow, below red."""
        if self.hundredths is None:
            return Colour.NONE
        if self.hundredths == 10_000:
            return Colour.GREEN
        return Colour.YELLOW if self.hundredths >= 5_000 else Colour.RED

    @property
    def words(self) -> str:
        """Beside the colour, for those who do not see it."""
        return _WORDS[self.colour]

    @property
    def percent(self) -> float | None:
        """With two digits; never 100 when a row was rejected."""
        return None if self.hundredths is None else self.hundredths / 100


def health_of(status: ImportRunStatus | None, rows_read: int, rows_rejected: int) -> Health:
    """The health after a run that ended so; None is an import that never ran."""
    if status is None:
        return Health(None)
    if status is ImportRunStatus.FAILED:
        return Health(0)
    if rows_rejected == 0:
        return Health(10_000)
    # Rounded down: one bad row in a million is not all of them.
    return Health((rows_read - rows_rejected) * 10_000 // rows_read)
