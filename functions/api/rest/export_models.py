"""What a person chooses for an export, as a body of the API."""

from pydantic import Field

from functions.api.rest.models import NO_CONTROLS, OPTIONAL, Day, Id, Input, Minutes
from shared.domain.addresses import SEND_TO_MAX
from shared.domain.choices import (
    Compression,
    DataType,
    Format,
    Frequency,
    Identifier,
)
from shared.domain.edits import NAME_CHARS_MAX
from shared.domain.presets import Preset
from shared.domain.specs import EVENTS_MAX

Bucket = Field(
    pattern=NO_CONTROLS,
    max_length=1_024,
    description="*Partner Bucket name*: `gs://NAME` of a saved bucket.",
    examples=["gs://partner-feed"],
)


Name = Field(
    default=None,
    min_length=1,
    max_length=NAME_CHARS_MAX,
    pattern=NO_CONTROLS,
    description="What people call it, and by what a file of exports finds it; once an account.",
    examples=["shop-daily"],
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
    name: str | None = Name
    continues: Id | None = Field(
        default=None,
        description="The request id of an export of the same frequency that this one goes on from, "
        "in place of start_on.",
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
    name: str | None = Name


class NameIn(Input):
    """What an export is called from now on."""

    name: str | None = Field(
        min_length=1,
        max_length=NAME_CHARS_MAX,
        pattern=NO_CONTROLS,
        description="Null takes its name away.",
        examples=["shop-daily"],
    )
