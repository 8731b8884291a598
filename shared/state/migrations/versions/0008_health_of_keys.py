"""When each bucket was last tried, since when it fails, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("probed_at", "failing_since")


def upgrade() -> None:
    with op.batch_alter_table("buckets", schema=None) as batch_op:
        for name in COLUMNS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("failure", sa.Text(), nullable=True))
    # Whatever was last known of them is as old as their credentials at most.
    op.execute("UPDATE buckets SET probed_at = coalesce(worked_at, credentials_at)")
    with op.batch_alter_table("buckets", schema=None) as batch_op:
        batch_op.alter_column("probed_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_index("ix_buckets_probed_at", ["probed_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("buckets", schema=None) as batch_op:
        batch_op.drop_index("ix_buckets_probed_at")
        batch_op.drop_column("failure")
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
