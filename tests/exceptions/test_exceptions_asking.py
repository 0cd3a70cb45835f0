"""What stands beside a request: drafts, details, needs, numbers for teachers, earlier answers, usual times."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.details import Details, Need, need_reader
from saywhy.exceptions.drafts import DRAFT_LASTS, about
from saywhy.exceptions.due import usual_time
from saywhy.exceptions.earlier import earlier_answers, refused_before, term_began
from saywhy.exceptions.request import Refusal
from saywhy.exceptions.store import Store
from saywhy.policy.calendar import Calendar
from saywhy.policy.policy import Policy
from saywhy.policy.school import Role
from tests.exceptions.conftest import IT, NOW, THIS_SITE_TODAY, WHY, refusal, say_yes, submission


def test_a_draft_grows_and_lasts_a_day(store: Store) -> None:
    what = about(refusal())
    assert store.drafts.draft("mine", what, NOW) == {}
    store.drafts.keep("mine", what, {"wants": "Play chess"}, NOW)
    kept = store.drafts.keep("mine", what, {"because": "x" * 3000}, NOW + timedelta(hours=1))
    assert kept == {"wants": "Play chess", "because": "x" * 2000}
    late = NOW + timedelta(hours=1) + DRAFT_LASTS
    assert store.drafts.draft("mine", what, late - timedelta(seconds=1)) == kept
    assert store.drafts.draft("mine", what, late) == {}
    store.drafts.keep("other", what, {}, late)
    with store._database.reading() as session:
        assert session.execute(text("SELECT browser FROM drafts")).scalars().all() == ["other"]


def test_a_draft_is_its_browsers_alone_and_is_forgotten_when_sent(store: Store) -> None:
    what = about(refusal())
    store.drafts.keep("mine", what, {"wants": "Play chess"}, NOW)
    assert store.drafts.draft("theirs", what, NOW) == {}
    assert store.drafts.draft("", what, NOW) == {}
    assert store.drafts.draft("mine", about(refusal(path="/other")), NOW) == {}
    assert store.drafts.draft("mine", about(refusal(code="ZZ-ZZZZ-ZZ")), NOW) != {}, "whichever block page it began at"
    store.drafts.drop("mine", what)
    assert store.drafts.draft("mine", what, NOW) == {}


def test_a_childs_number_leads_to_the_reference_while_it_lasts(store: Store) -> None:
    store.drafts.hand_over("K7-42QX-9M", "signed", NOW + timedelta(days=1), NOW)
    store.drafts.hand_over("K7-42QX-9M", "another", NOW + timedelta(days=9), NOW)
    assert store.drafts.handed_over("K7-42QX-9M", NOW) == "signed"
    assert store.drafts.handed_over("K7-42QX-9N", NOW) is None
    assert store.drafts.handed_over("K7-42QX-9M", NOW + timedelta(days=1)) is None


def test_details_and_a_need_are_kept_apart(store: Store, engine: Engine) -> None:
    made = replace(
        submission(),
        purpose="play",
        who="device",
        span="today",
        news="A club began",
        need="I read with a screen reader",
        need_for="safeguarding",
        browser="mine",
    )
    asked = store.submit(engine, made, "a", NOW)
    assert store.details.of(asked.id) == Details("play", "device", "today", "A club began", "mine", None)
    assert store.details.need(asked.id) == Need("safeguarding", "I read with a screen reader")
    assert "screen reader" not in repr((store.requests(), store.dossier(asked.id), store.details.of(asked.id)))
    plain = store.submit(engine, submission(), "b", NOW)
    assert store.details.need(plain.id) is None
    assert store.details.of(plain.id + 1) == Details()


def test_a_need_is_for_a_role(store: Store, engine: Engine) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        store.submit(engine, replace(submission(), need="Large print"), "a", NOW)
    assert isinstance(raised.value.__cause__, IntegrityError)
    assert store.requests() == ()


@pytest.mark.parametrize(
    ("roles", "reader"),
    [
        (("it", "safeguarding"), "safeguarding"),
        (("safeguarding", "senco"), "senco"),
        (("safeguarding-lower", "it"), "safeguarding-lower"),
        (("it", "sensors"), ""),
        ((), ""),
    ],
)
def test_needs_are_read_by_the_role_whose_work_they_are(policy: Policy, roles: tuple[str, ...], reader: str) -> None:
    assert need_reader(replace(policy, roles={one: Role(one, one) for one in roles})) == reader


@pytest.mark.parametrize(
    ("asks", "told"),
    [
        (refusal(), ["It is a game."]),
        (refusal(device="10.30.7.99"), ["It is a game."]),
        (refusal(path="/chess"), ["It is a game."]),
        (refusal(groups=("students",)), []),
        (refusal(host="chat.example", rule="chat"), []),
    ],
    ids=["same", "another device", "another page", "other people", "another site"],
)
def test_earlier_answers_concern_the_same_site_and_people(
    store: Store, engine: Engine, asks: Refusal, told: list[str]
) -> None:
    store.refuse(store.submit(engine, submission(), "a", NOW).id, engine, IT, "It is a game.", NOW)
    found = earlier_answers(engine.policy, asks, store.answered_for({asks.host}), NOW)
    assert [one.reason for one in found] == told
    assert (refused_before(found) is not None) is (bool(told) and asks.url == refusal().url)


def test_a_later_yes_stands_in_nobodys_way(store: Store, engine: Engine) -> None:
    first, second = (store.submit(engine, submission(), form, NOW).id for form in "ab")
    store.refuse(first, engine, IT, "It is a game.", NOW)
    say_yes(store, engine, second, THIS_SITE_TODAY, NOW + timedelta(minutes=1))
    found = earlier_answers(engine.policy, refusal(), store.answered_for({"games.example"}), NOW + timedelta(hours=1))
    assert [(one.yes, one.reason) for one in found] == [(True, WHY), (False, "It is a game.")]
    assert refused_before(found) is None


def test_answers_of_an_earlier_term_are_over(store: Store, engine: Engine) -> None:
    store.refuse(store.submit(engine, submission(), "a", NOW).id, engine, IT, "It is a game.", NOW)
    answered = store.answered_for({"games.example"})
    last, next_term = (datetime(2026, 12, 31, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert earlier_answers(engine.policy, refusal(), answered, last)
    assert earlier_answers(engine.policy, refusal(), answered, next_term) == ()


def test_a_term_begins_by_the_schools_calendar_where_it_has_one(policy: Policy) -> None:
    assert term_began(policy, NOW).date() == date(2026, 8, 1)
    assert term_began(policy, datetime(2027, 1, 1, 8, tzinfo=UTC)).date() == date(2027, 1, 1)
    began = datetime(2026, 11, 2, tzinfo=UTC)
    edges = (
        datetime(2026, 9, 1, tzinfo=UTC),
        datetime(2026, 10, 23, tzinfo=UTC),
        began,
        datetime(2026, 12, 18, tzinfo=UTC),
    )
    terms = Calendar("terms", "terms", tuple(one.timestamp() for one in edges))
    assert term_began(replace(policy, calendars={"terms": terms}), NOW) == began


def test_a_usual_time_is_told_once_there_are_enough(store: Store, engine: Engine) -> None:
    for number in range(5):
        asked = store.submit(engine, submission(), f"{number}", NOW)
        assert usual_time(engine.policy, store.details.answered("games")) is None
        store.refuse(asked.id, engine, IT, "It is a game.", NOW + timedelta(minutes=10 * (number + 1)))
    assert usual_time(engine.policy, store.details.answered("games")) == timedelta(minutes=30)
    assert usual_time(engine.policy, store.details.answered("chat")) is None
