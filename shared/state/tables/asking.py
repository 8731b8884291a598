"""Tables of what was asked for: who changed what, repeated requests and rates."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from shared.state.tables.base import Instant, RowId, metadata

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
