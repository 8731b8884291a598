"""Chips: the word, the colour and the icon of each state, which all say the same."""

from dataclasses import dataclass

from shared.domain.choices import ExportStatus, Frequency
from shared.domain.health import Health, HealthState
from shared.domain.import_states import Colour, ImportRunStatus, ImportStatus
from shared.domain.import_states import Health as ImportHealth
from shared.domain.runs import RunStatus
from shared.domain.specs import ExportSpec


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown."""

    word: str
    tone: str
    icon: str


_EXPORTS = {
    ExportStatus.PENDING: State("PENDING", "pending", "clock"),
    ExportStatus.RUNNING: State("RUNNING", "running", "running"),
    ExportStatus.DONE: State("DONE", "done", "done"),
    ExportStatus.STOPPED: State("STOPPED", "stopped", "stop"),
}
_RUNS = {
    RunStatus.PENDING: State("PENDING", "pending", "clock"),
    RunStatus.PLANNING: State("PLANNING", "running", "running"),
    RunStatus.SNAPSHOT: State("FREEZING", "running", "running"),
    RunStatus.WRITING: State("WRITING", "running", "running"),
    RunStatus.FINISHING: State("FINISHING", "running", "running"),
    RunStatus.DONE: State("DONE", "done", "done"),
    RunStatus.FAILED: State("FAILED", "failed", "failed"),
    RunStatus.STOPPED: State("STOPPED", "stopped", "stop"),
}
_IMPORTS = {
    ImportStatus.DRAFT: State("Draft", "stopped", "edit"),
    ImportStatus.READY: State("Ready", "done", "done"),
    ImportStatus.SCHEDULED: State("Scheduled", "busy", "calendar"),
    ImportStatus.RUNNING: State("Running", "running", "running"),
    ImportStatus.PAUSED: State("Paused", "wait", "pause"),
    ImportStatus.STOPPED: State("Stopped", "stopped", "stop"),
}
_IMPORT_RUNS = {
    ImportRunStatus.PENDING: State("PENDING", "pending", "clock"),
    ImportRunStatus.READING: State("READING", "running", "running"),
    ImportRunStatus.LANDED: State("STAGED", "running", "running"),
    ImportRunStatus.PUBLISHING: State("PUBLISHING", "running", "running"),
    ImportRunStatus.DONE: State("DONE", "done", "done"),
    ImportRunStatus.FAILED: State("FAILED", "failed", "failed"),
    ImportRunStatus.STOPPED: State("STOPPED", "stopped", "stop"),
}
_IMPORT_HEALTH = {
    Colour.NONE: ("stopped", "clock"),
    Colour.GREEN: ("good", "done"),
    Colour.YELLOW: ("wait", "info"),
    Colour.RED: ("bad", "failed"),
}
_HEALTH = {
    HealthState.LATE: State("Late", "pending", "clock"),
    HealthState.FAILING: State("Failing", "failed", "failed"),
}
# What a run does while it is open, after "Run 1795348800 is".
DOING = {
    RunStatus.PLANNING: "being planned",
    RunStatus.SNAPSHOT: "freezing its rows",
    RunStatus.WRITING: "writing files",
    RunStatus.FINISHING: "writing its manifest",
}


def of_export(status: ExportStatus) -> State:
    """The chip of an export."""
    return _EXPORTS[status]


def of_health(health: Health | None) -> State | None:
    """The chip beside it, where something is wrong."""
    return None if health is None else _HEALTH.get(health.state)


def of_run(status: RunStatus) -> State:
    """The chip of a run."""
    return _RUNS[status]


def of_import(status: ImportStatus) -> State:
    """The chip of an import."""
    return _IMPORTS[status]


def of_import_run(status: ImportRunStatus) -> State:
    """The chip of a run of one."""
    return _IMPORT_RUNS[status]


def of_import_health(health: ImportHealth) -> State:
    """How its last run went: how much was imported, in its colour."""
    tone, icon = _IMPORT_HEALTH[health.colour]
    return State("No run yet" if health.percent is None else f"{health.percent:g} %", tone, icon)


def bar_tone(status: RunStatus) -> str:
    """The colour of a run in a sparkline."""
    if status in DOING or status is RunStatus.PENDING:
        return "open"
    return str(status).lower()


def frequency_words(spec: ExportSpec) -> str:
    """How often an export runs, in words."""
    if spec.frequency is Frequency.ONE_TIME or spec.every is None:
        return "One time"
    minutes = int(spec.every.total_seconds()) // 60
    if spec.frequency is Frequency.LIVE:
        return f"Live Data Streaming, every {minutes} minutes"
    return f"Recurring, every {minutes // 60} hours"
