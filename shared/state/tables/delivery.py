"""Tables of exports, and of what each of their runs delivers."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from shared.state.tables.base import Instant, RawText, RowId, metadata

# The first raw event name that takes a form in an account keeps it for good.
event_names = Table(
    "event_names",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    Column("form", Text, nullable=False),
    Column("raw_name", RawText, nullable=False),
    # SHA-256 of the raw name in hex: names may be longer than any index takes.
    Column("raw_hash", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "form"),
    UniqueConstraint("account_id", "raw_hash"),
)

exports = Table(
    "exports",
    metadata,
    # The request id: epoch seconds at creation, plus one until free.
    Column("export_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("spec", JSON, nullable=False),
    Column("spec_version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    # Windows are recorded as runs up to this moment; null for one-time exports.
    Column("cursor_at", Instant),
    # When the next window is due; null when there is none to come.
    Column("next_due_at", Instant),
    Column("stopped_at", Instant),
    # Who made it; null for those from before it was kept.
    Column("created_by", Text),
    # By which a file that declares exports finds it again; null for all others.
    Column("name", Text),
    # Taken out of the specification for filters; `spec` stays the truth.
    Column("data_type", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    # Of the bucket's address, which may be longer than any index takes.
    Column("bucket_hash", Text, nullable=False),
    Index(None, "next_due_at"),
    # A page of the list with any filters is found in this index alone.
    Index(
        "ix_exports_list",
        "account_id",
        "export_id",
        "status",
        "data_type",
        "format",
        "frequency",
        "bucket_hash",
    ),
    Index("ix_exports_bucket", "account_id", "bucket_hash", "export_id"),
    Index("ix_exports_name", "account_id", "name", unique=True),
    Index("ix_exports_kind", "account_id", "data_type", "frequency", "status"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("export_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("window_start_at", Instant, nullable=False),
    Column("window_end_at", Instant, nullable=False),
    # Counts plans of one window: 0 for the first, one more for each re-plan.
    Column("sequence", Integer, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("replaces_stamp", BigInteger),
    Column("status", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("published_at", Instant),
    # The planner's lease; `attempt` is its fencing token.
    Column("attempt", Integer, nullable=False, default=0),
    # Planners in a row that failed or died; one that came to its end sets it to 0.
    Column("failures", Integer, nullable=False, default=0),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    # Frozen at the plan.
    Column("spec", JSON),
    Column("database_id", Text),
    Column("freeze_at", Instant),
    Column("schema", JSON),
    Column("snapshot_id", Text),
    Column("rows_expected", BigInteger),
    Column("rows_duplicate", BigInteger),
    Column("rows_late", BigInteger),
    # The ids of all rows and duplicates in one number, by which a recount knows them again.
    Column("ids_checksum", BigInteger),
    # What the plan read in a warehouse that bills for it, and what that costs by the price list.
    Column("bytes_processed", BigInteger, nullable=False, default=0),
    Column("cost_usd", Float, nullable=False, default=0.0),
    # Counted while slices are written.
    Column("slices_total", Integer),
    Column("slices_open", Integer),
    Column("rows_written", BigInteger, nullable=False, default=0),
    Column("rows_rejected", BigInteger, nullable=False, default=0),
    Column("bytes_written", BigInteger, nullable=False, default=0),
    Column("files_written", Integer, nullable=False, default=0),
    Column("manifest", LargeBinary),
    Column("error_reason", Text),
    Column("error_message", Text),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    UniqueConstraint("export_id", "kind", "window_end_at", "sequence"),
    UniqueConstraint("export_id", "stamp"),
    ForeignKeyConstraint(["export_id"], ["exports.export_id"]),
    Index(None, "status", "due_at"),
    # The newest runs of an export.
    Index("ix_runs_newest", "account_id", "export_id", "run_id"),
    # What of an export is delivered, and what is not.
    Index("ix_runs_delivered", "account_id", "export_id", "status", "window_end_at"),
    # Which exports ran on some days: from the days to the exports, and from an export to its days.
    Index("ix_runs_days", "account_id", "started_at", "export_id"),
    Index("ix_runs_days_of_export", "account_id", "export_id", "started_at"),
)

slices = Table(
    "slices",
    metadata,
    Column("run_id", BigInteger, nullable=False),
    Column("slice_no", Integer, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    # The files of the slice, in order: [event name, its form, date, index, parts].
    Column("parts", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("published_at", Instant),
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_until", Instant),
    Column("lease_owner", Text),
    Column("rows_written", BigInteger),
    Column("rows_rejected", BigInteger),
    Column("reject_file", Text),
    Column("error_reason", Text),
    PrimaryKeyConstraint("run_id", "slice_no"),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"]),
    Index(None, "status", "run_id"),
)

files = Table(
    "files",
    metadata,
    Column("run_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("slice_no", Integer, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("event_name", RawText),
    Column("event_date", Date),
    Column("file_index", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("uncompressed_bytes", BigInteger, nullable=False),
    Column("crc32c", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    # True when an earlier attempt had already put the very same bytes there.
    Column("found", Boolean, nullable=False, default=False),
    PrimaryKeyConstraint("run_id", "name"),
    ForeignKeyConstraint(["run_id"], ["runs.run_id"]),
)
