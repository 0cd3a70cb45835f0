"""What was answered before, found again by site."""

from datetime import timedelta

from saywhy.decide.engine import Engine
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW, THIS_SITE_TODAY, refusal, say_yes, submission

HOSTS = ["games.example", "a.games.example", "xgames.example", "chat.example", "games.example"]


def test_answers_for_a_site_what_lies_below_it_and_above(store: Store, engine: Engine) -> None:
    numbers = {}
    for place, host in enumerate(HOSTS):
        rule = "chat" if host == "chat.example" else "games"
        if host == "xgames.example":
            continue
        asked = store.submit(engine, submission(refusal(host, rule=rule)), f"form {place}", NOW)
        numbers[place] = asked.id
        if place == 4:
            say_yes(store, engine, asked.id, THIS_SITE_TODAY)
        else:
            store.refuse(asked.id, engine, IT, "There is a board in room 12.", NOW + timedelta(minutes=place))
    near = [one.id for one, _ in store.answered_near("games.example")]
    assert near == [numbers[4], numbers[1], numbers[0]]
    assert [one.id for one, _ in store.answered_near("a.games.example")] == near
    assert [one.id for one, _ in store.answered_lately()] == [numbers[4], numbers[3], numbers[1], numbers[0]]
    assert [one.id for one, _ in store.answered_lately(1)] == [numbers[4]]


def test_what_waits_is_no_precedent(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "form", NOW)
    assert store.answered_near("games.example") == ()
