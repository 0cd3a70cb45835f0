"""Who decides together: rounds, questions, appeals, and what no grant may be without, held by triggers."""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "2"
branch_labels = None
depends_on = None

_STATES = ("question", "appealed")
_HAPPENINGS = ("changed", "voided", "asked-back", "answered", "appealed")

# A grant that opens a site or an app, lasts longer than a week, or was found to need two people has two; they are
# different people who said so in the request's present round, and none of them is the one who asked.
_NEEDS_TWO = """
    (NEW.needs_two OR NEW.what_kind IN ('site', 'app') OR {longer_than_a_week}
     OR EXISTS (SELECT 1 FROM exception_requests AS asked WHERE asked.id = NEW.request AND asked.needs_two))
"""
_WRONG_PEOPLE = """
    NEW.first_approver IS NULL OR NEW.first_approver = '' OR NEW.second_approver = ''
    OR NEW.first_approver = NEW.second_approver
    OR ({needs_two} AND NEW.second_approver IS NULL)
    OR EXISTS (SELECT 1 FROM exception_requests AS asked WHERE asked.id = NEW.request AND asked.asked_by <> ''
               AND (asked.asked_by = NEW.first_approver OR asked.asked_by = NEW.second_approver))
    OR NOT EXISTS (
        SELECT 1 FROM reviews JOIN exception_requests AS asked ON asked.id = reviews.request
        WHERE asked.id = NEW.request AND reviews.round = asked.round
              AND reviews.account = NEW.first_approver AND reviews.verdict = 'approve')
    OR (NEW.second_approver IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM reviews JOIN exception_requests AS asked ON asked.id = reviews.request
        WHERE asked.id = NEW.request AND reviews.round = asked.round
              AND reviews.account = NEW.second_approver AND reviews.verdict = 'sign-off'))
"""
# What was given gets no longer and, while it may be in force, no wider; what is over stays over.
_GIVES_MORE = """
    NEW.ends > OLD.ends OR NEW.request <> OLD.request
    OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NULL OR NEW.revoked_at <> OLD.revoked_at))
    OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at))
    OR (OLD.revoked_at IS NULL AND OLD.ended_at IS NULL AND (
        NEW.who_kind <> OLD.who_kind OR NEW.who_value <> OLD.who_value OR NEW.what_kind <> OLD.what_kind
        OR NEW.what_value <> OLD.what_value OR NEW.starts <> OLD.starts OR NEW.first_approver <> OLD.first_approver
        OR (OLD.second_approver IS NOT NULL
            AND (NEW.second_approver IS NULL OR NEW.second_approver <> OLD.second_approver))))
"""
_TRIGGERS = (
    ("grants_have_their_people", "INSERT", "grants", _WRONG_PEOPLE, "a grant needs the people who may give it"),
    ("grants_only_end", "UPDATE", "grants", _GIVES_MORE, "a grant is ended, never extended or revived"),
    ("reviews_have_reasons", "INSERT", "reviews", "trim(NEW.reason) = ''", "an answer has its reason"),
)
_A_WEEK = {
    "sqlite": "julianday(NEW.ends) - julianday(NEW.starts) > 7.00001",
    "postgresql": "NEW.ends > NEW.starts + interval '7 days'",
}


def upgrade() -> None:
    """Add the columns, the states and the triggers. Grants from before stay as they are."""
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "ux_reviews_yes",
        "reviews",
        ["request", "round", "account"],
        unique=True,
        sqlite_where=sa.text("verdict <> 'refuse'"),
        postgresql_where=sa.text("verdict <> 'refuse'"),
    )
    _name_approvers()
    _also_known("exception_requests", "state", _STATES)
    _also_known("timeline", "what", _HAPPENINGS)
    for name, when, table, wrong, message in _TRIGGERS:
        _add_trigger(name, when, table, wrong, message)


def _new_columns() -> dict[str, list[sa.Column[Any]]]:
    def moment(name: str) -> sa.Column[Any]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=True)

    def text(name: str) -> sa.Column[Any]:
        return sa.Column(name, sa.Text(), nullable=True)

    def given(name: str, kind: sa.types.TypeEngine[Any], default: Any) -> sa.Column[Any]:
        return sa.Column(name, kind, server_default=default, nullable=False)

    return {
        "exception_requests": [
            given("needs_two", sa.Boolean(), sa.false()),
            given("round", sa.Integer(), "1"),
            given("held", sa.Integer(), "0"),
            moment("asked_back_at"),
            moment("appealed_at"),
            text("refused_by"),
        ],
        "reviews": [
            given("round", sa.Integer(), "1"),
            given("device", sa.Text(), ""),
            given("instead", sa.Text(), ""),
        ],
        "grants": [
            text("first_approver"),
            text("second_approver"),
            given("needs_two", sa.Boolean(), sa.false()),
            moment("ended_at"),
            sa.Column("used_on", sa.Date(), nullable=True),
        ],
    }


def _name_approvers() -> None:
    connection = op.get_bind()
    for id_, approved_by in connection.execute(sa.text("SELECT id, approved_by FROM grants")).all():
        first, _, second = str(approved_by).partition(", ")
        connection.execute(
            sa.text("UPDATE grants SET first_approver = :first, second_approver = :second WHERE id = :id"),
            {"first": first or None, "second": second.partition(", ")[0] or None, "id": id_},
        )


def _also_known(table: str, column: str, more: tuple[str, ...]) -> None:
    """Let a column hold more words than those that its constraint knows so far."""
    connection, name = op.get_bind(), f"{column}_known"
    if connection.dialect.name == "sqlite":
        # A constraint alone is no reason to copy a table: https://www.sqlite.org/lang_altertable.html, section 7.
        written = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table})
        before = str(written.scalar_one())
        after = re.sub(
            rf"(CONSTRAINT {name} CHECK \({column} IN \()([^)]*)(\)\))",
            lambda found: f"{found[1]}{_words(found[2], more)}{found[3]}",
            before,
        )
        version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
        connection.execute(sa.text("PRAGMA writable_schema = ON"))
        connection.execute(
            sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
            {"sql": after, "table": table},
        )
        connection.execute(sa.text(f"PRAGMA schema_version = {int(version) + 1}"))
        connection.execute(sa.text("PRAGMA writable_schema = RESET"))
        return
    known = connection.execute(
        sa.text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name AND conrelid = CAST(:table AS regclass)"
        ),
        {"name": name, "table": table},
    ).scalar_one()
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({_words(str(known), more)})")


def _words(known: str, more: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in dict.fromkeys((*re.findall(r"'([^']+)'", known), *more)))


def _add_trigger(name: str, when: str, table: str, wrong: str, message: str) -> None:
    dialect = op.get_bind().dialect.name
    condition = wrong.replace("{needs_two}", _NEEDS_TWO).replace("{longer_than_a_week}", _A_WEEK[dialect])
    if dialect == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
