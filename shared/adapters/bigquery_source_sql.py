"""The SQL that reads a customer's table, view or SELECT in BigQuery, names and all quoted."""

from unicodedata import category

from google.cloud import bigquery

from shared.adapters.bigquery_source_errors import MISSING
from shared.domain.connections import Dataset
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery
from shared.errors import CustomerFault
from shared.import_ports import Reading

# Beside letters, marks and digits: connectors such as _, dashes and spaces.
_SIGNS = frozenset({"Pc", "Pd", "Zs"})
_KINDS = {
    "STRING": ColumnKind.STRING,
    "INTEGER": ColumnKind.INTEGER,
    "INT64": ColumnKind.INTEGER,
    "FLOAT": ColumnKind.FLOAT,
    "FLOAT64": ColumnKind.FLOAT,
    "NUMERIC": ColumnKind.DECIMAL,
    "BOOLEAN": ColumnKind.BOOLEAN,
    "BOOL": ColumnKind.BOOLEAN,
    "DATE": ColumnKind.DATE,
    "TIMESTAMP": ColumnKind.TIMESTAMP,
    "DATETIME": ColumnKind.DATETIME,
    "JSON": ColumnKind.JSON,
    "RECORD": ColumnKind.JSON,
    "STRUCT": ColumnKind.JSON,
    "BYTES": ColumnKind.BYTES,
}


def column_of(field: bigquery.SchemaField) -> SourceColumn:
    """A column as an import sees it; lists and structs are JSON."""
    repeated = field.mode == "REPEATED"
    kind = ColumnKind.JSON if repeated else _KINDS.get(field.field_type, ColumnKind.OTHER)
    shown = f"ARRAY<{field.field_type}>" if repeated else field.field_type
    return SourceColumn(field.name, kind, shown)


def check_table(name: str) -> None:
    """Raise CustomerFault for what is no name of a table: a dot would lead to another dataset."""
    if not all(category(letter)[0] in "LMN" or category(letter) in _SIGNS for letter in name):
        raise CustomerFault(
            "BigQuery has no tables of such names: give the name of one table or view alone, "
            "without its project and dataset, dots or quotes.",
            reason=MISSING,
        )


def source_sql(place: Dataset, query: SourceQuery) -> str:
    """SELECT of all columns of the source."""
    if query.table is not None:
        check_table(query.table)
        return f"SELECT * FROM {_quoted(f'{place.project}.{place.dataset}.{query.table}')}"
    sql = (query.sql or "").strip().rstrip(";")
    # On a line of its own: the statement may end in a comment.
    return f"SELECT * FROM (\n{sql}\n)"


def reading_sql(place: Dataset, reading: Reading) -> str:
    """SELECT of the wanted columns of the rows that changed; @since is the watermark."""
    listed = ", ".join(_read(column) for column in reading.columns)
    where = ""
    if reading.updated_on is not None and reading.since is not None:
        name = _quoted(reading.updated_on.name)
        where = f" WHERE {name} >= @since OR {name} IS NULL"
    limit = "" if reading.limit is None else f" LIMIT {int(reading.limit)}"
    return f"SELECT {listed} FROM ({source_sql(place, reading.query)}){where}{limit}"


def _read(column: SourceColumn) -> str:
    name = _quoted(column.name)
    if column.kind is ColumnKind.JSON:
        return f"{_json(name)} AS {name}"
    if column.kind is ColumnKind.OTHER:
        # Geography, intervals, times, ranges, the widest decimals.
        return f"TRIM({_json(name)}, '\"') AS {name}"
    return name


def _json(name: str) -> str:
    # Of NULL alone BigQuery makes the text `null`, which would be a value.
    return f"IF({name} IS NULL, NULL, TO_JSON_STRING({name}))"


def _quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
