"""Looks into a customer's dataset before an import is made: tables, rows, a mapping, a dry run."""

from dataclasses import dataclass

from shared.domain.import_columns import SourceColumn
from shared.domain.import_mapping import Kind, Mapping
from shared.domain.import_specs import SourceQuery
from shared.domain.import_suggestions import suggest
from shared.domain.members import COMMAND_LINE, Actor
from shared.import_ports import Reading, Source
from shared.jobs.dry_run import DryRun, FieldResult, dry_run
from shared.jobs.looking import PREVIEW_ROWS, looked, new_key, shown
from shared.jobs.services import Services

__all__ = [
    "DryRun",
    "FieldResult",
    "SourcePreview",
    "dry_run",
    "list_tables",
    "preview_source",
    "suggest_mapping",
]

# A table of 10,000 columns is shown by its first ones; all of them are listed.
PREVIEW_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class SourcePreview:
    """First rows of a source, as texts."""

    # All columns; the rows hold the first ones.
    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    # What reading all of it would be billed for in the customer's project, where that is told.
    bytes: int | None


def list_tables(
    services: Services, account_id: int, connection_id: int, *, actor: Actor = COMMAND_LINE
) -> list[str]:
    """Names of the tables and views of a connection."""
    return looked(services, account_id, connection_id, actor, lambda source: source.tables())


def preview_source(
    services: Services,
    account_id: int,
    connection_id: int,
    query: SourceQuery,
    *,
    actor: Actor = COMMAND_LINE,
) -> SourcePreview:
    """*Preview results*: the columns and some rows."""

    def look(source: Source) -> SourcePreview:
        described = source.describe(query)
        first = described.columns[:PREVIEW_COLUMNS]
        reading = Reading(query, first, new_key(), limit=PREVIEW_ROWS)
        rows = [
            tuple(shown(batch, row).values())
            for batch in source.read(reading)
            for row in range(batch.num_rows)
        ]
        return SourcePreview(described.columns, tuple(rows[:PREVIEW_ROWS]), described.bytes)

    return looked(services, account_id, connection_id, actor, look)


def suggest_mapping(
    services: Services,
    account_id: int,
    connection_id: int,
    query: SourceQuery,
    kind: Kind,
    *,
    actor: Actor = COMMAND_LINE,
) -> Mapping:
    """A mapping to begin with, from the names and types of the columns."""
    name = (query.table or "Imported").strip()
    return looked(
        services,
        account_id,
        connection_id,
        actor,
        lambda source: suggest(source.describe(query).columns, kind, name),
    )
