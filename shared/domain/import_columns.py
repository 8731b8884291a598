"""Columns of a customer's table: what kinds there are, and which of them can do what."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnKind(StrEnum):
    """What a column holds, as far as an import has to know."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    # A moment.
    TIMESTAMP = "timestamp"
    # A date and a time without a zone; read as UTC.
    DATETIME = "datetime"
    # A JSON value, a struct, a list: read as JSON.
    JSON = "json"
    BYTES = "bytes"
    # Of a type that nobody knows here; read as the text that the warehouse shows.
    OTHER = "other"


# Values of these follow one another, so that "changed since" can be asked.
ORDERED = frozenset(
    {ColumnKind.TIMESTAMP, ColumnKind.DATETIME, ColumnKind.DATE, ColumnKind.INTEGER}
)
TIMES = frozenset({ColumnKind.TIMESTAMP, ColumnKind.DATETIME, ColumnKind.DATE})


class FieldType(StrEnum):
    """What a property becomes."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    # As it is, with everything inside.
    JSON = "json"


USUAL_TYPE = {
    ColumnKind.STRING: FieldType.STRING,
    ColumnKind.INTEGER: FieldType.INTEGER,
    ColumnKind.FLOAT: FieldType.FLOAT,
    ColumnKind.DECIMAL: FieldType.FLOAT,
    ColumnKind.BOOLEAN: FieldType.BOOLEAN,
    ColumnKind.DATE: FieldType.DATE,
    ColumnKind.TIMESTAMP: FieldType.DATE,
    ColumnKind.DATETIME: FieldType.DATE,
    ColumnKind.JSON: FieldType.JSON,
    ColumnKind.BYTES: FieldType.STRING,
    ColumnKind.OTHER: FieldType.STRING,
}


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column of a table, view or query of a customer's."""

    name: str
    kind: ColumnKind
    # In the warehouse's own word, for people.
    shown: str = ""
