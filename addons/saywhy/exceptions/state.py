"""The life of an exception request, as a table.

The law: a request moves only along the table below; whatever is not in it raises `NotPossible`. Nothing here knows who
asks, who answers or what time it is; `weighing` decides who may cause an event, and this room's store applies the
event in the same transaction in which it read the state.

The theory. Somebody asks: the request is OPEN. From there one of these happens:

    OPEN ──approve──────────────> GRANTED              one person is enough
    OPEN ──approve──> AWAITING_SIGN_OFF ──sign_off──> GRANTED    others have to agree: the last of them opens it
    AWAITING_SIGN_OFF ──change──> AWAITING_SIGN_OFF    something else is proposed, so every yes is given anew
    AWAITING_SIGN_OFF ──void────> OPEN                 the first yes does not count any more: who gave it lost the role
    OPEN ──ask_back──> QUESTION ──answer──> OPEN       something is not clear; whoever asked says more
    any of these ──refuse──> REFUSED                   any one "no" ends it; it carries a reason
    any of these ──withdraw──> WITHDRAWN               by the person who asked
    any of these ──lapse──> LAPSED                     the question itself went away: the rule changed, or a permit
                                                       that others got opens all that was asked for
    REFUSED ──appeal──> APPEALED                       once; it is then weighed like an OPEN one, by somebody else

GRANTED, WITHDRAWN and LAPSED are final, and so is a REFUSED one that has been appealed. A question that is not answered
ends nothing: those who decide still may. A grant that ends early is ended as a grant; its request stays GRANTED, because
that is what was answered. No event is caused by time, and none leads from silence to an answer.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a request is."""

    OPEN = "open"
    QUESTION = "question"
    AWAITING_SIGN_OFF = "awaiting-sign-off"
    GRANTED = "granted"
    REFUSED = "refused"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What can happen to a request."""

    APPROVE = "approve"
    SIGN_OFF = "sign-off"
    CHANGE = "change"
    VOID = "void"
    ASK_BACK = "ask-back"
    ANSWER = "answer"
    REFUSE = "refuse"
    APPEAL = "appeal"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


_ENDS: Final = {Event.REFUSE: State.REFUSED, Event.WITHDRAW: State.WITHDRAWN, Event.LAPSE: State.LAPSED}
_WAITS: Final = {Event.APPROVE: State.GRANTED, Event.ASK_BACK: State.QUESTION, **_ENDS}

# Where nobody else has to agree. AWAITING_SIGN_OFF stands here too: the last of those who agree ends it.
ALONE: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.OPEN: _WAITS,
        State.APPEALED: _WAITS,
        State.QUESTION: {Event.APPROVE: State.GRANTED, Event.ANSWER: State.OPEN, **_ENDS},
        State.AWAITING_SIGN_OFF: {
            Event.SIGN_OFF: State.GRANTED,
            Event.CHANGE: State.GRANTED,
            Event.VOID: State.OPEN,
            **_ENDS,
        },
        State.REFUSED: {Event.APPEAL: State.APPEALED},
        State.GRANTED: {},
        State.WITHDRAWN: {},
        State.LAPSED: {},
    }
)

# Where somebody else still has to agree after this: the same table, but every yes leads to waiting.
TOGETHER: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        state: {event: State.AWAITING_SIGN_OFF if end is State.GRANTED else end for event, end in events.items()}
        for state, events in ALONE.items()
    }
)

UNDECIDED: Final = frozenset({State.OPEN, State.APPEALED, State.QUESTION, State.AWAITING_SIGN_OFF})


class NotPossible(Exception):  # noqa: N818 — reads as what it says
    """This event cannot happen in this state; most often because somebody else was faster."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a request that is {state.value} cannot take the event {event.value}")
        self.state = state
        self.event = event


def next_state(state: State, event: Event, *, needs_sign_off: bool, appealed: bool = False) -> State:
    """The state after the event. Raises NotPossible for anything not in the table.

    `needs_sign_off`: somebody else still has to agree; `appealed`: it was refused once and asked anew.
    """
    table = TOGETHER if needs_sign_off else ALONE
    try:
        end = table[state][event]
    except KeyError:
        raise NotPossible(state, event) from None
    if not appealed:
        return end
    if event is Event.APPEAL:
        raise NotPossible(state, event)
    return State.APPEALED if end is State.OPEN else end
