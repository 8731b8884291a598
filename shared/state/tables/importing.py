"""Tables of imports, their runs, and what they publish and reject."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.state.tables.base import Instant, RowId, metadata

imports = Table(
    "imports",
    metadata,
    Column("import_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("nickname", Text, nullable=False),
    Column("connection_id", BigInteger, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("spec_version", Integer, nullable=False),
    # Draft, Ready, Scheduled, Paused or Stopped; Running is told from the runs.
    Column("status", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    # When the next run is due; null when none comes by itself.
    Column("next_run_at", Instant),
    # Up to where *Updated On* was read; null before the first run.
    Column("watermark", JSON(none_as_null=True)),
    # Of the last run that ended, for the list.
    Column("last_status", Text),
    Column("last_rows_read", BigInteger, nullable=False, default=0),
    Column("last_rows_rejected", BigInteger, nullable=False, default=0),
    Column("last_run_at", Instant),
    # Since when its runs fail and why: a code of the catalogue; null after one that did not.
    Column("failing_since", Instant),
    Column("failure", Text),
    # The notice that told its creator so.
    Column("warned_by", BigInteger),
    UniqueConstraint("account_id", "nickname"),
    Index(None, "next_run_at"),
    Index(None, "account_id", "import_id"),
    Index(None, "account_id", "connection_id", "status"),
    # The few that fail now.
    Index(
        "ix_imports_failing",
        "account_id",
        "import_id",
        postgresql_where=text("failing_since IS NOT NULL"),
        sqlite_where=text("failing_since IS NOT NULL"),
    ),
)

import_runs = Table(
    "import_runs",
    metadata,
    Column("run_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("import_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    # Who asked for it; null when it was its time.
    Column("asked_by", Text),
    Column("published_at", Instant),
    # The importer's lease; `attempt` is its fencing token.
    Column("attempt", Integer, nullable=False, default=0),
    # Importers in a row that failed or died.
    Column("failures", Integer, nullable=False, default=0),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    # Frozen when reading begins.
    Column("spec", JSON(none_as_null=True)),
    Column("watermark_from", JSON(none_as_null=True)),
    # Fixed when all rows are staged.
    Column("watermark_to", JSON(none_as_null=True)),
    Column("staging_id", Text),
    Column("rows_read", BigInteger, nullable=False, default=0),
    Column("rows_rejected", BigInteger, nullable=False, default=0),
    # Of the good rows, those that were not in the warehouse; null until they are published.
    Column("rows_new", BigInteger),
    Column("bytes_processed", BigInteger, nullable=False, default=0),
    # Reason -> number of rows.
    Column("rejected_by_reason", JSON(none_as_null=True)),
    Column("error_reason", Text),
    Column("error_message", Text),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    ForeignKeyConstraint(["import_id"], ["imports.import_id"]),
    Index(None, "status", "due_at"),
    Index("ix_import_runs_newest", "account_id", "import_id", "run_id"),
)

# Rejected rows of import runs, in pieces of packed JSON Lines.
import_rejects = Table(
    "import_rejects",
    metadata,
    Column("run_id", BigInteger, nullable=False),
    Column("piece_no", Integer, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "piece_no"),
    ForeignKeyConstraint(["run_id"], ["import_runs.run_id"]),
)

# What is being published into the warehouse: a window that ends after an open one began waits.
publishes = Table(
    "publishes",
    metadata,
    Column("publish_id", Text, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index(None, "account_id", "closed_at", "began_at"),
)
