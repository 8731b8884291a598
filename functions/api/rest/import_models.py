"""What goes into the operations on imports: source, mapping, schedule."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from functions.api.rest.models import (
    ID_MAX,
    NO_CONTROLS,
    AccountPath,
    DayNumber,
    Every,
    Id,
    Input,
    PageQuery,
)
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_schedules import Schedule, When
from shared.domain.import_specs import SQL_CHARS_MAX, ImportSpec, SourceQuery
from shared.domain.import_states import ImportStatus
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


class ImportPath(AccountPath):
    """The address of an import."""

    import_id: int = Field(
        ge=1, le=ID_MAX, description="The import's id.", json_schema_extra={"example": 1}
    )


class ImportRunPath(AccountPath):
    """The address of an import run."""

    import_run_id: int = Field(
        ge=1, le=ID_MAX, description="The run's id.", json_schema_extra={"example": 1}
    )


class ImportsQuery(PageQuery):
    """Which imports to list."""

    connection_id: int | None = Field(
        default=None,
        ge=1,
        le=ID_MAX,
        description="Only those of this connection.",
        json_schema_extra={"example": 1},
    )
    status: list[ImportStatus] = Field(
        default=[],
        max_length=6,
        description="Only those that stand there; a run that is open counts as its import's "
        "status between runs.",
    )


class SourceIn(Input):
    """What is read: a table or view of the dataset, or one SELECT."""

    connection_id: Id = Field(description="The connection.", examples=[1])
    table: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_024,
        pattern=NO_CONTROLS,
        description="A plain table or view of the dataset, its name alone.",
        examples=["orders"],
    )
    sql: str | None = Field(
        default=None,
        min_length=1,
        max_length=SQL_CHARS_MAX,
        description="Or one SELECT that reads this dataset alone.",
    )


class SuggestionIn(SourceIn):
    """For what a mapping is wanted."""

    kind: Kind = Field(default=Kind.EVENTS, description="Events or profiles.")


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


class DryRunIn(SourceIn):
    """What a dry run tries."""

    mapping: MappingIn = Field(description="The mapping to try.")


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


class ImportIn(SourceIn):
    """An import to make, or what it is to be from now on."""

    nickname: str = Field(
        min_length=1,
        max_length=64,
        pattern=NO_CONTROLS,
        description="*Nickname*, once in the account.",
        examples=["Orders"],
    )
    mapping: MappingIn | None = Field(default=None, description="May be missing in a draft.")
    schedule: ScheduleIn = Field(default=ScheduleIn(), description="By hand unless given.")

    def spec(self, time_zone: str, now: datetime) -> ImportSpec:
        """As the domain checks it."""
        return ImportSpec(
            nickname=self.nickname,
            connection_id=self.connection_id,
            source=query_of(self),
            mapping=None if self.mapping is None else self.mapping.mapping(),
            schedule=self.schedule.schedule(time_zone, now),
        )


class NewImportIn(ImportIn):
    """An import to make."""

    draft: bool = Field(default=False, description="Keep it as a draft, without a mapping yet.")


def query_of(body: SourceIn) -> SourceQuery:
    """As the domain checks it."""
    return SourceQuery(body.table, body.sql)
