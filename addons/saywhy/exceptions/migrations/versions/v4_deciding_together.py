"""Who decides together: rounds, questions, appeals, and what no grant may be without, held by triggers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "7"
branch_labels = None
depends_on = None

_REQUESTS = "exception_requests"
_STATES = ("open", "question", "awaiting-sign-off", "granted", "refused", "appealed", "withdrawn", "lapsed")

# A grant that opens a site or an app, or sites that its page needs, lasts longer than a week, or was found to need two
# people has two; they are different people who said so in the request's present round, and neither is the one who asked.
_NEEDS_TWO = """
    (NEW.needs_two OR NEW.what_kind IN ('site', 'app') OR {longer_than_a_week}
     OR EXISTS (SELECT 1 FROM exception_requests AS asked WHERE asked.id = NEW.request AND asked.needs_two)
     OR EXISTS (SELECT 1 FROM further_targets AS more WHERE more.request = NEW.request AND more.what_kind = 'site'))
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
    _also_known(_STATES)
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


def _also_known(more: tuple[str, ...]) -> None:
    """Let a request be in more states than those that its constraint knows so far."""
    bind, name = op.get_bind(), "state_known"
    states = ", ".join(f"'{state}'" for state in more)
    if bind.dialect.name != "sqlite":
        op.drop_constraint(name, _REQUESTS)
        op.create_check_constraint(name, _REQUESTS, f"state IN ({states})")
        return
    # SQLite changes a constraint by copying the table (https://www.sqlite.org/lang_altertable.html, section 7). Dropping
    # the old one would take along the rows that refer to it, so foreign keys are off while migrations run.
    last = bind.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": _REQUESTS}).scalar()
    with op.batch_alter_table(_REQUESTS, recreate="always", table_kwargs={"sqlite_autoincrement": True}) as requests:
        requests.create_check_constraint(name, f"state IN ({states})")
    if last is not None:  # a number is never given twice, even that of a request that was deleted
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": _REQUESTS})
        bind.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": _REQUESTS, "last": last}
        )


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
