"""The form of an export: from its fields to the choices of the service, and back again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from secrets import token_urlsafe
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from functions.api.pages.lists import day_of
from shared.domain.choices import Compression, DataType, Format, Frequency, Identifier
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.domain.identities import default_priority
from shared.domain.members import Actor, Via
from shared.domain.presets import Preset, preset_dates
from shared.errors import InvalidInput

Choice = TypeVar("Choice", bound=StrEnum)
# Beside the presets: dates that a person gives.
DAY, RANGE = "day", "custom"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose, and what has to be told about it."""

    choices: dict[str, Any]
    note: str = ""


def chosen(
    form: MultiDict[str, str], actor: Actor, *, today: date, editing: bool = False
) -> Chosen:
    """The choices in the form; raises InvalidInput with one sentence that says what to do."""
    _check_bucket(form, actor)
    data_type = _one(DataType, form.get("data_type"), "data type")
    frequency = _one(Frequency, form.get("frequency"), "frequency")
    file_format = _one(Format, form.get("format"), "format")
    selected = data_type is DataType.SELECT_EVENTS
    given = form.get("send_to", "").strip(" \t\r\n,;")
    csv, json_events = file_format is Format.CSV, file_format is Format.JSON
    choices: dict[str, Any] = {
        "bucket": form.get("bucket", ""),
        "data_type": data_type,
        "frequency": frequency,
        "format": file_format,
        "compression": _perhaps(Compression, form.get("compression"), "compression"),
        "events": tuple(events_in(form)) if selected else None,
        "as_string": form.get("as_string") == "yes",
        "identity_priority": None if selected else _priority(form.getlist("priority")),
        "every": _every(form, frequency),
        # A field that does not show for this format says nothing.
        "first_line": "first_line" in form if json_events and not data_type.is_profiles else None,
        "formula_guard": "formula_guard" in form if csv else None,
        "prefix": form.get("prefix", "").strip(),
        "send_to": tuple(re.split(r"[\s,;]+", given)) if given else (),
    }
    note = ""
    if not editing:
        dates, note = _dates(form, frequency, data_type, today)
        choices |= dates
    return Chosen({name: each for name, each in choices.items() if each is not None}, note)


def _check_bucket(form: MultiDict[str, str], actor: Actor) -> None:
    """A folder is for the person at the machine; anybody else could write where he likes."""
    if not form.get("bucket", "").startswith(BUCKET_SCHEME) and actor.via is not Via.LOCAL:
        raise InvalidInput("Name a saved bucket of this account, for example gs://my-bucket.")


def fields_of(choices: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows for choices that were made before, or for none at all."""
    every: timedelta | None = choices.get("every")
    minutes = 0 if every is None else int(every.total_seconds()) // 60
    start_on, end_on = choices.get("start_on"), choices.get("end_on")
    live = choices.get("frequency") is Frequency.LIVE
    return {
        "request_id": token_urlsafe(18),
        "bucket": choices.get("bucket", ""),
        "data_type": str(choices.get("data_type") or DataType.ALL_EVENTS),
        "frequency": str(choices.get("frequency") or Frequency.ONE_TIME),
        "format": str(choices.get("format") or Format.JSON),
        "compression": str(choices.get("compression") or ""),
        "events": list(choices.get("events") or ()),
        "as_string": bool(choices.get("as_string")),
        "priority": [str(each) for each in choices.get("identity_priority") or ()],
        "every_hours": str(minutes // 60) if minutes and not live else "24",
        "every_minutes": str(minutes) if live and minutes else "10",
        "preset": _preset_of(start_on, end_on),
        "day": "" if start_on is None else start_on.isoformat(),
        "start_on": "" if start_on is None else start_on.isoformat(),
        "end_on": "" if end_on is None else end_on.isoformat(),
        "first_line": choices.get("first_line") is not False,
        "formula_guard": bool(choices.get("formula_guard")),
        "prefix": choices.get("prefix") or "",
        "send_to": "\n".join(choices.get("send_to") or ()),
        "continue_from": choices.get("continue_from"),
    }


def fields_sent(form: MultiDict[str, str]) -> dict[str, Any]:
    """The fields as they were sent, to be shown again; nothing in them is believed."""
    names = ["request_id", "bucket", "data_type", "frequency", "format", "compression"]
    names += ["every_hours", "every_minutes", "preset", "day", "prefix", "send_to"]
    recurring = form.get("frequency") != Frequency.ONE_TIME
    return {name: form.get(name, "") for name in names} | {
        "events": events_in(form),
        "as_string": form.get("as_string") == "yes",
        "priority": form.getlist("priority"),
        "start_on": form.get("start" if recurring else "from", ""),
        "end_on": form.get("to", ""),
        "first_line": "first_line" in form or form.get("format") != Format.JSON,
        "formula_guard": "formula_guard" in form,
    }


def _preset_of(start_on: date | None, end_on: date | None) -> str:
    if end_on is None:
        return str(Preset.YESTERDAY)
    return DAY if start_on == end_on else RANGE


def priority_offered(account: Any) -> list[str]:
    """What the form offers at first where several identifiers are in use."""
    return [str(each) for each in default_priority(account)]


def events_in(form: MultiDict[str, str]) -> list[str]:
    """The names that were ticked, then those that were written, each once."""
    written = (line.strip("\r") for line in form.get("events", "").split("\n"))
    return list(dict.fromkeys(filter(None, [*form.getlist("event"), *written])))


def _dates(
    form: MultiDict[str, str], frequency: Frequency, data_type: DataType, today: date
) -> tuple[dict[str, date | None], str]:
    if frequency is not Frequency.ONE_TIME:
        return {"start_on": day_of(form.get("start", ""))}, ""
    if data_type.is_profiles:
        # Profiles are exported as they are now, whatever dates stand in the form.
        return {}, ""
    preset = form.get("preset", RANGE)
    if preset == DAY:
        day = day_of(form.get("day", ""))
        return {"start_on": day, "end_on": day}, ""
    if preset == RANGE:
        start_on = day_of(form.get("from", ""))
        return {"start_on": start_on, "end_on": day_of(form.get("to", "")) or start_on}, ""
    found = preset_dates(_one(Preset, preset, "range of dates"), today)
    return {"start_on": found.start_on, "end_on": found.end_on}, found.note


def _every(form: MultiDict[str, str], frequency: Frequency) -> timedelta | None:
    if frequency is Frequency.ONE_TIME:
        return None
    live = frequency is Frequency.LIVE
    text = form.get("every_minutes" if live else "every_hours", "")
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise InvalidInput("Give the length of a window as a whole number.")
    return timedelta(minutes=int(text)) if live else timedelta(hours=int(text))


def _priority(texts: list[str]) -> tuple[Identifier, ...] | None:
    given = tuple(_one(Identifier, text, "identifier") for text in texts if text)
    return given or None


def _one(kind: type[Choice], text: str | None, what: str) -> Choice:
    if text not in list(kind):
        raise InvalidInput(f"Choose the {what} from the list.")
    return kind(text)


def _perhaps(kind: type[Choice], text: str | None, what: str) -> Choice | None:
    return _one(kind, text, what) if text else None
