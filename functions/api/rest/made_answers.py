"""What the API answers when an export is made, would be made again, or is stopped."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import Field

from functions.api.rest.export_answers import ExportOut, export_out
from functions.api.rest.models import Output
from shared.domain.choices import ExportStatus
from shared.jobs.create_again import Prefilled
from shared.state.exports import Export

# Choices that the body of a request calls otherwise.
_NAMES = {"every": "every_minutes"}


class MadeOut(ExportOut):
    """An export that was just made."""

    notes: list[str] = Field(
        description="What to mind: dates that were cut, windows that are delivered twice."
    )


class AgainOut(Output):
    """What an export like another one would be, before it is made."""

    choices: dict[str, Any] = Field(
        description="As in the body that makes an export; continue_from is where the first window "
        "begins."
    )
    notes: list[str] = Field(description="What to mind, such as windows delivered twice.")


class StoppedOut(Output):
    """What stopping did."""

    request_id: int
    status: ExportStatus
    runs_cancelled: int = Field(description="Undelivered runs that were cancelled.")


def made_out(export: Export, notes: Sequence[str]) -> MadeOut:
    """An export that was just made, with what to mind."""
    return MadeOut(**export_out(export).model_dump(), notes=list(notes))


def again_out(found: Prefilled) -> AgainOut:
    """The choices of an export that would be made again."""
    return AgainOut(
        choices={_NAMES.get(name, name): _plain(each) for name, each in found.choices.items()},
        notes=list(found.notes),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value // timedelta(minutes=1)
    return list(value) if isinstance(value, tuple) else value
