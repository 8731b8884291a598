"""The parts of an import as they are sent: its mapping and its schedule."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from functions.api.rest.models import (
    DayNumber,
    Every,
    Input,
)
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_schedules import Schedule, When
from shared.jobs.import_choices import new_schedule


def _moment(value: object) -> object:
    """A moment in one spelling: RFC 3339 with an offset."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("Give a moment such as 2026-11-22T09:30:00Z") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Name = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]+$")]


class PropertyIn(Input):
    """One column that becomes a property."""

    column: Name = Field(description="The column.")
    name: Name = Field(description="The property.")
    type: FieldType = Field(description="What its values become; others are rejected.")


class MappingIn(Input):
    """Which column becomes what; columns that are not named are not read."""

    kind: Kind = Field(description="Events or profiles.")
    identity: Name = Field(description="The column that names the user.", examples=["user_id"])
    updated_on: Name | None = Field(
        default=None,
        description="*Updated On*, the watermark: after the first run only rows changed since are "
        "read. Timestamps, dates or whole numbers.",
        examples=["updated_at"],
    )
    created_on: Name | None = Field(
        default=None, description="*Created On*: when the event happened.", examples=["created_at"]
    )
    event_name_column: Name | None = Field(
        default=None, description="The column that names the event."
    )
    event_name: Name | None = Field(
        default=None, description="Or one name for all events.", examples=["Bought"]
    )
    extra: dict[str, Name] = Field(
        default={},
        max_length=6,
        description="Further columns of ours and theirs: event_id, object_id, email, phone, name, "
        "platform.",
        examples=[{"email": "mail"}],
    )
    properties: list[PropertyIn] = Field(
        default=[], max_length=200, description="Columns that become properties."
    )

    def mapping(self) -> Mapping:
        """As the domain checks it."""
        return Mapping(
            kind=self.kind,
            identity=self.identity,
            updated_on=self.updated_on,
            created_on=self.created_on,
            event_name_column=self.event_name_column,
            event_name=self.event_name,
            extra=tuple(self.extra.items()),
            properties=tuple(
                Property(each.column, each.name, each.type) for each in self.properties
            ),
        )


class ScheduleIn(Input):
    """When runs are due; local times are of the account's zone."""

    when: When = Field(
        default=When.MANUAL,
        description="By hand, at one moment, every so many minutes, hours or days, or on days of "
        "the week or month at times.",
    )
    every: Every | None = Field(
        default=None, description="How many minutes (15 or more), hours or days."
    )
    start_at: Moment | None = Field(
        default=None,
        description="The moment, or the first run; now unless given.",
        examples=["2026-11-22T09:30:00Z"],
    )
    days: list[DayNumber] = Field(
        default=[], max_length=32, description="0 (Monday) to 6; of the month 1 to 31, or -1."
    )
    times: list[Annotated[str, Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")]] = Field(
        default=[], max_length=24, description="Local times.", examples=[["09:30"]]
    )

    def schedule(self, time_zone: str, now: datetime) -> Schedule:
        """As the domain checks it."""
        return new_schedule(
            self.when,
            time_zone,
            now,
            every=self.every,
            start_at=self.start_at,
            days=self.days,
            times=self.times,
        )
