"""What goes into the operations on imports."""

from datetime import datetime

from pydantic import Field

from functions.api.rest.import_parts import MappingIn, ScheduleIn
from functions.api.rest.models import (
    ID_MAX,
    NO_CONTROLS,
    AccountPath,
    Id,
    Input,
    PageQuery,
)
from shared.domain.import_mapping import Kind
from shared.domain.import_specs import SQL_CHARS_MAX, ImportSpec, SourceQuery
from shared.domain.import_states import ImportStatus


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


class DryRunIn(SourceIn):
    """What a dry run tries."""

    mapping: MappingIn = Field(description="The mapping to try.")


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
