"""What people open for themselves where a rule has caution, and what was opened of each day's quota."""

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "caution_days",
        sa.Column("device", sa.String(length=45), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=True),
        sa.CheckConstraint("opened >= 0 AND (allowed IS NULL OR opened <= allowed)", name="within_quota"),
        sa.PrimaryKeyConstraint("device", "rule", "day"),
    )
    op.create_table(
        "goes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=45), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what_kind", sa.Text(), nullable=False),
        sa.Column("what_value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends > starts AND counted >= 0", name="go_has_length"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form"),
    )
    op.create_index("ix_goes_ends", "goes", ["ends"], unique=False)
    op.create_index("ix_goes_device", "goes", ["device", "day"], unique=False)


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_goes_device", table_name="goes")
    op.drop_index("ix_goes_ends", table_name="goes")
    op.drop_table("goes")
    op.drop_table("caution_days")
