"""The form for one refusal, put together: what it asks, what stands beside it, and what was answered so far."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.details import need_reader
from saywhy.exceptions.drafts import about
from saywhy.exceptions.earlier import EarlierAnswer, earlier_answers, refused_before
from saywhy.exceptions.joining import Alike
from saywhy.exceptions.offer import Offered, offered
from saywhy.exceptions.opening import open_by, way_in
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.weighing import Terms, access_of, decided_today, terms_of, titles
from saywhy.explain.alternatives import surviving
from saywhy.explain.explain import purposes_of
from saywhy.explain.explanation import OpenPurpose
from saywhy.explain.reason import reason_for, told_in
from saywhy.explain.reference import Reference
from saywhy.explain.whose_rule import WhoseRule, whose_rule
from saywhy.policy.grant import Grant
from saywhy.policy.reader import Reader
from saywhy.portal.browser import this_browser
from saywhy.portal.context import PortalContext
from saywhy.portal.easy_read import easy_read_chosen
from saywhy.portal.language import own_language, translation
from saywhy.portal.steps import OTHER, Asks, simple_for


@dataclass(frozen=True, slots=True)
class Opened:
    """A permit that is in force, and an address that it opens to who asked, where one does."""

    grant: Grant
    link: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store says of a refusal and a browser: grants, answers so far, earlier answers, who asks the same."""

    grants: tuple[Grant, ...] = ()
    answers: Mapping[str, str] | None = None
    earlier: tuple[EarlierAnswer, ...] = ()
    alike: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class AskForm:
    """Everything that the form's pages show. `answers` are as they were written; `alternatives` fit what is wanted."""

    token: str
    refusal: Refusal
    terms: Terms
    asks: Asks
    reason: str
    reason_language: str  # which the school wrote it in
    answers: Mapping[str, str]
    alternatives: tuple[OpenPurpose, ...]
    earlier: tuple[EarlierAnswer, ...]
    alike: tuple[Alike, ...]
    opened: Opened | None
    whose: WhoseRule | None
    need_role: str

    @property
    def offers(self) -> Offered:
        """What may be given."""
        return self.asks.offers

    @property
    def refused(self) -> EarlierAnswer | None:
        """The no that stands against it."""
        return refused_before(self.earlier)


def known_of(context: PortalContext, engine: Engine, refusal: Refusal, now: datetime) -> Known:
    """What the store knows. Raises StoreUnavailable."""
    store, browser = context.store, this_browser()
    return Known(
        grants=store.live_grants(now, refusal.host),
        answers=store.drafts.draft(browser, about(refusal), now),
        earlier=earlier_answers(engine.policy, refusal, store.answered_for({refusal.host}), now),
        alike=store.joining.alike(refusal, browser),
    )


def form_of(  # all that a form is made from
    engine: Engine,
    token: str,
    refusal: Refusal,
    known: Known,
    answers: Mapping[str, str],
    now: datetime,
    *,
    full: bool,
    mail_domains: Collection[str] = (),
) -> AskForm:
    """The form as it is with these answers besides those in the draft. `full`: in all its steps, whoever reads it.

    Raises CannotBeAsked.
    """
    terms = terms_of(engine, refusal)
    given = {**(known.answers or {}), **answers}
    catalogue = engine.policy.catalogue.purposes
    wanted = purposes_of(engine, terms.rule, decided_today(engine, refusal))
    chosen = given.get("purpose", "")
    access = replace(access_of(engine, refusal), at=now)
    alternatives, _ = surviving(engine, Grants(known.grants), access, (chosen,) if chosen in wanted else wanted)
    need_role = need_reader(engine.policy)
    stands = refused_before(known.earlier) is not None
    asks = Asks(
        offers=offered(engine.policy, terms.ask.offer, terms.apps, refusal, now),
        today=now.astimezone(engine.policy.school.timezone).date(),
        purposes={name: catalogue[name].label for name in wanted},
        instead=bool(alternatives),
        before=bool(known.earlier or known.alike),
        news=stands,
        need_for=titles(engine.policy, (need_role,)) if need_role else "",
        mail_domains=tuple(sorted(mail_domains)),
        simple=simple_for(refusal.reader) and not full,
    )
    if not asks.purposes:
        given["purpose"] = OTHER
    why, language = told_in(terms.rule, translation().tag, own_language(engine.policy))
    return AskForm(
        token=token,
        refusal=refusal,
        terms=terms,
        asks=asks,
        reason=reason_for(why, _reading(refusal.reader), locked=terms.rule.locked),
        reason_language=language,
        answers=given,
        alternatives=alternatives,
        earlier=known.earlier,
        alike=known.alike,
        opened=opened_to(engine, refusal, known.grants, now),
        whose=whose_of(engine, refusal, now),
        need_role=need_role,
    )


def opened_to(engine: Engine, refusal: Refusal, grants: tuple[Grant, ...], now: datetime) -> Opened | None:
    """What is open by now to those who were refused."""
    grant = open_by(engine, refusal, grants, now)
    return None if grant is None else Opened(grant, way_in(engine, refusal, grant, now))


def whose_of(engine: Engine, refusal: Refusal, now: datetime) -> WhoseRule | None:
    """Whose rule closes it now; None where nothing does at this moment."""
    access: Access = replace(access_of(engine, refusal), at=now)
    decision = decide(engine, NO_GRANTS, access)
    return None if decision.allowed else whose_rule(engine, access, decision)


def for_a_teacher(refusal: Refusal) -> bool:
    """Whether its reader is too young for a form, and a teacher asks."""
    return refusal.reader is Reader.EARLY


def _reading(own: Reader) -> Reader:
    """The level that somebody reads at, who may have chosen easy-read; the young are told no more than their own level is."""
    return Reader.EASY_READ if easy_read_chosen() and not own.young else own


def refusal_of(reference: Reference) -> Refusal:
    """The facts of a signed reference, as requests keep them."""
    return Refusal(
        code=reference.code,
        host=reference.host,
        url=reference.url,
        scheme=reference.scheme,
        rule=reference.rule or "",
        reason=str(reference.reason),
        groups=tuple(reference.groups),
        place=reference.place,
        device=None if reference.device is None else str(reference.device),
        reader=reference.reader,
        at=reference.at,
        revision=reference.revision,
    )
