"""Incidents, the e-mails about them, and when the monitor looked last."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    _create_incidents()
    _create_notices()
    op.create_table(
        "notice_incidents",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "kind", name=op.f("pk_notice_incidents")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.incident_id"], name=op.f("fk_notice_incidents_incidents")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.notice_id"], name=op.f("fk_notice_incidents_notices")
        ),
    )
    op.create_index(op.f("ix_notice_incidents_notice_id"), "notice_incidents", ["notice_id"])
    op.create_table(
        "looks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_looks")),
    )


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("incident_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("export_id", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("failed_at", INSTANT, nullable=False),
        sa.Column("trial_run_id", sa.BigInteger(), nullable=True),
        sa.Column("trial_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incidents")),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.export_id"], name=op.f("fk_incidents_exports")
        ),
    )
    op.create_index(
        "ix_incidents_open",
        "incidents",
        ["export_id"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    for columns in (["account_id", "incident_id"], ["export_id", "incident_id"]):
        op.create_index(op.f(f"ix_incidents_{'_'.join(columns)}"), "incidents", columns)


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("to", sa.JSON(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=True),
        sa.Column("counts_from", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notices")),
        sa.UniqueConstraint("message_id", name=op.f("uq_notices_message_id")),
    )
    op.create_index("ix_notices_due", "notices", ["status", "next_try_at"])
    op.create_index(op.f("ix_notices_account_id_notice_id"), "notices", ["account_id", "notice_id"])


def downgrade() -> None:
    for table in ("looks", "notice_incidents", "notices", "incidents"):
        op.drop_table(table)
