"""What opens with a page, reports of wrong categories, meetings and what they decided."""

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "6"
branch_labels = None
depends_on = None

_NEVER_CHANGED = ("category_answers", "meetings", "meeting_items")


def upgrade() -> None:
    """Make the tables; what is written of meetings and answers is neither changed nor taken away."""
    _further()
    _categories()
    _meetings()
    for table in _NEVER_CHANGED:
        _keep(table)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _further() -> None:
    op.create_table(
        "further_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request", sa.Integer(), nullable=False),
        sa.Column("what_kind", sa.String(length=10), nullable=False),
        sa.Column("what_value", sa.Text(), nullable=False),
        sa.Column("because", sa.String(length=10), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        _moment("at"),
        sa.Column("weighed", sa.JSON(), nullable=True),
        sa.CheckConstraint("what_kind IN ('page', 'site')", name="what_kind_known"),
        sa.CheckConstraint("because IN ('needed', 'page')", name="because_known"),
        sa.ForeignKeyConstraint(["request"], ["exception_requests.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request", "what_kind", "what_value", name="further_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_further_targets_request", "further_targets", ["request"], unique=False)


def _categories() -> None:
    op.create_table(
        "category_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("suggested", sa.String(length=100), nullable=False),
        sa.Column("reporter", sa.String(length=64), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("host", "category", "reporter", name="reported_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_category_reports_host", "category_reports", ["host"], unique=False)
    op.create_table(
        "category_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        _moment("at"),
        sa.CheckConstraint("answer IN ('written', 'closed')", name="answer_known"),
        sa.CheckConstraint("reason <> ''", name="answer_has_a_reason"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_category_answers_host", "category_answers", ["host"], unique=False)


def _meetings() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=64), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("present", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meeting_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=253), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('rule', 'permit', 'request')", name="kind_known"),
        sa.CheckConstraint("decision IN ('keep', 'change', 'drop')", name="decision_known"),
        sa.CheckConstraint("reason <> ''", name="item_has_a_reason"),
        sa.CheckConstraint("decision <> 'keep' OR until IS NOT NULL", name="kept_until_a_day"),
        sa.ForeignKeyConstraint(["meeting"], ["meetings.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("meeting", "kind", "about", name="decided_once_a_meeting"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_items_meeting", "meeting_items", ["meeting"], unique=False)
    op.create_index("ix_meeting_items_about", "meeting_items", ["about"], unique=False)


def _keep(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            sa.text(
                f"CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{table} is never changed'; END $$"
            )
        )
        op.execute(
            sa.text(
                f"CREATE TRIGGER {table}_stay BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_stay()"
            )
        )
        return
    for what in ("UPDATE", "DELETE"):
        op.execute(
            sa.text(
                f"CREATE TRIGGER {table}_stay_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
            )
        )


def downgrade() -> None:
    """Take the tables away, and with them what keeps them."""
    for table in ("meeting_items", "meetings", "category_answers", "category_reports", "further_targets"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in _NEVER_CHANGED:
            op.execute(sa.text(f"DROP FUNCTION {table}_stay()"))
