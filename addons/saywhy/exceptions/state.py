"""The life of an exception request, as a table.

The law: a request moves only along the table below; whatever is not in it raises `NotPossible`. Nothing here knows who
asks, who answers or what time it is; `weighing` decides who may cause an event, and this room's store applies the
event in the same transaction in which it read the state.

The theory. Somebody asks: the request is OPEN. From there one of these happens, and each happens once:

    OPEN ──approve──────────────> GRANTED              the rule needs one person
    OPEN ──approve──> AWAITING_SIGN_OFF ──sign_off──> GRANTED    the rule needs two
    OPEN, AWAITING_SIGN_OFF ──refuse──> REFUSED        any one "no" ends it; it carries a reason
    OPEN, AWAITING_SIGN_OFF ──withdraw──> WITHDRAWN    by the person who asked
    OPEN, AWAITING_SIGN_OFF ──lapse──> LAPSED          the question itself went away: the rule changed, or a permit
                                                       that others got opens all that was asked for

GRANTED, REFUSED, WITHDRAWN and LAPSED are final. A grant that ends early is ended as a grant; its request stays
GRANTED, because that is what was answered. Who changes their mind is asked anew: a final answer that could be rewritten
would be no answer, and no event leads from silence to a yes.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """Where a request is."""

    OPEN = "open"
    AWAITING_SIGN_OFF = "awaiting-sign-off"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class Event(StrEnum):
    """What can happen to a request."""

    APPROVE = "approve"
    SIGN_OFF = "sign-off"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


_ENDS: Final = {Event.REFUSE: State.REFUSED, Event.WITHDRAW: State.WITHDRAWN, Event.LAPSE: State.LAPSED}

# Where one person decides alone. AWAITING_SIGN_OFF stands here too: a policy may change while a request waits.
ALONE: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {
        State.OPEN: {Event.APPROVE: State.GRANTED, **_ENDS},
        State.AWAITING_SIGN_OFF: {Event.SIGN_OFF: State.GRANTED, **_ENDS},
        State.GRANTED: {},
        State.REFUSED: {},
        State.WITHDRAWN: {},
        State.LAPSED: {},
    }
)

# Where a second person has to agree: the same table but for this one line.
TOGETHER: Final[Mapping[State, Mapping[Event, State]]] = MappingProxyType(
    {**ALONE, State.OPEN: {Event.APPROVE: State.AWAITING_SIGN_OFF, **_ENDS}}
)

UNDECIDED: Final = frozenset({State.OPEN, State.AWAITING_SIGN_OFF})


class NotPossible(Exception):  # noqa: N818 — reads as what it says
    """This event cannot happen in this state; most often because somebody else was faster."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a request that is {state.value} cannot take the event {event.value}")
        self.state = state
        self.event = event


def next_state(state: State, event: Event, *, needs_sign_off: bool) -> State:
    """The state after the event. Raises NotPossible for anything not in the table."""
    table = TOGETHER if needs_sign_off else ALONE
    try:
        return table[state][event]
    except KeyError:
        raise NotPossible(state, event) from None
