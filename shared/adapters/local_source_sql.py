"""The statements that read a customer's files, and what DuckDB says of those of a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from shared.domain.import_columns import ColumnKind
from shared.domain.import_specs import SourceQuery
from shared.errors import CustomerFault, Transient
from shared.import_ports import Reading

# What DuckDB says, in the middle of the rows, of those that do not fit.
_TOO_WIDE = ("Out of Memory Error", "maximum total string size")
NOT_FOUND, NOT_READ = "import-source-missing", "import-source-refused"


def select_of(con: duckdb.DuckDBPyConnection, query: SourceQuery) -> str:
    """One SELECT; raises CustomerFault when it is none."""
    if query.sql is None:
        return f"SELECT * FROM {quoted(query.table or '')}"
    with told():
        statements = con.extract_statements(query.sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise CustomerFault(
            "An import reads with one SELECT; take everything else out of the statement.",
            reason="import-no-select",
        )
    return f"SELECT * FROM (\n{statements[0].query.strip().rstrip(';')}\n)"


def reading_sql(select: str, reading: Reading) -> tuple[str, list[Any]]:
    """What reads these columns of a SELECT since the watermark, and its values."""
    listed = ", ".join(
        f"{quoted(column.name)}::VARCHAR AS {quoted(column.name)}"
        if column.kind is ColumnKind.OTHER
        else quoted(column.name)
        for column in reading.columns
    )
    values: list[Any] = []
    where = ""
    if reading.updated_on is not None and reading.since is not None:
        column = quoted(reading.updated_on.name)
        where = f" WHERE {column} >= {_FROM_NUMBER[reading.since.kind]} OR {column} IS NULL"
        values.append(reading.since.value)
    limit = "" if reading.limit is None else f" LIMIT {int(reading.limit)}"
    return f"SELECT {listed} FROM ({select}){where}{limit}", values


_FROM_NUMBER = {
    ColumnKind.TIMESTAMP: "timezone('UTC', make_timestamp(?::BIGINT))",
    ColumnKind.DATETIME: "make_timestamp(?::BIGINT)",
    ColumnKind.DATE: "(DATE '1970-01-01' + ?::INTEGER)",
    ColumnKind.INTEGER: "?::BIGINT",
}


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def told() -> Iterator[None]:
    """Turn what DuckDB says of a person's file or SELECT into a fault of theirs."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise _too_large() from error
    except duckdb.InterruptException as error:
        raise CustomerFault(
            "The first rows did not come in time; let the SELECT read less.", reason=NOT_READ
        ) from error
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise CustomerFault(
            "The table, or a name in the SELECT, is not there; copy names exactly as they are.",
            reason=NOT_FOUND,
        ) from error
    except duckdb.PermissionException as error:
        raise CustomerFault(
            "The SELECT or view reads something outside of the dataset; read its tables alone.",
            reason="import-other-dataset",
        ) from error
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        # As Arrow tells it, a fault in the middle of the rows is none of DuckDB's any more.
        if any(words in str(error) for words in _TOO_WIDE):
            raise _too_large() from error
        raise CustomerFault(
            "The rows cannot be read: the SELECT is not understood, or a file is damaged.",
            reason=NOT_READ,
        ) from error


def _too_large() -> Transient:
    return Transient(
        "The rows need more memory than they may use; ask for fewer or smaller ones, or raise the "
        "importer's memory.",
        reason="out-of-memory",
    )
