"""Forms that are not sent yet, what goes with a request, who joined it, what was handed to a teacher."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. A request from before has no details."""
    op.create_table(
        "drafts",
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("browser", "about"),
    )
    op.create_index("ix_drafts_ends", "drafts", ["ends"], unique=False)
    op.create_table(
        "request_details",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("news", sa.Text(), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"]),
        sa.PrimaryKeyConstraint("request"),
    )
    op.create_table(
        "needs",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.CheckConstraint("role <> ''", name="need_is_for_a_role"),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"]),
        sa.PrimaryKeyConstraint("request"),
    )
    _joins()
    op.create_table(
        "handed_over",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_index("ix_handed_over_ends", "handed_over", ["ends"], unique=False)


def _joins() -> None:
    op.create_table(
        "joins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt"),
        sa.UniqueConstraint("request", "browser"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_joins_request", "joins", ["request"], unique=False)
    op.create_index("ix_joins_account", "joins", ["account"], unique=False)


def downgrade() -> None:
    """Take the tables away."""
    for table in ("handed_over", "joins", "needs", "request_details", "drafts"):
        op.drop_table(table)
