"""Tables of what customers are told: e-mails and webhooks."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from shared.state.tables.base import Instant, RowId, metadata

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
