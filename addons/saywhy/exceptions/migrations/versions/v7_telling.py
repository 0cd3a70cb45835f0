"""What is to be told: the outbox, what waits for each recipient, what is on its way; addresses; replies by mail."""

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns for addresses."""
    op.add_column("accounts", sa.Column("mail", sa.Text(), nullable=True))
    op.add_column("exception_requests", sa.Column("mail", sa.Text(), nullable=True))
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("gathered", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("recipient", "request", "kind"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("gathered", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.CheckConstraint("next_at IS NULL OR NOT sent", name="sent_is_over"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deliveries_recipient", "deliveries", ["recipient"], unique=False)
    op.create_index("ix_deliveries_next_at", "deliveries", ["next_at"], unique=False)
    op.create_table(
        "replies",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_replies_request", "replies", ["request"], unique=False)


def downgrade() -> None:
    """Take them away."""
    for table in ("replies", "deliveries", "notices", "outbox"):
        op.drop_table(table)
    for table in ("exception_requests", "accounts"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("mail")
