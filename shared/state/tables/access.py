"""Tables of accounts, and of who may work in them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from shared.state.tables.base import Instant, metadata

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

# What we sign page tokens and forms with; made at first use, shared by all processes.
signing_secrets = Table(
    "signing_secrets",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("secret", Text, nullable=False),
)
