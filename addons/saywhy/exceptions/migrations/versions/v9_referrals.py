"""Requests that were handed to a role that would not have decided on them."""

import sqlalchemy as sa
from alembic import op

revision = "9"
down_revision = "10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table: one row for a request and a role, so that handing over twice counts once."""
    op.create_table(
        "referrals",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"]),
        sa.PrimaryKeyConstraint("request", "role"),
    )
    op.create_index("ix_referrals_role", "referrals", ["role", "request"], unique=False)


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("referrals")
