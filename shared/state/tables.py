"""The tables of state, written once for PostgreSQL and SQLite."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC moment: TIMESTAMPTZ in PostgreSQL, sortable UTC text in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("state stores aware times only")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class RawText(TypeDecorator[str]):
    """Any text a warehouse can hold; PostgreSQL's TEXT has no NUL, so it is stored as `\\0`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.replace("\\", "\\\\").replace("\0", "\\0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return "\\".join(piece.replace("\\0", "\0") for piece in value.split("\\\\"))


# SQLite numbers rows by itself only for INTEGER, which it makes 64 bits wide anyway.
RowId = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("database_id", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    # Identifiers in use, in the order of the account's settings.
    Column("identifiers", JSON, nullable=False),
    # Null in both: as an account is before anybody has set anything.
    Column("name", Text),
    Column("flags", JSON),
)

# Who may work in an account, and as what.
members = Table(
    "members",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    # In lower case.
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", Text, nullable=False),
    PrimaryKeyConstraint("account_id", "email"),
    Index(None, "email"),
)

api_keys = Table(
    "api_keys",
    metadata,
    # Stands in front of the secret and leads to the row; says nothing about the secret.
    Column("key_id", Text, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # The secret itself is shown once and kept nowhere.
    Column("secret_hash", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
    Index(None, "account_id", "created_at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(None, "account_id", "entry_id"),
    Index(None, "account_id", "action", "entry_id"),
    Index(None, "account_id", "actor", "entry_id"),
)

# What a request with an id of its sender's did, for whoever sends it again.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    # Null until it is done.
    Column("result", JSON(none_as_null=True)),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "actor", "request_id"),
    Index(None, "account_id", "created_at"),
)

# How often somebody asked for something that costs: one row each, overwritten.
rates = Table(
    "rates",
    metadata,
    Column("account_id", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    # When all that was asked for would have been asked for, at the steady rate.
    Column("paid_until", Instant, nullable=False),
    PrimaryKeyConstraint("account_id", "actor", "what"),
)

# What we sign page tokens and forms with; made at first use, shared by all processes.
signing_secrets = Table(
    "signing_secrets",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("secret", Text, nullable=False),
)

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

# The text that an account's owner puts into the description of a service account.
proofs = Table(
    "proofs",
    metadata,
    Column("account_id", BigInteger, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
)

buckets = Table(
    "buckets",
    metadata,
    Column("bucket_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("nickname", Text, nullable=False),
    # gs://name; an account knows a bucket once.
    Column("url", Text, nullable=False),
    # How Sluice gets in: key, impersonation or none.
    Column("kind", Text, nullable=False),
    Column("email", Text),
    Column("key_id", Text),
    # Where the key lies; state itself never holds one.
    Column("secret", Text),
    Column("created_at", Instant, nullable=False),
    # When the credentials were given, and when they last opened the bucket.
    Column("credentials_at", Instant, nullable=False),
    Column("worked_at", Instant),
    # When it was last tried, since when it fails, and why: a code of the catalogue.
    Column("probed_at", Instant, nullable=False),
    Column("failing_since", Instant),
    Column("failure", Text),
    UniqueConstraint("account_id", "nickname"),
    UniqueConstraint("account_id", "url"),
    # Those that are to be tried again, of all accounts.
    Index("ix_buckets_probed_at", "probed_at"),
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

# Messages that the queue gave up. They name no account: whatever wrote them may not be ours.
dead_letters = Table(
    "dead_letters",
    metadata,
    # The dead-letter subscription; the queue's message ids are unique within its topic.
    Column("subscription", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    # The subscription that gave the message up.
    Column("source", Text),
    # Null when it was too large to be kept.
    Column("data", LargeBinary),
    Column("data_bytes", BigInteger, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("attributes_dropped", Integer, nullable=False),
    Column("delivery_attempts", Integer),
    Column("published_at", Instant),
    Column("received_at", Instant, nullable=False),
    PrimaryKeyConstraint("subscription", "message_id"),
    Index(None, "received_at"),
)

# An unbroken series of failures of one export.
incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("export_id", BigInteger, nullable=False),
    # Where the export delivered to when it failed.
    Column("bucket", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    # The newest run that failed; null when a probe found the bucket closed.
    Column("run_id", BigInteger),
    Column("opened_at", Instant, nullable=False),
    Column("failed_at", Instant, nullable=False),
    # The run that tries whether access works again; all others wait for it.
    Column("trial_run_id", BigInteger),
    Column("trial_at", Instant),
    Column("closed_at", Instant),
    Column("ending", Text),
    ForeignKeyConstraint(["export_id"], ["exports.export_id"]),
    # An export has one open incident at most, whoever opens it.
    Index(
        "ix_incidents_open",
        "export_id",
        unique=True,
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
    Index(None, "account_id", "incident_id"),
    Index(None, "export_id", "incident_id"),
)

# E-mails to be sent, and those that were: one row each.
notices = Table(
    "notices",
    metadata,
    Column("notice_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    # Addresses, the export's creator first; empty when nobody is known.
    Column("to", JSON, nullable=False),
    # Empty when it tells of an import.
    Column("bucket", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # The left side of the Message-ID, the same for every try; who sends adds a domain.
    Column("message_id", Text, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    # Tries so far; the number is the fencing token of the one under way.
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_try_at", Instant, nullable=False),
    Column("lease_until", Instant),
    # True once a try ended so that nobody knows whether the server took it.
    Column("uncertain", Boolean, nullable=False, default=False),
    Column("accepted_at", Instant),
    # From when the customer's time counts: later than `accepted_at` once a clock was set.
    Column("counts_from", Instant),
    # Why the last try failed.
    Column("error", Text),
    # What the e-mail says, as it was when it was queued.
    Column("detail", JSON, nullable=False),
    # The import that it tells of; null when it tells of incidents.
    Column("import_id", BigInteger),
    UniqueConstraint("message_id"),
    Index("ix_notices_due", "status", "next_try_at"),
    Index(None, "account_id", "notice_id"),
)

# Which incidents a notice tells of; an incident has each kind once.
notice_incidents = Table(
    "notice_incidents",
    metadata,
    Column("incident_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("notice_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("incident_id", "kind"),
    ForeignKeyConstraint(["incident_id"], ["incidents.incident_id"]),
    ForeignKeyConstraint(["notice_id"], ["notices.notice_id"]),
    Index(None, "notice_id"),
)

# When somebody looked last, by the name of what he looks after.
looks = Table(
    "looks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

# Servers of customers that are told what becomes of exports.
webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    # Where the signing secret lies, and the one before it for as long as both sign.
    Column("secret", Text, nullable=False),
    Column("old_secret", Text),
    Column("old_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
    Index(None, "account_id", "webhook_id"),
    Index(None, "old_until"),
)

# What webhooks are to be told: written with the change that it tells of.
webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("message_no", RowId, primary_key=True),
    # The same in every try; receivers know by it what they have had.
    Column("message_id", Text, nullable=False, unique=True),
    Column("account_id", BigInteger, nullable=False),
    Column("webhook_id", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    # The body's text, the same in every try.
    Column("body", Text, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("status", Text, nullable=False),
    # Tries so far; the number of the newest is its fencing token.
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("answer", Integer),
    Column("reason", Text),
    Column("ended_at", Instant),
    Index(None, "status", "next_try_at"),
    Index(None, "account_id", "webhook_id", "message_no"),
)

# What became of a notice for each of those it goes to.
notice_recipients = Table(
    "notice_recipients",
    metadata,
    Column("notice_id", BigInteger, nullable=False),
    Column("email", Text, nullable=False),
    Column("account_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", Instant),
    PrimaryKeyConstraint("notice_id", "email"),
)

# The e-mail of a notice as it was handed in last.
notice_mails = Table(
    "notice_mails",
    metadata,
    Column("notice_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account_id", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)

# Customers' datasets that imports read.
connections = Table(
    "connections",
    metadata,
    Column("connection_id", RowId, primary_key=True),
    Column("account_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    # Of a folder of this machine the project is its address, and the dataset is empty.
    Column("project", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    # Which roles were asked for: read_write or read_only.
    Column("access", Text, nullable=False),
    # Where the dataset was when it was saved; one that has moved is not read.
    Column("location", Text, nullable=False),
    # How Sluice gets in: key, impersonation or none.
    Column("kind", Text, nullable=False),
    Column("email", Text),
    Column("key_id", Text),
    # Where the key lies; state itself never holds one.
    Column("secret", Text),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("credentials_at", Instant, nullable=False),
    Column("worked_at", Instant),
    # When it was last tried, since when it fails, and why: a code of the catalogue.
    Column("probed_at", Instant, nullable=False),
    Column("failing_since", Instant),
    Column("failure", Text),
    UniqueConstraint("account_id", "name"),
    Index(None, "account_id", "created_at"),
    # Those that are to be tried again, of all accounts.
    Index("ix_connections_probed_at", "probed_at"),
)

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
