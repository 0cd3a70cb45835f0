"""The table of a request's life, held against everything that is not in it."""

from itertools import product

import pytest

from saywhy.exceptions.state import ALONE, TOGETHER, UNDECIDED, Event, NotPossible, State, next_state

OPEN, WAITING = State.OPEN, State.AWAITING_SIGN_OFF
ENDINGS = [(Event.REFUSE, State.REFUSED), (Event.WITHDRAW, State.WITHDRAWN), (Event.LAPSE, State.LAPSED)]
POSSIBLE = {
    **{(start, event, two): end for start in (OPEN, WAITING) for event, end in ENDINGS for two in (False, True)},
    (OPEN, Event.APPROVE, False): State.GRANTED,
    (OPEN, Event.APPROVE, True): WAITING,
    (WAITING, Event.SIGN_OFF, False): State.GRANTED,
    (WAITING, Event.SIGN_OFF, True): State.GRANTED,
}


@pytest.mark.parametrize(("start", "event", "needs_sign_off"), list(product(State, Event, (False, True))))
def test_a_request_moves_along_the_table_and_nowhere_else(start: State, event: Event, needs_sign_off: bool) -> None:
    expected = POSSIBLE.get((start, event, needs_sign_off))
    if expected is not None:
        assert next_state(start, event, needs_sign_off=needs_sign_off) is expected
        return
    with pytest.raises(NotPossible) as raised:
        next_state(start, event, needs_sign_off=needs_sign_off)
    assert (raised.value.state, raised.value.event) == (start, event)


def test_only_undecided_states_lead_anywhere() -> None:
    for table in (ALONE, TOGETHER):
        assert {state for state in State if table[state]} == UNDECIDED


def test_only_the_last_yes_leads_to_a_grant() -> None:
    assert {event for events in ALONE.values() for event, end in events.items() if end is State.GRANTED} == {
        Event.APPROVE,
        Event.SIGN_OFF,
    }
    together = {event for events in TOGETHER.values() for event, end in events.items() if end is State.GRANTED}
    assert together == {Event.SIGN_OFF}
