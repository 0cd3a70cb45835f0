"""The terms under which a permit was weighed: it opens only what these rules close."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. A permit from before has none, and opens what the one rule closes that it was asked from."""
    for table in ("exception_requests", "grants"):
        op.add_column(table, sa.Column("weighed", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    for table in ("exception_requests", "grants"):
        op.drop_column(table, "weighed")
