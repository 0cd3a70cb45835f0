"""The triggers by which the database itself lets the audit trail only grow (migration 3).

The texts of a line may go while the last line, written in the same transaction, says that they do. Who may drop triggers
may do anything: that is what the chain of hashes is there for.
"""

from typing import Final

SQLITE: Final = (
    """
    CREATE TRIGGER trail_is_not_changed BEFORE UPDATE ON trail
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER trail_is_not_deleted BEFORE DELETE ON trail
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER trail_grows_at_its_end BEFORE INSERT ON trail
    WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM trail)
      OR NEW.previous <> coalesce((SELECT hash FROM trail ORDER BY number DESC LIMIT 1), printf('%064d', 0))
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER trail_texts_are_not_changed BEFORE UPDATE ON trail_texts
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER trail_texts_are_of_the_last_line BEFORE INSERT ON trail_texts
    WHEN NEW.line <> (SELECT max(number) FROM trail)
      OR EXISTS (SELECT 1 FROM trail_texts WHERE line = NEW.line AND field = NEW.field)
    BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END
    """,
    """
    CREATE TRIGGER trail_texts_go_with_a_line BEFORE DELETE ON trail_texts
    WHEN NOT EXISTS (
      SELECT 1 FROM trail, json_each(trail.facts, '$.lines') AS one
      WHERE trail.number = (SELECT max(number) FROM trail) AND trail.what IN ('erased', 'expired')
      AND OLD.line BETWEEN json_extract(one.value, '$[0]') AND json_extract(one.value, '$[1]'))
    BEGIN SELECT RAISE(ABORT, 'what the audit trail says goes only with a line that says so'); END
    """,
)
POSTGRESQL: Final = (
    """
    CREATE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$
    """,
    """
    CREATE FUNCTION trail_grows_at_its_end() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM trail)
        OR NEW.previous <> coalesce((SELECT hash FROM trail ORDER BY number DESC LIMIT 1), repeat('0', 64))
      THEN RAISE EXCEPTION 'the audit trail only grows'; END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION trail_texts_are_of_the_last_line() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.line <> (SELECT max(number) FROM trail) THEN RAISE EXCEPTION 'the audit trail only grows'; END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION trail_texts_go_with_a_line() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (
        SELECT 1 FROM trail, json_array_elements(trail.facts::json -> 'lines') AS one
        WHERE trail.number = (SELECT max(number) FROM trail) AND trail.what IN ('erased', 'expired')
        AND OLD.line BETWEEN (one ->> 0)::integer AND (one ->> 1)::integer)
      THEN RAISE EXCEPTION 'what the audit trail says goes only with a line that says so'; END IF;
      RETURN OLD;
    END $$
    """,
    """
    CREATE TRIGGER trail_is_not_changed BEFORE UPDATE OR DELETE ON trail
    FOR EACH ROW EXECUTE FUNCTION trail_only_grows()
    """,
    "CREATE TRIGGER trail_is_not_emptied BEFORE TRUNCATE ON trail EXECUTE FUNCTION trail_only_grows()",
    """
    CREATE TRIGGER trail_grows_at_its_end BEFORE INSERT ON trail
    FOR EACH ROW EXECUTE FUNCTION trail_grows_at_its_end()
    """,
    """
    CREATE TRIGGER trail_texts_are_not_changed BEFORE UPDATE ON trail_texts
    FOR EACH ROW EXECUTE FUNCTION trail_only_grows()
    """,
    "CREATE TRIGGER trail_texts_are_not_emptied BEFORE TRUNCATE ON trail_texts EXECUTE FUNCTION trail_only_grows()",
    """
    CREATE TRIGGER trail_texts_are_of_the_last_line BEFORE INSERT ON trail_texts
    FOR EACH ROW EXECUTE FUNCTION trail_texts_are_of_the_last_line()
    """,
    """
    CREATE TRIGGER trail_texts_go_with_a_line BEFORE DELETE ON trail_texts
    FOR EACH ROW EXECUTE FUNCTION trail_texts_go_with_a_line()
    """,
)
