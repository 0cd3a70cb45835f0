"""Why something is not for one person alone to open: it is wide, or of high risk. Pure, and told in words."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Proposal, Refusal
from saywhy.exceptions.until import end_of
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.caps import Whom
from saywhy.policy.grant import GrantScope, GrantTarget
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.rule import UNTIL_OFFERS, WHAT_OFFERS, Offer, Rule

A_WEEK: Final = timedelta(days=7)  # the store holds the same
_WHOM: Final = tuple(Whom)
_FOR: Final = {Whom.THIS_DEVICE: "one device", Whom.ONE_GROUP: "one group", Whom.EVERYBODY: "everybody"}
_AMOUNT: Final = {Offer.THIS_PAGE: "a page", Offer.THIS_SITE: "a site", Offer.THIS_APP: "an app"}
_SPAN: Final = {
    Offer.THIS_LESSON: "this lesson",
    Offer.TODAY: "today",
    Offer.THIS_WEEK: "this week",
    Offer.THIS_TERM: "this term",
}


def why_two(engine: Engine, opens: Iterable[Rule], refusal: Refusal, given: Proposal, now: datetime) -> tuple[str, ...]:
    """The reasons for which two people have to agree to this, each to follow "since"; empty: one may decide.

    `opens` are the rules whose closing it lifts, the one that it was asked from first.
    """
    return tuple(
        dict.fromkeys((*_wide(engine.policy, given, now), *_risks(engine, tuple(opens), refusal, _opened(given))))
    )


def _wide(policy: Policy, given: Proposal, now: datetime) -> Iterator[str]:
    if given.what.site is not None:
        yield "it opens a whole site"
    if any(one.what.site is not None for one in given.further):
        yield "it opens whole sites that the page needs"
    if given.what.app is not None:
        yield "it opens a whole app"
    if for_whom(policy, given.who) is Whom.EVERYBODY:
        yield "it is for everybody"
    if given.ends - now > A_WEEK:
        yield "it lasts longer than a week"


def _opened(given: Proposal) -> tuple[GrantTarget, ...]:
    return given.what, *(one.what for one in given.further)


def _risks(engine: Engine, opens: tuple[Rule, ...], refusal: Refusal, what: Iterable[GrantTarget]) -> Iterator[str]:
    yield from (f"the rule {rule.id} is of high risk" for rule in opens if rule.high_risk)
    categories = engine.policy.catalogue.categories
    named = set(_categories(engine, refusal, what))
    named |= {name for rule in opens[1:] for name in rule.criteria.categories}
    risky = (categories[name] for name in sorted(named) if name in categories and categories[name].high_risk)
    yield from (f"“{one.label}” is of high risk" for one in risky)


def _categories(engine: Engine, refusal: Refusal, opened: Iterable[GrantTarget]) -> Iterator[str]:
    """What the refused address belongs to, and what would be opened."""
    try:
        url = None if refusal.url is None else canonical_url(refusal.url)
    except AddressError:
        url = None
    known = engine.membership(refusal.host, url)
    yield from known.categories | known.undecided_categories
    for what in opened:
        if host := what.site or ("" if what.page is None else what.page.host):
            found = engine.membership(host, None)
            yield from found.categories | found.undecided_categories
        app = engine.policy.catalogue.apps.get(what.app or "")
        yield from () if app is None else app.categories


def for_whom(policy: Policy, who: GrantScope) -> Whom:
    """For how many people that is."""
    if any(is_everybody(policy, name) for name in who.groups) or len(who.groups) > 1:
        return Whom.EVERYBODY
    return Whom.ONE_GROUP if who.groups else Whom.THIS_DEVICE


def is_everybody(policy: Policy, name: str) -> bool:
    """Whether a group is everybody: one that others lie within and that lies within none, or the only one of pupils."""
    group = policy.groups.get(name)
    if group is None or group.within:
        return group is None
    if any(name in other.within for other in policy.groups.values()):
        return True
    outermost = (one for one in policy.groups.values() if not one.within and one.reader is not Reader.ADULT)
    return [one.id for one in outermost] == [name]


def beyond(policy: Policy, role: str, given: Proposal, now: datetime) -> dict[str, str]:
    """What of this is more than a role may give: a message for each field of the form."""
    known = policy.roles.get(role)
    if known is None:
        return {}
    most, told = known.most, {}
    whom = for_whom(policy, given.who)
    if most.who is not None and _WHOM.index(whom) > _WHOM.index(most.who):
        told["who"] = f"{known.title} can open for {_FOR[most.who]} at the most"
    amount = max((_amount_of(what) for what in _opened(given)), key=WHAT_OFFERS.index)
    if most.what is not None and WHAT_OFFERS.index(amount) > WHAT_OFFERS.index(most.what):
        told["what"] = f"{known.title} can open {_AMOUNT[most.what]} at the most"
    if most.until is not None:
        latest = end_of(most.until, now, policy)
        if latest is None:
            told["until"] = f"{known.title} can open for a lesson at the most, and none is on now"
        elif given.ends > max(latest, *_shorter(most.until, now, policy)):
            told["until"] = f"{known.title} can open for {_SPAN[most.until]} at the most"
    return told


def _amount_of(what: GrantTarget) -> Offer:
    return Offer.THIS_PAGE if what.page else Offer.THIS_SITE if what.site else Offer.THIS_APP


def _shorter(most: Offer, now: datetime, policy: Policy) -> list[datetime]:
    """The ends of what is no longer than this: a lesson at midnight may end later than today."""
    spans = UNTIL_OFFERS[: UNTIL_OFFERS.index(most) + 1]
    ends = [end for span in spans if (end := end_of(span, now, policy)) is not None]
    return ends or [now]
