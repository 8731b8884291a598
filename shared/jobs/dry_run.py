"""*Dry run*: checks and maps a sample of a customer's rows; it can write nowhere."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.domain.import_mapping import Kind, Mapping, check_columns
from shared.domain.import_specs import SourceQuery
from shared.domain.members import COMMAND_LINE, Actor
from shared.import_ports import Reading, Source
from shared.jobs.looking import PREVIEW_ROWS, looked, new_key, shown
from shared.jobs.services import Services
from shared.loading.found import Rejected
from shared.loading.mapped import WORDS


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
    rejected: "tuple[Rejected, ...]"


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
    # With it comes DuckDB, for which no start of the api function shall wait.
    from shared.loading.check import Checker

    def look(source: Source) -> DryRun:
        columns = source.describe(query).columns
        check_columns(mapping, columns)
        by_name = {column.name: column for column in columns}
        wanted = tuple(by_name[name] for name in mapping.columns)
        limits = services.limits
        reading = Reading(query, wanted, new_key(), limit=limits.import_sample_rows)
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
            examples = shown(batch, 0)
        found = checker.found
        fields = _fields(mapping, found.by_reason, examples)
        return DryRun(found.rows, found.rejected, fields, tuple(rejected))

    return looked(services, account_id, connection_id, actor, look)


def _fields(
    mapping: Mapping, by_reason: dict[str, int], examples: dict[str, str | None]
) -> tuple[FieldResult, ...]:
    """A result for each field; a row with several faults counts for the first of them."""
    fields: list[tuple[str, str, Callable[[str], bool]]] = [
        ("identity", mapping.identity, lambda reason: reason.startswith("identity "))
    ]
    if mapping.kind is Kind.EVENTS:
        named = mapping.event_name_column or ""
        fields.append(("event_name", named, lambda reason: reason == f"no {WORDS['event_name']}"))
        on = mapping.created_on or ""
        fields.append(("created_on", on, lambda reason: reason.endswith(f" in {WORDS['ts']}")))
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
