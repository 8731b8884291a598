"""Looks into a customer's dataset before an import is made: tables, rows, a mapping, a dry run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from uuid import uuid4

from shared.domain.import_columns import SourceColumn
from shared.domain.import_mapping import Kind, Mapping, check_columns
from shared.domain.import_specs import SourceQuery
from shared.domain.import_suggestions import suggest
from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Reading, Source
from shared.jobs.manage_connections import connection_of
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.loading.found import Rejected

T = TypeVar("T")

PREVIEW_ROWS = 20
# A table of 10,000 columns is shown by its first ones; all of them are listed.
PREVIEW_COLUMNS = 100
CELL_CHARS = 200


@dataclass(frozen=True, slots=True)
class SourcePreview:
    """First rows of a source, as texts."""

    # All columns; the rows hold the first ones.
    columns: tuple[SourceColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    # What reading all of it would be billed for in the customer's project, where that is told.
    bytes: int | None


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What became of one field of the mapping in a dry run."""

    field: str
    # Empty where the value is the same for all rows.
    column: str
    rows_rejected: int
    # One reason, when any row was rejected for this field.
    reason: str = ""
    # A value of the sample.
    example: str | None = None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would do with a sample; nothing was stored anywhere."""

    rows: int
    rows_rejected: int
    fields: tuple[FieldResult, ...]
    rejected: tuple[Rejected, ...]


def list_tables(
    services: Services, account_id: int, connection_id: int, *, actor: Actor = COMMAND_LINE
) -> list[str]:
    """Names of the tables and views of a connection."""
    return _looked(services, account_id, connection_id, actor, lambda source: source.tables())


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
        shown = described.columns[:PREVIEW_COLUMNS]
        reading = Reading(query, shown, _key(), limit=PREVIEW_ROWS)
        rows = [
            tuple(_text(value) for value in row.values())
            for batch in source.read(reading)
            for row in batch.to_pylist()
        ]
        return SourcePreview(described.columns, tuple(rows[:PREVIEW_ROWS]), described.bytes)

    return _looked(services, account_id, connection_id, actor, look)


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
    return _looked(
        services,
        account_id,
        connection_id,
        actor,
        lambda source: suggest(source.describe(query).columns, kind, name),
    )


def dry_run(
    services: Services,
    account_id: int,
    connection_id: int,
    query: SourceQuery,
    mapping: Mapping,
    *,
    actor: Actor = COMMAND_LINE,
) -> DryRun:
    """Check and map a sample as a run would; it writes nowhere but into a file that is removed."""

    def look(source: Source) -> DryRun:
        # DuckDB comes with it, and the api function starts faster without.
        from shared.loading.check import Checker

        columns = source.describe(query).columns
        check_columns(mapping, columns)
        by_name = {column.name: column for column in columns}
        wanted = tuple(by_name[name] for name in mapping.columns)
        limits = services.limits
        reading = Reading(query, wanted, _key(), limit=limits.import_sample_rows)
        checker = Checker(
            mapping,
            wanted,
            None,
            account_id,
            json_as_text=True,
            memory_mb=limits.import_memory_mb,
        )
        batches = [batch for batch in source.read(reading) if batch.num_rows]
        with TemporaryDirectory(prefix="sluice-dry-run-") as folder:
            out = Path(folder) / "rows.parquet"
            written = checker.write(iter(batches), out)
            rejected = checker.rejects(out, limit=PREVIEW_ROWS) if written else []
        examples: dict[str, str | None] = {}
        for batch in batches[:1]:
            examples = {name: _text(value) for name, value in batch.to_pylist()[0].items()}
        found = checker.found
        fields = _fields(mapping, found.by_reason, examples)
        return DryRun(found.rows, found.rejected, fields, tuple(rejected))

    return _looked(services, account_id, connection_id, actor, look)


def _looked(
    services: Services,
    account_id: int,
    connection_id: int,
    actor: Actor,
    look: Callable[[Source], T],
) -> T:
    require(actor, "imports.preview")
    connection_of(services, account_id, connection_id)
    allow(services, account_id, actor, "preview")
    try:
        return look(services.looks.saved(account_id, connection_id))
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error


def _fields(
    mapping: Mapping, by_reason: dict[str, int], examples: dict[str, str | None]
) -> tuple[FieldResult, ...]:
    """A result for each field; a row with several faults counts for the first of them."""
    fields: list[tuple[str, str, Callable[[str], bool]]] = [
        ("identity", mapping.identity, lambda reason: reason.startswith("identity "))
    ]
    if mapping.kind is Kind.EVENTS:
        named = mapping.event_name_column or ""
        fields.append(("event_name", named, lambda reason: reason == "no event_name"))
        on = mapping.created_on or ""
        fields.append(("created_on", on, lambda reason: reason.endswith(" in ts")))
    if mapping.updated_on is not None:
        fields.append(
            ("updated_on", mapping.updated_on, lambda reason: reason.startswith("*Updated On*"))
        )
    fields += [(ours, theirs, lambda _: False) for ours, theirs in mapping.extra]
    results = [
        _result(field, column, by_reason, about, examples) for field, column, about in fields
    ]
    if mapping.event_name is not None:
        results = [
            replace(each, example=mapping.event_name) if each.field == "event_name" else each
            for each in results
        ]
    for each in mapping.properties:
        begin = f"the property {each.name} is no "
        results.append(_result(each.name, each.column, by_reason, _beginning(begin), examples))
    return tuple(results)


def _beginning(begin: str) -> Callable[[str], bool]:
    return lambda reason: reason.startswith(begin)


def _result(
    field: str,
    column: str,
    by_reason: dict[str, int],
    about: Callable[[str], bool],
    examples: dict[str, str | None],
) -> FieldResult:
    mine = {reason: rows for reason, rows in by_reason.items() if about(reason)}
    return FieldResult(
        field=field,
        column=column,
        rows_rejected=sum(mine.values()),
        reason=max(mine, key=lambda reason: mine[reason], default=""),
        example=examples.get(column),
    )


def _key() -> str:
    return f"look-{uuid4().hex}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:CELL_CHARS]
