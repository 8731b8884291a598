"""The columns of staged rows: what a landing gets as Parquet, good rows and bad ones."""

from dataclasses import dataclass
from datetime import datetime

from shared.schema import Column, Table

ACCOUNT = "account_id"
# Beside the columns of the table: the row's number in the run; why it is not taken; whether its id
# is made of the row; the number of *Updated On*; whether that equals the watermark; the row itself
# if it is not taken.
MARKS = (
    ("n", "INT64"),
    ("reason", "STRING"),
    ("hashed", "BOOL"),
    ("version", "INT64"),
    ("tie", "BOOL"),
    ("source_row", "STRING"),
)


@dataclass(frozen=True, slots=True)
class Publish:
    """What brings the staged rows of one run into the warehouse, once."""

    # Whoever comes again under it finds the publish made.
    publish_id: str
    staging_id: str
    table: Table
    account_id: int
    # State knows of the publish since then: no row may arrive earlier.
    began_at: datetime


def landed_columns(table: Table) -> tuple[Column, ...]:
    """The columns of a table that an import brings; its arrival is set by the publish."""
    return tuple(
        column for column in table.columns if column.name not in (ACCOUNT, table.partitioned_by)
    )
