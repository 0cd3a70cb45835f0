"""PostgreSQL, with a bound on every wait: for a connection, for a lock, for a statement, for a server that is silent.

The server keeps the bounds itself; this side keeps them too, since a server that hangs keeps nothing.
"""

from typing import Any, Final

from sqlalchemy import Engine, event

_SILENT_SECONDS: Final = 0.5  # more than the server was given, so that its own answer comes first


def bound_waits(engine: Engine, seconds: int) -> None:
    """Let no connection of this engine wait longer. Other drivers than psycopg keep the bounds of their own."""
    if engine.dialect.driver != "psycopg":
        return

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> Any:
        milliseconds = seconds * 1000
        own = f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds}"
        named["options"] = f"{named.get('options', '')} {own}".strip()
        named["connect_timeout"] = max(2, seconds)  # less is taken for this
        return _bounded(seconds + _SILENT_SECONDS).connect(*arguments, **named)


def _bounded(seconds: float) -> Any:
    import psycopg  # only where PostgreSQL is the store

    class Bounded(psycopg.Connection[Any]):
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            """As psycopg waits, but never for ever; a connection that was given up is closed."""
            end = seconds if timeout is None else min(timeout, seconds)
            try:
                return super().wait(gen, interval, end)
            except psycopg.errors._WaitTimeout:  # noqa: SLF001 — the name that its documentation gives
                self.pgconn.finish()
                raise psycopg.OperationalError(f"no answer within {end:g} seconds") from None

    return Bounded
