"""What a permit has opened to somebody who was refused: an address to follow, or the permit that has answered already."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from saywhy.decide.access import Access, target_at
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.request import ExceptionRequest, Refusal
from saywhy.exceptions.until import end_of_day
from saywhy.exceptions.weighing import CannotBeAsked, access_of, terms_of
from saywhy.policy.address import AddressError, Url, canonical_url
from saywhy.policy.grant import Grant


def open_by(engine: Engine, refusal: Refusal, grants: Iterable[Grant], now: datetime) -> Grant | None:
    """The permit by which the page that was refused is open now to the same people; None where it is not."""
    found = Grants(grants)
    if not found.count:
        return None
    try:
        access = replace(access_of(engine, refusal), at=now)
        decision = decide(engine, found, access)
        if not decision.allowed or decision.needs_url:
            return None
        if decision.reason is Reason.GRANT:
            return decision.grant
        # The refusal keeps no query: the rule that it names may close what this shortened address does not show.
        standing = engine.standing(access.target.host, access.target.url)
        return found.opening(access, standing.keys, terms_of(engine, refusal).rule)
    except (AddressError, CannotBeAsked):
        return None


def way_in(engine: Engine, refusal: Refusal, grant: Grant, now: datetime) -> str | None:
    """An address that is open now to who was refused: the one they asked for, or the page that was opened instead."""
    try:
        asked = access_of(engine, refusal)
    except AddressError:
        return None
    for text, url in _addresses(refusal, grant):
        access = Access(asked.subject, target_at(url), now)
        decision = decide(engine, Grants([grant]), access)
        if decision.allowed and not decision.needs_url:
            return text
    return None


def answers(engine: Engine, request: ExceptionRequest, grant: Grant, now: datetime) -> bool:
    """Whether a permit gives all that a request asks for: the page, to the same people, until its last day."""
    if grant.ends < end_of_day(request.until, engine.policy.school.timezone):
        return False
    return open_by(engine, request.refusal, [grant], now) is not None


def _addresses(refusal: Refusal, grant: Grant) -> Iterable[tuple[str, Url]]:
    scheme = "http" if refusal.scheme == "http" else "https"
    texts = [refusal.url or f"{scheme}://{refusal.host}/", "" if grant.what.page is None else grant.what.page.text]
    for text in texts:
        if text.startswith(("http://", "https://")):
            with suppress(AddressError):
                yield text, canonical_url(text)
