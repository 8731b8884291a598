"""What became of notices for each recipient, their e-mails as sent, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhooks")),
    )
    op.create_index(
        op.f("ix_webhooks_account_id_webhook_id"), "webhooks", ["account_id", "webhook_id"]
    )
    op.create_index(op.f("ix_webhooks_old_until"), "webhooks", ["old_until"])
    _create_webhook_messages()
    op.create_table(
        "notice_recipients",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("notice_id", "email", name=op.f("pk_notice_recipients")),
    )
    op.create_table(
        "notice_mails",
        sa.Column("notice_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice_mails")),
    )


def _create_webhook_messages() -> None:
    op.create_table(
        "webhook_messages",
        sa.Column("message_no", ROW_ID, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("answer", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("message_no", name=op.f("pk_webhook_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_webhook_messages_message_id")),
    )
    op.create_index(
        op.f("ix_webhook_messages_status_next_try_at"),
        "webhook_messages",
        ["status", "next_try_at"],
    )
    op.create_index(
        op.f("ix_webhook_messages_account_id_webhook_id_message_no"),
        "webhook_messages",
        ["account_id", "webhook_id", "message_no"],
    )


def downgrade() -> None:
    for table in ("notice_mails", "notice_recipients", "webhook_messages", "webhooks"):
        op.drop_table(table)
