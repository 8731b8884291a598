"""Recounts of what arrived on a day, and comparisons of replays with what they deliver again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ids_checksum", sa.BigInteger(), nullable=True))
    op.create_table(
        "recounts",
        sa.Column("export_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("recounted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("windows", sa.Integer(), nullable=True),
        sa.Column("rows_delivered", sa.BigInteger(), nullable=True),
        sa.Column("rows_counted", sa.BigInteger(), nullable=True),
        sa.Column("rows_missed", sa.BigInteger(), nullable=True),
        sa.Column("bytes_processed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", "day", name=op.f("pk_recounts")),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.export_id"], name=op.f("fk_recounts_exports")
        ),
    )
    op.create_index(op.f("ix_recounts_due_at"), "recounts", ["due_at"])
    op.create_index(
        op.f("ix_recounts_account_id_export_id_day"),
        "recounts",
        ["account_id", "export_id", "day"],
    )
    op.create_table(
        "comparisons",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_comparisons")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_comparisons_runs")),
    )
    op.create_index(op.f("ix_comparisons_due_at"), "comparisons", ["due_at"])


def downgrade() -> None:
    op.drop_table("comparisons")
    op.drop_table("recounts")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("ids_checksum")
