"""What a person chooses for an export, as a body of the API."""

from datetime import timedelta
from typing import Any

from pydantic import Field

from functions.api.rest.models import NO_CONTROLS, OPTIONAL, Day, Input, Minutes
from functions.api.rest.routes import Call
from shared.domain.addresses import SEND_TO_MAX
from shared.domain.choices import (
    Compression,
    DataType,
    Format,
    Frequency,
    Identifier,
)
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.domain.local_time import local_date
from shared.domain.members import Via
from shared.domain.presets import Preset, preset_dates
from shared.domain.specs import EVENTS_MAX
from shared.errors import InvalidInput
from shared.jobs.manage_exports import account_of

Bucket = Field(
    pattern=NO_CONTROLS,
    max_length=1_024,
    description="*Partner Bucket name*: `gs://NAME` of a saved bucket.",
    examples=["gs://partner-feed"],
)


class ShapeIn(Input):
    """The choices that an edit can change, too; what is left out, or null, is not chosen."""

    every_minutes: Minutes | None = Field(
        default=None,
        description="Length of a window. Recurring: 240 to 1440 in whole hours (4 to 24 h). "
        "*Live Data Streaming*: 5 to 60, 10 unless chosen. Not for one time.",
        examples=[240],
    )
    format: Format | None = Field(
        default=None, description="*Format*; json unless chosen.", examples=["json"]
    )
    compression: Compression | None = Field(
        default=None,
        description="none for events in text, gzip for profiles and Parquet unless chosen; snappy "
        "and zstd for Parquet only.",
    )
    events: list[str] | None = Field(
        default=None,
        max_length=EVENTS_MAX,
        description="*Select events*: their exact names; for this data type only.",
        examples=[["Order placed"]],
    )
    as_string: bool | None = Field(
        default=None,
        description="*As string*: every property value as a string; else the original types.",
    )
    identity_priority: list[Identifier] | None = Field(
        default=None,
        max_length=3,
        description="*Fallback priority order for identifiers*: required for all events and all "
        "user properties when the account has several identifiers in use, with each of them once.",
        examples=[["identity", "email"]],
    )
    first_line: bool | None = Field(
        default=None,
        description="JSON event files begin with the bare event name; switch it off for readers "
        "that want nothing but JSON lines.",
    )
    formula_guard: bool | None = Field(
        default=None,
        description="CSV: a `'` before cells that a spreadsheet would calculate; off unless "
        "chosen, since it spoils `+91...`.",
    )
    prefix: str | None = Field(
        default=None,
        max_length=768,
        description="A template in front of object names, such as `exports/{run_date}/`; tokens "
        "are account_id, request_id, run_date, event_date and event_name.",
        examples=["exports/{run_date}/"],
    )
    send_to: list[str] | None = Field(
        default=None,
        max_length=SEND_TO_MAX,
        description="*Send to*: e-mail addresses that notices of failures go to beside the "
        "export's creator.",
        examples=[["data-team@example.com"]],
    )


class ExportIn(ShapeIn):
    """A new export."""

    bucket: str = Bucket
    data_type: DataType = Field(
        description="*All events*, *Select events* or *All user properties*.",
        examples=["all_events"],
    )
    frequency: Frequency = Field(
        description="*One time*, *Recurring* or *Live Data Streaming*; it never changes.",
        examples=["recurring"],
    )
    start_on: Day | None = Field(
        default=None,
        description="First local date, from 12:00 a.m. on, up to 60 days back.",
        examples=["2026-11-20"],
    )
    end_on: Day | None = Field(
        default=None, description="Last local date, inclusive; one time only."
    )
    preset: Preset | None = Field(
        default=None,
        description="Dates by name in place of start_on and end_on; one time only. A range that "
        "reaches past the 60th day is cut there.",
    )


class ExportChanges(ShapeIn):
    """What to change in a recurring or live export, from its next run on."""

    bucket: str | None = Field(
        default=None,
        pattern=NO_CONTROLS,
        max_length=1_024,
        description="`gs://NAME` of a saved bucket.",
    )
    data_type: DataType | None = Field(
        default=None, description="Between all events and selected events only."
    )


class AgainIn(ShapeIn):
    """What shall differ from the export that is created again."""

    model_config = OPTIONAL

    bucket: str | None = Field(default=None, pattern=NO_CONTROLS, max_length=1_024)
    start_on: Day | None = Field(
        default=None, description="One time: other dates. Recurring: begin here instead."
    )
    end_on: Day | None = Field(default=None, description="One time only.")


def choices_of(call: Call, body: ShapeIn) -> dict[str, Any]:
    """The choices that were made, by the names of the domain."""
    given = {name: getattr(body, name) for name in type(body).model_fields}
    chosen: dict[str, Any] = {name: each for name, each in given.items() if each is not None}
    minutes = chosen.pop("every_minutes", None)
    if minutes is not None:
        chosen["every"] = timedelta(minutes=minutes)
    for name in ("events", "identity_priority", "send_to"):
        if name in chosen:
            chosen[name] = tuple(chosen[name])
    check_bucket(call, chosen)
    if "preset" in chosen:
        chosen |= _dates_of(call, chosen.pop("preset"), chosen)
    return chosen


def check_bucket(call: Call, chosen: dict[str, Any]) -> None:
    """A folder of the machine that runs this is for the person who sits at it.

    Everybody else could write where he likes.
    """
    bucket = chosen.get("bucket", BUCKET_SCHEME)
    if not bucket.startswith(BUCKET_SCHEME) and call.actor.via is not Via.LOCAL:
        raise InvalidInput("Name a saved bucket of this account, for example gs://my-bucket.")


def _dates_of(call: Call, preset: Preset, chosen: dict[str, Any]) -> dict[str, Any]:
    """The dates that the name stands for today, in the account's zone."""
    if "start_on" in chosen or "end_on" in chosen:
        raise InvalidInput("Give either a preset or dates, not both.")
    if chosen.get("frequency") is not Frequency.ONE_TIME:
        raise InvalidInput("A preset is for one-time exports: give start_on instead.")
    zone = account_of(call.services, call.account_id).time_zone
    dates = preset_dates(preset, local_date(call.services.clock(), zone))
    return {"start_on": dates.start_on, "end_on": dates.end_on}
