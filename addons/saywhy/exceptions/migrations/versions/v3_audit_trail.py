"""The audit trail in the place of the timeline; the database itself lets it only grow."""

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from saywhy.exceptions.chain import BEFORE_THE_FIRST, canonical, digest_of, hash_of
from saywhy.exceptions.migrations.trail_guards import POSTGRESQL, SQLITE

revision = "3"
down_revision = "2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the trail, take over what the timelines hold, and guard it."""
    _trail()
    _blocks()
    _take_over()
    op.drop_table("timeline")
    bind = op.get_bind()
    for statement in POSTGRESQL if bind.dialect.name == "postgresql" else SQLITE:
        bind.exec_driver_sql(statement)


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("request", sa.Integer(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("previous"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_trail_request", "trail", ["request"], unique=False)
    op.create_table(
        "trail_texts",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["line"], ["trail.number"]),
        sa.PrimaryKeyConstraint("line", "field"),
    )


def _blocks() -> None:
    op.create_table(
        "blocks_met",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "about", "name", "rule", "group"),
    )
    op.create_index("ix_blocks_met_name", "blocks_met", ["name", "about", "day"], unique=False)
    op.create_table(
        "blocks_read",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log"),
    )


def _take_over() -> None:
    """Lines from the timelines' entries, in their order; what was not written down then is not made up."""
    old = sa.table(
        "timeline",
        *(sa.column(name) for name in ("id", "request", "what", "account", "note")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    lines = sa.table(
        "trail",
        *(sa.column(name) for name in ("number", "what", "request", "facts", "sealed", "previous", "hash")),
        sa.column("at", sa.DateTime(timezone=True)),
    )
    texts = sa.table("trail_texts", *(sa.column(name) for name in ("line", "field", "salt", "value")))
    bind, previous = op.get_bind(), BEFORE_THE_FIRST
    for number, row in enumerate(bind.execute(sa.select(old).order_by(old.c.id)).all(), 1):
        at: datetime = row.at if row.at.tzinfo is not None else row.at.replace(tzinfo=UTC)
        said = {name: text for name, text in (("account", row.account), ("note", row.note)) if text}
        salted = {name: (secrets.token_hex(16), text) for name, text in said.items()}
        sealed = canonical({name: digest_of(name, salt, text) for name, (salt, text) in salted.items()})
        hash_ = hash_of(number, at, row.what, row.request, "{}", sealed, previous)
        values = {"number": number, "at": at.astimezone(UTC), "what": row.what, "request": row.request, "facts": "{}"}
        bind.execute(sa.insert(lines).values(**values, sealed=sealed, previous=previous, hash=hash_))
        for name, (salt, text) in salted.items():
            bind.execute(sa.insert(texts).values(line=number, field=name, salt=salt, value=text))
        previous = hash_
