"""Rules and permits come up on their day, with their figures."""

from datetime import UTC, date, datetime, timedelta

from saywhy.decide.engine import Engine
from saywhy.exceptions.looking_again import SOON, look_again
from saywhy.exceptions.meetings import About, Decided, Item
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import IT, NOW, say_yes, submission

REVIEW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_rules_come_up_before_their_day_and_are_overdue_after_it(store: Store, engine: Engine) -> None:
    for at, due, overdue in (
        (REVIEW - timedelta(days=SOON + 1), 0, 0),
        (REVIEW - timedelta(days=SOON), 7, 0),
        (REVIEW, 7, 0),
        (REVIEW + timedelta(days=1), 7, 7),
    ):
        found = look_again(engine.policy, store.figures, store.meetings, None, at)
        assert (len(found.due), sum(one.overdue for one in found.due)) == (due, overdue)
    assert found.unused is None


def test_permits_and_decisions_come_with_them(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, Chosen("device", "site", "date", date="2027-02-01"), NOW)
    kept = Item(About.RULE, "games", Decided.KEEP, "It works as it is.", date(2027, 9, 1))
    store.meetings.keep("form", NOW.date(), ["it"], "We talked.", [kept], IT, NOW)
    found = look_again(engine.policy, store.figures, store.meetings, {}, NOW + timedelta(days=40))
    assert [one.number for one in found.unused or ()] == ["R-1001"]
    assert found.ending == ()
    (rule,) = found.asked
    assert (rule.rule.id, rule.figures.opened, rule.last) == ("games", 1, (NOW.date(), kept))
    assert found.silent == ()
