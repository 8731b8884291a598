"""From the body of a request to the choices of the services, and what has to be told of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.api.rest.export_models import ShapeIn
from functions.api.rest.routes import Call
from shared.domain.choices import Frequency
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.domain.local_time import local_date
from shared.domain.members import check_at_machine
from shared.domain.presets import Preset, PresetDates, preset_dates
from shared.errors import InvalidInput
from shared.jobs.create_again import continuation
from shared.jobs.manage_exports import account_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choices by the names of the domain, and sentences about what became of them."""

    choices: dict[str, Any]
    notes: tuple[str, ...] = ()


def chosen(call: Call, body: ShapeIn) -> Chosen:
    """What was chosen; raises InvalidInput for choices that exclude each other."""
    given = {name: getattr(body, name) for name in type(body).model_fields}
    choices: dict[str, Any] = {name: each for name, each in given.items() if each is not None}
    minutes = choices.pop("every_minutes", None)
    if minutes is not None:
        choices["every"] = timedelta(minutes=minutes)
    for name in ("events", "identity_priority", "send_to"):
        if name in choices:
            choices[name] = tuple(choices[name])
    check_bucket(call, choices)
    if "preset" in choices:
        found = _dates_of(call, choices.pop("preset"), choices)
        dates = {"start_on": found.start_on, "end_on": found.end_on}
        return Chosen(choices | dates, (found.note,) if found.note else ())
    if "continues" in choices:
        return _continued(call, choices)
    return Chosen(choices)


def check_bucket(call: Call, choices: dict[str, Any]) -> None:
    """Refuse a folder to everybody but the person at the machine."""
    check_at_machine(call.actor, choices.get("bucket", BUCKET_SCHEME))


def _dates_of(call: Call, preset: Preset, choices: dict[str, Any]) -> PresetDates:
    """The dates that the name stands for today, in the account's zone."""
    if "start_on" in choices or "end_on" in choices:
        raise InvalidInput("Give either a preset or dates, not both.")
    if choices.get("frequency") is not Frequency.ONE_TIME:
        raise InvalidInput("A preset is for one-time exports: give start_on instead.")
    zone = account_of(call.services, call.account_id).time_zone
    return preset_dates(preset, local_date(call.services.clock(), zone))


def _continued(call: Call, choices: dict[str, Any]) -> Chosen:
    """The choices, beginning where another export has come to."""
    export_id = choices.pop("continues")
    if "start_on" in choices:
        raise InvalidInput("Give either start_on or an export to go on from, not both.")
    found = continuation(call.services, call.account_id, export_id, choices["frequency"])
    return Chosen(choices | found.choices, found.notes)
