"""What is told, in words: a subject that says what is asked of whom, and the requests that it is about. Pure.

It holds the least: a number, a site, a link; what somebody wrote only where the school has said so; never a need or a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from saywhy.exceptions.outbox import Waiting
from saywhy.exceptions.request import ExceptionRequest
from saywhy.exceptions.state import State
from saywhy.notify.audience import Kind, is_for_deciders, still_true

_MOST_NAMED: Final = 30  # requests in one message
MOST_TOGETHER: Final = 5  # requests for one site that are named each by itself

_ONE: Final = {
    Kind.NEW: "{number} is waiting for your answer",
    Kind.SECOND: "{number} is waiting for you to agree",
    Kind.APPEALED: "{number} has been appealed, so someone else needs to answer it",
    Kind.HALF_TIME: "{number} is still waiting, and half its time has gone",
    Kind.SAID: "The person who asked has written about {number}",
    Kind.RECEIVED: "We have your request {number}",
    Kind.ANSWERED: "Your request {number} has been answered",
    Kind.QUESTION: "We have a question for you about {number}",
    Kind.ENDED_EARLY: "Your access from {number} has ended early",
}
_CLOSED: Final = "Your request {number} was closed"
_MORE: Final = {
    Kind.NEW: "{count} requests are waiting for your answer",
    Kind.SECOND: "{count} requests are waiting for you to agree",
    Kind.APPEALED: "{count} requests have been appealed, so someone else needs to answer them",
    Kind.HALF_TIME: "{count} requests are still waiting, and half their time has gone",
    Kind.SAID: "People who asked have written about {count} requests",
}
_WHAT_NEXT: Final = {
    Kind.RECEIVED: "Someone will read it. You will find the answer and the reason on its page.",
    Kind.ANSWERED: "You will find the answer and the reason on its page.",
    Kind.QUESTION: "We need to know something before we can answer. The question is on its page.",
    Kind.ENDED_EARLY: "It is closed again. You will find the reason on its page.",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One request that a message tells of. `says` is a sentence without its full stop; `words` are what somebody wrote."""

    kind: Kind
    request: int
    number: str
    host: str
    link: str
    says: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What one recipient is told: a subject in one line, the requests, and how many more there are than are named."""

    subject: str
    told: tuple[Told, ...]
    more: int
    for_deciders: bool

    @property
    def only(self) -> Told | None:
        """The request that it is about, where it is about one."""
        numbers = {one.number for one in self.told}
        return self.told[0] if len(numbers) == 1 and not self.more else None


def one_line(text: str) -> str:
    """A text without anything that could begin another line, or that nobody sees."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())


def letter_of(
    waiting: Sequence[Waiting], portal: str, *, words: bool = False, asker: str | None = None
) -> Letter | None:
    """What is left to tell of what waited; None where nothing is. All of it is for those who decide, or for one who asked.

    `asker` is the account that asked or joined: it is told of its own receipts alone.
    """
    known = [(Kind(one.kind), one.request) for one in waiting if asker is None or one.request.receipt_of(asker)]
    true = [(kind, asked) for kind, asked in known if still_true(kind, asked.state)]
    if not true:
        return None
    told = tuple(_told(kind, asked, portal, words=words, asker=asker) for kind, asked in true[:_MOST_NAMED])
    return Letter(_subject(true), told, len(true) - len(told), is_for_deciders(true[0][0]))


def _told(kind: Kind, asked: ExceptionRequest, portal: str, *, words: bool, asker: str | None) -> Told:
    decides = is_for_deciders(kind)
    receipt = asked.receipt if asker is None else asked.receipt_of(asker)
    link = f"{portal}/requests/{asked.id}" if decides else f"{portal}/receipt/{receipt}"
    wrote = (asked.wants, asked.because, asked.work) if words and decides else ()
    return Told(kind, asked.id, asked.number, asked.refusal.host, link, _says(kind, asked), tuple(map(one_line, wrote)))


def _says(kind: Kind, asked: ExceptionRequest) -> str:
    closed = kind is Kind.ANSWERED and asked.state is State.LAPSED
    return (_CLOSED if closed else _ONE[kind]).format(number=asked.number)


def _subject(true: Sequence[tuple[Kind, ExceptionRequest]]) -> str:
    kinds = {kind for kind, _ in true}
    numbers = {asked.id for _, asked in true}
    if len(numbers) == 1:
        return _says(*true[-1])
    if len(kinds) == 1:
        return _MORE[next(iter(kinds))].format(count=len(numbers))
    return f"{len(numbers)} requests are waiting for you"


def in_groups(told: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    """Requests that say the same of the same site, together: a sentence for each group, in the order of the first."""
    groups: dict[tuple[Kind, str], list[Told]] = {}
    for one in told:
        groups.setdefault((one.kind, one.host), []).append(one)
    return [(_group_says(kind, found), found) for (kind, _), found in groups.items()]


def _group_says(kind: Kind, found: Sequence[Told]) -> str:
    if len(found) == 1 or kind not in _MORE:
        return found[0].says
    named = ", ".join(one.number for one in found[:MOST_TOGETHER])
    rest = f" and {len(found) - MOST_TOGETHER} more" if len(found) > MOST_TOGETHER else ""
    return f"{_MORE[kind].format(count=len(found))} ({named}{rest})"


def what_next(letter: Letter) -> str:
    """What the reader can do, in a sentence or two."""
    if letter.for_deciders:
        return "To answer, open the link and sign in."
    return _WHAT_NEXT.get(letter.told[0].kind, "")
