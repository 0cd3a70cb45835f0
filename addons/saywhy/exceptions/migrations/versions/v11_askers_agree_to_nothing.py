"""Who asks for something, alone or with others, gives no grant of it; nor does who refused it before an appeal."""

from alembic import op

revision = "11"
down_revision = "4"
branch_labels = None
depends_on = None

_NAME = "grants_from_others"
_MESSAGE = "a grant is given by others than those who ask, and than who refused it"
_NOT_THEIRS = """
    EXISTS (SELECT 1 FROM joins WHERE joins.request = NEW.request AND joins.account <> ''
            AND (joins.account = NEW.first_approver OR joins.account = NEW.second_approver))
    OR EXISTS (SELECT 1 FROM exception_requests AS asked WHERE asked.id = NEW.request
               AND (asked.refused_by = NEW.first_approver OR asked.refused_by = NEW.second_approver))
"""


def upgrade() -> None:
    """Add the trigger. Grants from before stay as they are."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {_NAME} BEFORE INSERT ON grants FOR EACH ROW WHEN {_NOT_THEIRS} "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {_NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {_NOT_THEIRS} THEN "
        f"RAISE EXCEPTION '{_MESSAGE}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {_NAME} BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION {_NAME}()")
