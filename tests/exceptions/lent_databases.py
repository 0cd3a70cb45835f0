"""PostgreSQL databases with the store's tables that one test after the other has to itself: emptied between them, not made anew.

Copying a database and dropping it takes many times as long as emptying its tables. One whose tables, triggers or constraints
a test has changed is dropped, and the next test gets a new copy.
"""

from dataclasses import dataclass, field

import psycopg

from tests.exceptions.postgresql_server import Server

# In a schema of its own, so that it is no part of what the store sees: what the tables held after the migrations.
_REMEMBER = """
CREATE SCHEMA before;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE before.%I AS TABLE public.%I', one.name, one.name);
    END LOOP;
END $$;
CREATE PROCEDURE before.bring_back() LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    SET LOCAL session_replication_role = replica; -- the audit trail's triggers let nobody empty it, and foreign keys would want an order
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', one.name);
        EXECUTE format('INSERT INTO public.%I SELECT * FROM before.%I', one.name, one.name);
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$;
"""
_MADE_OF = """
SELECT array_agg(part ORDER BY part) FROM (
    SELECT format('relation %s %s %s', relname, relkind, relacl) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('column %s %s %s %s', attrelid::regclass, attname, atttypid, attnotnull) FROM pg_attribute
        JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace AND attnum > 0
    UNION ALL
    SELECT format('trigger %s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT format('constraint %s %s %s', conrelid::regclass, conname, convalidated) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('function %s %s', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS parts(part)
"""
_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Lent:
    """A database, the connection that empties it, and what it was made of at first."""

    url: str
    connection: psycopg.Connection
    made_of: object


@dataclass
class LentDatabases:
    """Those of a server that nobody has now."""

    server: Server
    free: list[Lent] = field(default_factory=list)

    def lend(self) -> Lent:
        """One with the store's tables, as they were after the migrations."""
        if self.free:
            return self.free.pop()
        url = self.server.new()
        connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        connection.execute(_REMEMBER)
        return Lent(url, connection, _made_of(connection))

    def take_back(self, one: Lent) -> None:
        """End whoever is connected to it, and bring it to what it was; drop it where it is not made of the same any more."""
        one.connection.execute(_ALONE)
        if _made_of(one.connection) == one.made_of:
            one.connection.execute("CALL before.bring_back()")
            self.free.append(one)
        else:
            one.connection.close()
            self.server.drop(one.url)

    def close(self) -> None:
        """Let go of all."""
        for one in self.free:
            one.connection.close()


def _made_of(connection: psycopg.Connection) -> object:
    return connection.execute(_MADE_OF).fetchone()
