"""Forms that are not sent yet, kept for a day; and references that young children hand to a teacher."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from saywhy.exceptions.asking_tables import DraftRow, HandedOverRow
from saywhy.exceptions.database import Database
from saywhy.exceptions.request import Refusal

DRAFT_LASTS: Final = timedelta(days=1)
_NONE: Final[Mapping[str, str]] = {}
_LONGEST: Final = 2000  # characters of one answer: more than a form takes, so that nothing that was typed is cut short


def about(refusal: Refusal) -> str:
    """What a draft is about: the address, whichever of its block pages the form was opened from."""
    return hashlib.sha256(f"{refusal.url or refusal.host} {','.join(refusal.groups)}".encode()).hexdigest()


class Drafts:
    """Drafts in the store. A browser is named by the SHA-256 of its cookie. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def draft(self, browser: str, what: str, now: datetime) -> Mapping[str, str]:
        """What was answered so far; empty where nothing was, or a day ago."""
        with self._database.reading() as session:
            row = session.get(DraftRow, (browser, what)) if browser else None
            return {} if row is None or row.ends <= now else dict(row.answers)

    def keep(  # a draft, all of its parts
        self, browser: str, what: str, answers: Mapping[str, str], now: datetime, once: Mapping[str, str] = _NONE
    ) -> Mapping[str, str]:
        """Add answers, or change them; all of them as they are now. What is over a day old goes.

        `once` are kept only where a draft begins.
        """
        with self._database.writing() as session:
            session.execute(delete(DraftRow).where(DraftRow.ends <= now))
            row = session.get(DraftRow, (browser, what), with_for_update=True, populate_existing=True)
            kept = {name: text[:_LONGEST] for name, text in answers.items()}
            if row is None:
                row = DraftRow(browser=browser, about=what, answers={**once, **kept}, ends=now + DRAFT_LASTS)
                session.add(row)
            else:
                row.answers, row.ends = {**row.answers, **kept}, now + DRAFT_LASTS
            return dict(row.answers)

    def drop(self, browser: str, what: str) -> None:
        """Forget a draft: it was sent, or begins anew."""
        with self._database.writing() as session:
            session.execute(delete(DraftRow).where(DraftRow.browser == browser, DraftRow.about == what))

    def hand_over(self, code: str, token: str, ends: datetime, now: datetime) -> None:
        """Let whoever knows the reference's short code open its form."""
        with self._database.writing() as session:
            session.execute(delete(HandedOverRow).where(HandedOverRow.ends <= now))
            if session.get(HandedOverRow, code) is None:
                session.add(HandedOverRow(code=code, token=token, ends=ends))

    def handed_over(self, code: str, now: datetime) -> str | None:
        """The signed reference that a child's number stands for."""
        with self._database.reading() as session:
            row = session.get(HandedOverRow, code)
            return None if row is None or row.ends <= now else row.token
