"""When each connection was last tried, which of them and which imports fail, and who was told."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("probed_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("failing_since", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("failure", sa.Text(), nullable=True))
    # Whatever was last known of them is as old as their credentials at most.
    op.execute("UPDATE connections SET probed_at = coalesce(worked_at, credentials_at)")
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.alter_column("probed_at", existing_type=INSTANT, nullable=False)
        batch_op.create_index("ix_connections_probed_at", ["probed_at"], unique=False)
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failing_since", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("failure", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("warned_by", sa.BigInteger(), nullable=True))
        batch_op.create_index(
            "ix_imports_failing",
            ["account_id", "import_id"],
            unique=False,
            postgresql_where=sa.text("failing_since IS NOT NULL"),
            sqlite_where=sa.text("failing_since IS NOT NULL"),
        )
    # What fails now began to no later than with its last run.
    op.execute("UPDATE imports SET failing_since = last_run_at WHERE last_status = 'FAILED'")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("import_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute(
        "DELETE FROM notice_mails WHERE notice_id IN (SELECT notice_id FROM notices"
        " WHERE import_id IS NOT NULL)"
    )
    op.execute(
        "DELETE FROM notice_recipients WHERE notice_id IN (SELECT notice_id FROM notices"
        " WHERE import_id IS NOT NULL)"
    )
    op.execute("DELETE FROM notices WHERE import_id IS NOT NULL")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("import_id")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_failing")
        for name in ("warned_by", "failure", "failing_since"):
            batch_op.drop_column(name)
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_index("ix_connections_probed_at")
        for name in ("failure", "failing_since", "probed_at"):
            batch_op.drop_column(name)
