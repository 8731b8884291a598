"""Imports, their runs with rejected rows, and what is being published into the warehouse."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_imports()
    _create_import_runs()
    op.create_table(
        "import_rejects",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("piece_no", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "piece_no", name=op.f("pk_import_rejects")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.run_id"], name=op.f("fk_import_rejects_import_runs")
        ),
    )
    op.create_table(
        "publishes",
        sa.Column("publish_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("publish_id", name=op.f("pk_publishes")),
    )
    op.create_index(
        op.f("ix_publishes_account_id_closed_at_began_at"),
        "publishes",
        ["account_id", "closed_at", "began_at"],
    )


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("spec_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("next_run_at", INSTANT, nullable=True),
        sa.Column("watermark", sa.JSON(), nullable=True),
        sa.Column("last_status", sa.Text(), nullable=True),
        sa.Column("last_rows_read", sa.BigInteger(), nullable=False),
        sa.Column("last_rows_rejected", sa.BigInteger(), nullable=False),
        sa.Column("last_run_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
        sa.UniqueConstraint("account_id", "nickname", name=op.f("uq_imports_account_id_nickname")),
    )
    for columns in (
        ["next_run_at"],
        ["account_id", "import_id"],
        ["account_id", "connection_id", "status"],
    ):
        op.create_index(op.f(f"ix_imports_{'_'.join(columns)}"), "imports", columns)


def _create_import_runs() -> None:
    op.create_table(
        "import_runs",
        sa.Column("run_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("spec", sa.JSON(), nullable=True),
        sa.Column("watermark_from", sa.JSON(), nullable=True),
        sa.Column("watermark_to", sa.JSON(), nullable=True),
        sa.Column("staging_id", sa.Text(), nullable=True),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=False),
        sa.Column("rows_new", sa.BigInteger(), nullable=True),
        sa.Column("bytes_processed", sa.BigInteger(), nullable=False),
        sa.Column("rejected_by_reason", sa.JSON(), nullable=True),
        sa.Column("error_reason", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_runs")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.import_id"], name=op.f("fk_import_runs_imports")
        ),
    )
    op.create_index(op.f("ix_import_runs_status_due_at"), "import_runs", ["status", "due_at"])
    op.create_index("ix_import_runs_newest", "import_runs", ["account_id", "import_id", "run_id"])


def downgrade() -> None:
    for table in ("publishes", "import_rejects", "import_runs", "imports"):
        op.drop_table(table)
