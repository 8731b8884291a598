"""Tables of what the monitor finds: incidents, messages given up, and its looks."""

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
    text,
)

from shared.state.tables.base import Instant, RowId, metadata

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

# When somebody looked last, by the name of what he looks after.
looks = Table(
    "looks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)
