"""Who is told what: a happening becomes a notice for each recipient. Pure.

A recipient is told once however many roles make it one, nobody is told what they did themselves, and nobody decides on, or is
told as one who decides of, what they asked for themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.outbox import News, Notice
from saywhy.exceptions.request import Account, Happening
from saywhy.exceptions.state import UNDECIDED, State
from saywhy.exceptions.weighing import CannotBeAsked, present_terms
from saywhy.notify.recipient import AccountBox, Asker, Recipient, RoleBox, WebhookBox
from saywhy.notify.settings import Telling
from saywhy.policy.address import AddressError


class Kind(StrEnum):
    """What somebody is told. Those above the line go to who decides, those below to who asked."""

    NEW = "new"
    SECOND = "second"
    HALF_TIME = "half-time"
    SAID = "said"

    RECEIVED = "received"
    ANSWERED = "answered"
    QUESTION = "question"
    ENDED_EARLY = "ended-early"


# Happenings of the clock and of questions, by the words that the outbox has for them.
HALF_TIME_OVER: Final = "half-time"
ASKED_BACK: Final = "asked-back"
ASKER_REPLIED: Final = "answered"

_TO_DECIDERS: Final = frozenset({Kind.NEW, Kind.SECOND, Kind.HALF_TIME, Kind.SAID})
_ANSWERS: Final = frozenset({Happening.SIGNED_OFF, Happening.REFUSED, Happening.LAPSED})


def is_for_deciders(kind: Kind) -> bool:
    """Whether it is told to those who decide."""
    return kind in _TO_DECIDERS


def kinds_of(news: News) -> tuple[Kind, ...]:
    """What a happening is told as; nothing for what is told to nobody."""
    match news.what:
        case Happening.SUBMITTED:
            return Kind.NEW, Kind.RECEIVED
        case Happening.APPROVED:
            return (Kind.SECOND,) if news.state is State.AWAITING_SIGN_OFF else (Kind.ANSWERED,)
        case Happening.REVOKED:
            return (Kind.ENDED_EARLY,)
        case Happening.SAID_BY_MAIL:
            return (Kind.SAID,) if news.by in {"", news.request.asked_by} else ()
        case _ if news.what in _ANSWERS:
            return (Kind.ANSWERED,)
    return {HALF_TIME_OVER: (Kind.HALF_TIME,), ASKED_BACK: (Kind.QUESTION,), ASKER_REPLIED: (Kind.SAID,)}.get(
        news.what, ()
    )


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
    for account, address in addresses.items():
        if account.name in {news.by, news.request.asked_by}:
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
    """The roles whose turn it is. Where the rules have changed so that nobody decides any more: those of the rule's owner."""
    try:
        terms = present_terms(engine, news.request)
    except (CannotBeAsked, AddressError):
        rule = engine.rule_by_id.get(news.request.refusal.rule)
        return (rule.owner,) if rule is not None and rule.owner else ()
    return terms.signers if news.state is State.AWAITING_SIGN_OFF else terms.ask.decides


def _askers(news: News, telling: Telling, addresses: Mapping[Account, MailAddress]) -> Iterator[Recipient]:
    if telling.mail is None:
        return
    asker = news.request.asked_by
    if any(account.name == asker for account in addresses):
        yield AccountBox(asker, asked=True)
    elif news.mail is not None and news.mail.domain in telling.asker_domains:
        yield Asker(news.mail)


def still_true(kind: Kind, state: State) -> bool:
    """Whether what was to be told still is so."""
    if kind is Kind.SECOND:
        return state is State.AWAITING_SIGN_OFF
    if kind is Kind.NEW:
        return state is State.OPEN
    return state in UNDECIDED if kind in {Kind.HALF_TIME, Kind.SAID, Kind.QUESTION} else True
