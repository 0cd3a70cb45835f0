"""What the list of requests goes by, and when a session was used last."""

import sqlalchemy as sa
from alembic import op

from saywhy.exceptions.page_key import page_key

revision = "5"
down_revision = "3"
branch_labels = None
depends_on = None

_REQUESTS = "exception_requests"
_INDEXES = {
    "ix_exception_requests_page": ["state", "page", "id"],
    "ix_exception_requests_sorted": ["state", "sorted_by"],
    "ix_exception_requests_answered": ["answered_at", "id"],
}


def upgrade() -> None:
    """Give every request its page; whom it concerns is worked out later. Sessions end: nobody knows when they were used."""
    op.add_column(_REQUESTS, sa.Column("page", sa.String(length=64), nullable=False, server_default=""))
    op.add_column(_REQUESTS, sa.Column("sorted_by", sa.String(length=80), nullable=True))
    op.add_column(_REQUESTS, sa.Column("two", sa.Boolean(), nullable=True))
    requests = sa.table(_REQUESTS, *(sa.column(name) for name in ("id", "host", "url", "rule", "page")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(requests.c.id, requests.c.host, requests.c.url, requests.c.rule)).all():
        page = page_key(row.host, row.url, row.rule)
        connection.execute(sa.update(requests).where(requests.c.id == row.id).values(page=page))
    for name, columns in _INDEXES.items():
        op.create_index(name, _REQUESTS, columns, unique=False)
    op.create_table(
        "request_roles",
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request", "role"),
    )
    _sign_ins(sa.Column("used_at", sa.DateTime(timezone=True), nullable=False))


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("request_roles")
    for name in _INDEXES:
        op.drop_index(name, _REQUESTS)
    for name in ("page", "sorted_by", "two"):
        op.drop_column(_REQUESTS, name)
    _sign_ins()


def _sign_ins(*more: sa.Column[object]) -> None:
    op.drop_table("sign_ins")
    op.create_table(
        "sign_ins",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("ix_sign_ins_account", "sign_ins", ["account"], unique=False)
