"""Tables of what is looked at again after it was delivered."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from shared.state.tables.base import Instant, metadata

# Days of arrival of an export that are counted again once rows have had time to arrive.
recounts = Table(
    "recounts",
    metadata,
    Column("export_id", BigInteger, nullable=False),
    # The local date on which the windows begin.
    Column("day", Date, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    # When to look next; null once there is nothing more to do.
    Column("due_at", Instant),
    # The fencing token of whoever recounts now.
    Column("attempt", Integer, nullable=False, default=0),
    # Recounts in a row that failed, and why the last one did.
    Column("failures", Integer, nullable=False, default=0),
    Column("error_reason", Text),
    # What came of it; null until then.
    Column("outcome", Text),
    Column("recounted_at", Instant),
    Column("windows", Integer),
    # Rows and duplicates that the deliveries read, that were there at the recount, and that no
    # delivery had.
    Column("rows_delivered", BigInteger),
    Column("rows_counted", BigInteger),
    Column("rows_missed", BigInteger),
    Column("bytes_processed", BigInteger, nullable=False, default=0),
    PrimaryKeyConstraint("export_id", "day"),
    ForeignKeyConstraint(["export_id"], ["exports.export_id"]),
    Index(None, "due_at"),
    Index(None, "account_id", "export_id", "day"),
)

# What a replay delivered else than what had been delivered before it.
comparisons = Table(
    "comparisons",
    metadata,
    # The replay.
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("due_at", Instant),
    Column("attempt", Integer, nullable=False, default=0),
    Column("failures", Integer, nullable=False, default=0),
    Column("compared_at", Instant),
    # Null until it is compared.
    Column("result", JSON(none_as_null=True)),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"]),
    Index(None, "due_at"),
)
