"""Lines of the audit trail, chosen by request, account and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from saywhy.exceptions.forgetting import told_plainly
from saywhy.exceptions.stored import Stored
from saywhy.exceptions.trail import ABOUT, ACCOUNT, lines
from saywhy.exceptions.trail_tables import LineRow, LineTextRow


@dataclass(frozen=True, slots=True)
class ChosenLines:
    """Which lines: all that is said has to be true. Moments are aware; `until` is the first that is not meant."""

    request: int | None = None
    account: str = ""
    since: datetime | None = None
    until: datetime | None = None


class TrailLines(Stored):
    """The trail, read."""

    def trail_lines(self, chosen: ChosenLines) -> Iterator[dict[str, Any]]:
        """The lines as plain values, the oldest first (its keys: docs/command-line.md)."""
        conditions: list[ColumnElement[bool]] = []
        if chosen.request is not None:
            conditions.append(LineRow.request == chosen.request)
        if chosen.since is not None:
            conditions.append(LineRow.at >= chosen.since)
        if chosen.until is not None:
            conditions.append(LineRow.at < chosen.until)
        if chosen.account:
            named = LineTextRow.field.in_((ACCOUNT, ABOUT)), LineTextRow.value == chosen.account
            conditions.append(LineRow.number.in_(select(LineTextRow.line).where(*named)))
        with self._database.reading() as session:
            for one in lines(session, *conditions):
                yield told_plainly(one)
