"""Columns and indexes that keep lists quick: filters, the newest runs, days with runs, files."""

import json
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Exports whose columns are filled by one statement.
ROWS_AT_ONCE = 1_000
FILTERED = ("data_type", "format", "frequency")
EXPORT_INDEXES = {
    "ix_exports_list": [
        "account_id", "export_id", "status", "data_type", "format", "frequency", "bucket_hash",
    ],
    "ix_exports_bucket": ["account_id", "bucket_hash", "export_id"],
    "ix_exports_kind": ["account_id", "data_type", "frequency", "status"],
}  # fmt: skip
RUN_INDEXES = {
    "ix_runs_newest": ["account_id", "export_id", "run_id"],
    "ix_runs_delivered": ["account_id", "export_id", "status", "window_end_at"],
    "ix_runs_days": ["account_id", "started_at", "export_id"],
    "ix_runs_days_of_export": ["account_id", "export_id", "started_at"],
}


def upgrade() -> None:
    with op.batch_alter_table("exports", schema=None) as batch_op:
        # The default stays: SQLite would have to make the table anew, to which runs refer.
        for name in (*FILTERED, "bucket_hash"):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    _fill_exports()
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.drop_index("ix_exports_account_id_export_id")
        for name, columns in EXPORT_INDEXES.items():
            batch_op.create_index(name, columns, unique=False)
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("files_written", sa.Integer(), nullable=False, server_default="0")
        )
    op.execute(
        "UPDATE runs SET files_written = "
        "(SELECT count(*) FROM files WHERE files.run_id = runs.run_id)"
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_account_id_export_id")
        for name, columns in RUN_INDEXES.items():
            batch_op.create_index(name, columns, unique=False)


def _fill_exports() -> None:
    """Take the columns out of the specifications of the exports that are there."""
    connection = op.get_bind()
    exports = sa.table(
        "exports",
        sa.column("export_id", sa.BigInteger()),
        sa.column("spec", sa.Text()),
        *(sa.column(name, sa.Text()) for name in (*FILTERED, "bucket_hash")),
    )
    fill = exports.update().where(exports.c.export_id == sa.bindparam("b_export"))
    last = -1
    while True:
        rows = connection.execute(
            sa.select(exports.c.export_id, sa.cast(exports.c.spec, sa.Text()).label("spec"))
            .where(exports.c.export_id > last)
            .order_by(exports.c.export_id)
            .limit(ROWS_AT_ONCE)
        ).all()
        if not rows:
            return
        connection.execute(fill, [_values(row.export_id, row.spec) for row in rows])
        last = rows[-1].export_id


def _values(export_id: int, text: str) -> dict[str, Any]:
    spec = json.loads(text)
    columns = {name: spec.get(name, "") for name in FILTERED}
    digest = sha256(spec.get("bucket", "").encode("utf-8", "surrogatepass")).hexdigest()
    return {"b_export": export_id, "bucket_hash": digest, **columns}


def downgrade() -> None:
    with op.batch_alter_table("runs", schema=None) as batch_op:
        for name in RUN_INDEXES:
            batch_op.drop_index(name)
        batch_op.create_index("ix_runs_account_id_export_id", ["account_id", "export_id"])
        batch_op.drop_column("files_written")
    with op.batch_alter_table("exports", schema=None) as batch_op:
        for name in EXPORT_INDEXES:
            batch_op.drop_index(name)
        batch_op.create_index("ix_exports_account_id_export_id", ["account_id", "export_id"])
        for name in ("bucket_hash", *reversed(FILTERED)):
            batch_op.drop_column(name)
