"""Tables of customers' buckets and datasets, and how Sluice gets into them."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from shared.state.tables.base import Instant, RowId, metadata

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
