"""How often somebody may send something: counted first, under one lock, so that forty at once are ten and no more.

What a page does not take is given back afterwards. Whoever has to wait is told for how long, and keeps what they typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from saywhy.explain.reference import BadReferenceError
from saywhy.portal.attempts import counted_as
from saywhy.portal.context import PortalContext
from saywhy.portal.counted import Counted, Journal, Limit

_HOUR: Final = timedelta(hours=1)
_TAKEN: Final = 303


class TooOften(HTTPException):
    """Somebody has to wait so long."""

    code = 429

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit of an endpoint. `by` says who is counted; `taken`: only what was taken counts, the rest is given back."""

    limit: Limit
    by: Callable[[PortalContext], str]
    taken: bool = False


def address(_: PortalContext) -> str:
    """The address that sends."""
    return counted_as(request.remote_addr)


def device(context: PortalContext) -> str:
    """The device that a reference was given to: what is sent with it counts against that one."""
    try:
        named = context.references.read((request.view_args or {}).get("token", ""), context.now()).device
    except BadReferenceError:
        named = None
    return counted_as(named or request.remote_addr)


LIMITED: Final = {
    "send": (
        Limited(Limit(120, _HOUR), device),  # forms that were sent back count here alone
        Limited(Limit(10, _HOUR), device, taken=True),
    ),
    "join": (Limited(Limit(10, _HOUR), device, taken=True),),
    "answer": (Limited(Limit(600, _HOUR), device),),  # a form has up to eight pages
    "helped": (Limited(Limit(120, _HOUR), device),),
    "afresh": (Limited(Limit(120, _HOUR), device),),
    "need": (Limited(Limit(60, timedelta(minutes=10)), address),),
    "look_at": (Limited(Limit(60, timedelta(minutes=10)), address),),
    "answer-question": (Limited(Limit(60, _HOUR), address),),
    "appeal": (Limited(Limit(60, _HOUR), address),),
    "go_on": (Limited(Limit(120, _HOUR), device),),
    "report_category": (Limited(Limit(20, _HOUR), address),),
    "find": (Limited(Limit(30, timedelta(minutes=10)), address),),
}


class Limits:
    """Counts what is sent, endpoint by endpoint."""

    def __init__(self, context: PortalContext, journal: Journal) -> None:
        self._context = context
        self._journal = journal
        self._tables: dict[str, tuple[tuple[Limited, Counted], ...]] = {
            endpoint: tuple(
                (one, journal.table(f"{endpoint} {number}", one.limit)) for number, one in enumerate(limits)
            )
            for endpoint, limits in LIMITED.items()
        }

    def install(self, app: Flask) -> None:
        """Count what comes, and give back what was not taken."""
        app.before_request(self._count)
        app.after_request(self._give_back)

    def _count(self) -> None:
        tables = self._tables.get(request.endpoint or "")
        if tables is None or request.method != "POST":
            return
        now = self._context.now()
        counted = [(one, table, self._journal.key(one.by(self._context))) for one, table in tables]
        with self._journal.lock:
            wait = max(table.wait(key, now) for _, table, key in counted)
            if wait > timedelta():
                raise TooOften(wait)
            for _, table, key in counted:
                table.add(key, now)
        g.not_yet_taken = (now, [(table, key) for one, table, key in counted if one.taken])

    def _give_back(self, response: Response) -> Response:
        began: tuple[datetime, list[tuple[Counted, str]]] | None = g.pop("not_yet_taken", None)
        if began is not None and response.status_code != _TAKEN:
            moment, tables = began
            with self._journal.lock:
                for table, key in tables:
                    table.take_back(key, moment)
        return response
