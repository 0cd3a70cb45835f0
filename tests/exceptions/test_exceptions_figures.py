"""What a meeting looks at: questions, answers that were turned, what waits, what nobody uses, what ended in silence."""

from datetime import timedelta

from saywhy.decide.engine import Engine
from saywhy.exceptions.figures import Permit, RuleFigures, ending_within, unused_since
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW, THIS_SITE_TODAY, change, refusal, say_yes, submission

DAY = timedelta(days=1)
NO = "There is a board in room 12."


def test_rules_have_their_figures(store: Store, engine: Engine) -> None:
    first, second, third = (store.submit(engine, submission(), f"f{n}", NOW) for n in range(3))
    store.submit(engine, submission(refusal("chat.example", rule="chat")), "c", NOW)
    store.refuse(first.id, engine, IT, NO, NOW + DAY)
    say_yes(store, engine, second.id, THIS_SITE_TODAY, NOW + 2 * DAY)
    store.refuse(third.id, engine, IT, NO, NOW + 3 * DAY)
    figures = store.figures.of_rules(NOW - DAY)
    assert figures == {"games": RuleFigures(3, 1, 2, 1), "chat": RuleFigures(1)}
    (turned,) = store.figures.overturned(NOW - DAY)
    assert (turned.host, turned.rule, turned.refused, turned.granted) == ("games.example", "games", "R-1001", "R-1002")
    assert store.figures.of_rules(NOW + DAY) == {}


def test_a_yes_for_other_people_turns_nothing(store: Store, engine: Engine) -> None:
    first = store.submit(engine, submission(), "f1", NOW)
    other = store.submit(engine, submission(refusal(groups=("students",))), "f2", NOW)
    store.refuse(first.id, engine, IT, NO, NOW)
    say_yes(store, engine, other.id, THIS_SITE_TODAY, NOW + DAY)
    assert store.figures.overturned(NOW - DAY) == ()


def test_what_waits_too_long_is_listed(store: Store, engine: Engine) -> None:
    store.submit(engine, submission(), "f1", NOW)
    store.submit(engine, submission(), "f2", NOW + DAY)
    assert [one.number for one in store.figures.overdue(NOW + DAY)] == ["R-1001"]


def test_permits_that_end_soon_or_that_nobody_uses(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "f1", NOW)
    say_yes(store, engine, asked.id, Chosen("device", "site", "date", date="2027-02-01"), NOW)
    (permit,) = store.figures.permits(NOW)
    assert (permit.number, permit.host, permit.rule) == ("R-1001", "games.example", "games")
    at = NOW + 31 * DAY
    assert unused_since((permit,), {}, at, 30) == (permit,)
    assert unused_since((permit,), {permit.id: at - 2 * DAY}, at, 30) == ()
    assert unused_since((permit,), {permit.id: NOW}, at, 30) == (permit,)
    assert unused_since((permit,), {}, NOW + 29 * DAY, 30) == ()
    assert ending_within((permit,), NOW, 7) == ()
    assert ending_within((permit,), permit.ends - 7 * DAY, 7) == (permit,)
    store.revoke(permit.id, "it", NOW, "Not needed.")
    assert store.figures.permits(NOW) == ()
    assert isinstance(permit, Permit)


def test_nothing_ends_without_a_reason_and_what_does_is_seen(store: Store, engine: Engine, url: str) -> None:
    first, second = (store.submit(engine, submission(), f"f{n}", NOW) for n in range(2))
    store.refuse(first.id, engine, IT, NO, NOW)
    say_yes(store, engine, second.id, THIS_SITE_TODAY, NOW)
    third = store.submit(engine, submission(), "f3", NOW)
    store.withdraw(third.receipt, NOW)
    assert store.figures.ended_without_reason() == ()
    (permit,) = store.figures.permits(NOW)
    store.revoke(permit.id, "it", NOW)
    assert store.figures.ended_without_reason() == ("R-1002",)
    change(url, "UPDATE reviews SET reason = '' WHERE verdict = 'refuse'")
    change(url, "UPDATE exception_requests SET state = 'lapsed' WHERE id = 3")
    assert store.figures.ended_without_reason() == ("R-1001", "R-1002", "R-1003")
