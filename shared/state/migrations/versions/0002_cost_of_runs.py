"""What a run read in a warehouse that bills for it, and the estimate of its cost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        # Runs that are there already read nothing that was billed.
        batch_op.add_column(
            sa.Column("bytes_processed", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("cost_usd", sa.Float(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("cost_usd")
        batch_op.drop_column("bytes_processed")
