"""Choosing what opens with a page, before anybody says yes. Afterwards it stays as it was weighed."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import select

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import Database
from saywhy.exceptions.followup_tables import FurtherRow
from saywhy.exceptions.further import MOST, Because
from saywhy.exceptions.needed import Stands, needed_hosts
from saywhy.exceptions.offer import page_target
from saywhy.exceptions.request import Account, ExceptionRequest
from saywhy.exceptions.rows import request_of, target_as_text
from saywhy.exceptions.state import UNDECIDED, Event, NotPossible, State
from saywhy.exceptions.tables import RequestRow
from saywhy.exceptions.weighing import Incomplete, Terms, deciding_now, may_answer, offers_for, role_among, terms_of
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.grant import GrantTarget

_LONGEST_LINE: Final = 2048


class FurtherTargets:
    """What opens with the permits of requests. Every method raises StoreUnavailable when the store cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choose(  # one choice, all of its parts
        self, request_id: int, engine: Engine, by: Account, hosts: Collection[str], pages: str, at: datetime
    ) -> ExceptionRequest:
        """Take these hosts, and these pages (an address a line), in the place of what was chosen before.

        Raises LookupError where there is no such request, NotPossible once somebody has answered it, CannotBeAsked,
        NotEntitled, and Incomplete for the fields `needed` and `pages`.
        """
        with self._database.writing() as session:
            row = session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())
            if row is None:
                raise LookupError(f"there is no request {request_id}")
            request = request_of(row)
            terms = may_choose(engine, request, by, at)
            chosen = _chosen(engine, terms, request, hosts, pages, at)
            wanted = {target_as_text(what): because for what, because in chosen.items()}
            there = {(one.what_kind, one.what_value): one for one in row.further}
            for key, one in there.items():
                if key not in wanted:
                    row.further.remove(one)
                    session.delete(one)
            for (kind, value), because in wanted.items():
                if (kind, value) not in there:
                    row.further.append(
                        FurtherRow(what_kind=kind, what_value=value, because=because.value, account=by.name, at=at)
                    )
            session.flush()
            return request_of(row)


def may_choose(engine: Engine, request: ExceptionRequest, by: Account, now: datetime) -> Terms:
    """The terms under which somebody chooses: those who decide, before anybody has. Raises as `choose` does."""
    if request.state not in UNDECIDED - {State.AWAITING_SIGN_OFF}:
        raise NotPossible(request.state, Event.APPROVE)
    terms = terms_of(engine, request.refusal)
    may_answer(engine, request, by)
    role_among(engine, by, deciding_now(engine.policy, terms.ask, request, now), "answers this request")
    return terms


def _chosen(  # all that a choice depends on
    engine: Engine, terms: Terms, request: ExceptionRequest, hosts: Collection[str], pages: str, at: datetime
) -> dict[GrantTarget, Because]:
    errors: dict[str, str] = {}
    found = needed_hosts(engine, terms, request.refusal, hosts, at)
    stays = [one.host for one in found if one.stands is Stands.STAYS]
    if len(found) < len(set(hosts)):
        errors["needed"] = "One of these is no name of another host. Choose from the list"
    elif stays:
        errors["needed"] = f"{', '.join(stays)} stays closed whatever is decided here. Leave it out"
    chosen = {GrantTarget(site=one.host): Because.NEEDED for one in found if one.stands is Stands.CLOSED}
    lines = [line.strip() for line in pages.splitlines() if line.strip()]
    host = offers_for(engine, terms, request, at).host
    if lines and host is None:
        errors["pages"] = "The rule does not offer single pages, so none can be opened with it"
    elif len(lines) + len(chosen) > MOST:
        errors["pages"] = f"{MOST} pages and hosts are the most that open with one permit"
    else:
        for number, line in enumerate(lines, 1):
            what = _page(line, host)
            if what is None:
                errors["pages"] = f"Line {number}: write the whole address of one page of {request.refusal.host}"
                break
            chosen[what] = Because.PAGE
    if errors:
        raise Incomplete(errors)
    return chosen


def _page(line: str, host: str | None) -> GrantTarget | None:
    try:
        url = canonical_url(line[:_LONGEST_LINE])
    except AddressError:
        return None
    return page_target(url) if url.host == host else None
