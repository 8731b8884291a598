"""Connections: customers' datasets that imports read."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("connection_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("access", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("credentials_at", INSTANT, nullable=False),
        sa.Column("worked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_connections")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_connections_account_id_name")),
    )
    op.create_index(
        op.f("ix_connections_account_id_created_at"), "connections", ["account_id", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("connections")
