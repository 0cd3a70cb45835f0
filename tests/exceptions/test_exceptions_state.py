"""The table of a request's life, held against everything that is not in it."""

from itertools import product

import pytest

from saywhy.exceptions.state import ALONE, TOGETHER, UNDECIDED, Event, NotPossible, State, next_state

OPEN, WAITING, QUESTION, APPEALED = State.OPEN, State.AWAITING_SIGN_OFF, State.QUESTION, State.APPEALED
ENDINGS = [(Event.REFUSE, State.REFUSED), (Event.WITHDRAW, State.WITHDRAWN), (Event.LAPSE, State.LAPSED)]
YES = [(OPEN, Event.APPROVE), (APPEALED, Event.APPROVE), (QUESTION, Event.APPROVE), (WAITING, Event.SIGN_OFF)]
BOTH = (False, True)
POSSIBLE = {
    **{(start, event, two): end for start in UNDECIDED for event, end in ENDINGS for two in BOTH},
    **{(*yes, two): WAITING if two else State.GRANTED for yes in (*YES, (WAITING, Event.CHANGE)) for two in BOTH},
    **{(start, Event.ASK_BACK, two): QUESTION for start in (OPEN, APPEALED) for two in BOTH},
    **{(QUESTION, Event.ANSWER, two): OPEN for two in BOTH},
    **{(WAITING, Event.VOID, two): OPEN for two in BOTH},
    **{(State.REFUSED, Event.APPEAL, two): APPEALED for two in BOTH},
}


@pytest.mark.parametrize(("start", "event", "needs_sign_off"), list(product(State, Event, BOTH)))
def test_a_request_moves_along_the_table_and_nowhere_else(start: State, event: Event, needs_sign_off: bool) -> None:
    expected = POSSIBLE.get((start, event, needs_sign_off))
    if expected is not None:
        assert next_state(start, event, needs_sign_off=needs_sign_off) is expected
        return
    with pytest.raises(NotPossible) as raised:
        next_state(start, event, needs_sign_off=needs_sign_off)
    assert (raised.value.state, raised.value.event) == (start, event)


def test_only_what_waits_leads_anywhere_but_for_one_appeal() -> None:
    for table in (ALONE, TOGETHER):
        assert {state for state in State if table[state]} == UNDECIDED | {State.REFUSED}
    with pytest.raises(NotPossible):
        next_state(State.REFUSED, Event.APPEAL, needs_sign_off=False, appealed=True)


def test_what_was_appealed_is_never_open_like_a_new_one_again() -> None:
    assert next_state(QUESTION, Event.ANSWER, needs_sign_off=False, appealed=True) is APPEALED
    assert next_state(WAITING, Event.VOID, needs_sign_off=False, appealed=True) is APPEALED


def test_only_somebodys_yes_leads_to_a_grant() -> None:
    assert {event for events in ALONE.values() for event, end in events.items() if end is State.GRANTED} == {
        Event.APPROVE,
        Event.SIGN_OFF,
        Event.CHANGE,
    }
    assert not {event for events in TOGETHER.values() for event, end in events.items() if end is State.GRANTED}
