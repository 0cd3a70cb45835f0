"""Who is told what: a happening becomes a notice for each recipient. Pure.

A recipient is told once however many roles make it one, nobody is told what they did themselves, and nobody is told as one who
decides of what they asked for themselves, or of an appeal from their own no.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.deciders import deputies, seconds
from saywhy.exceptions.due import due
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.outbox import News, Notice
from saywhy.exceptions.request import Account, Happening
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.weighing import CannotBeAsked, deciding_now, present_terms
from saywhy.notify.recipient import AccountBox, Asker, Recipient, RoleBox, WebhookBox
from saywhy.notify.settings import Telling
from saywhy.policy.address import AddressError


class Kind(StrEnum):
    """What somebody is told. Those above the line go to who decides, those below to who asked."""

    NEW = "new"
    SECOND = "second"
    APPEALED = "appealed"
    HALF_TIME = "half-time"
    SAID = "said"

    RECEIVED = "received"
    ANSWERED = "answered"
    QUESTION = "question"
    ENDED_EARLY = "ended-early"


_TO_DECIDERS: Final = frozenset({Kind.NEW, Kind.SECOND, Kind.APPEALED, Kind.HALF_TIME, Kind.SAID})
_YES: Final = frozenset({Happening.APPROVED, Happening.SIGNED_OFF, Happening.CHANGED})
_TOLD_AS: Final[Mapping[str, tuple[Kind, ...]]] = {
    Happening.SUBMITTED: (Kind.NEW, Kind.RECEIVED),
    Happening.REFUSED: (Kind.ANSWERED,),
    Happening.LAPSED: (Kind.ANSWERED,),
    Happening.APPEALED: (Kind.APPEALED,),
    Happening.HALF_TIME: (Kind.HALF_TIME,),
    Happening.ASKED_BACK: (Kind.QUESTION,),
    Happening.ANSWERED: (Kind.SAID,),
    Happening.SAID_BY_MAIL: (Kind.SAID,),
    Happening.REVOKED: (Kind.ENDED_EARLY,),
}


def is_for_deciders(kind: Kind) -> bool:
    """Whether it is told to those who decide."""
    return kind in _TO_DECIDERS


def kinds_of(news: News) -> tuple[Kind, ...]:
    """What a happening is told as; nothing for what is told to nobody."""
    if news.what in _YES:
        return (Kind.SECOND,) if news.state is State.AWAITING_SIGN_OFF else (Kind.ANSWERED,)
    if news.what == Happening.VOIDED:  # it waits for a first answer again
        return (Kind.NEW if news.state is State.OPEN else Kind.APPEALED,)
    if news.what == Happening.SAID_BY_MAIL and news.by and not news.request.receipt_of(news.by):
        return ()
    return _TOLD_AS.get(news.what, ())


def audience(
    news: News, engine: Engine, telling: Telling, addresses: Mapping[Account, MailAddress]
) -> tuple[Notice, ...]:
    """The notices that a happening makes. `addresses` are those of the accounts that have one."""
    notices: dict[tuple[str, Kind], Notice] = {}
    for kind in kinds_of(news):
        gathered = is_for_deciders(kind)
        found = _deciders(news, engine, telling, addresses) if gathered else _askers(news, telling, addresses)
        for one in found:
            notices[one.text, kind] = Notice(one.text, kind.value, gathered)
    return tuple(notices.values())


def _deciders(
    news: News, engine: Engine, telling: Telling, addresses: Mapping[Account, MailAddress]
) -> Iterator[Recipient]:
    roles = roles_of(news, engine)
    written: set[MailAddress] = set()
    askers = {news.request.asked_by, *(one.account for one in news.request.joined)}
    for account, address in addresses.items():
        if account.name in {news.by, news.request.refused_by, *askers}:
            written.add(address)  # nor as a box of the role
        elif telling.mail is not None and not account.roles.isdisjoint(roles):
            written.add(address)
            yield AccountBox(account.name)
    for role in roles:
        box = telling.roles.get(role)
        if box is None:
            continue
        for address in box.mail:
            if telling.mail is not None and address not in written:
                written.add(address)
                yield RoleBox(role, address)
        yield from (WebhookBox(name) for name in box.webhooks)


def roles_of(news: News, engine: Engine) -> Sequence[str]:
    """The roles whose turn it is, with deputies once half the time is over. Where the rules have changed so that nobody decides any more: those of the rule's owner."""
    try:
        terms = present_terms(engine, news.request)
    except (CannotBeAsked, AddressError):
        rule = engine.rule_by_id.get(news.request.refusal.rule)
        return (rule.owner,) if rule is not None and rule.owner else ()
    policy = engine.policy
    if news.state is not State.AWAITING_SIGN_OFF:
        return deciding_now(policy, terms.ask, replace(news.request, state=news.state), news.at)
    late = due(policy, terms.ask, news.request, news.at).escalated
    roles = seconds(policy, terms.ask)
    return tuple(dict.fromkeys((*roles, *(deputies(policy, roles) if late else ()))))


def _askers(news: News, telling: Telling, addresses: Mapping[Account, MailAddress]) -> Iterator[Recipient]:
    if telling.mail is None:
        return
    asker = news.request.asked_by
    theirs = {account.name for account in addresses}
    yield from (AccountBox(name, asked=True) for name in news.joined if name in theirs and name != asker)
    if asker in theirs:
        yield AccountBox(asker, asked=True)
    elif news.mail is not None and news.mail.domain in telling.asker_domains:
        yield Asker(news.mail)


def still_true(kind: Kind, state: State) -> bool:
    """Whether what was to be told still is so."""
    if kind is Kind.SECOND:
        return state is State.AWAITING_SIGN_OFF
    if kind in {Kind.NEW, Kind.APPEALED}:
        return state is (State.OPEN if kind is Kind.NEW else State.APPEALED)
    if kind is Kind.QUESTION:
        return state is State.QUESTION
    return state in UNDECIDED if kind in {Kind.HALF_TIME, Kind.SAID} else True
