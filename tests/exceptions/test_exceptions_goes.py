"""Goes and quotas in the store: what is opened is counted, what is given back counts no more, nothing exceeds a day."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from saywhy.exceptions.forgetting import Person
from saywhy.exceptions.goes import Go, QuotaUsedUp
from saywhy.exceptions.going_on import GoingOn
from saywhy.exceptions.store import Store
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import GrantTarget
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import HERE
from tests.exceptions.conftest import NOW

LONDON = ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)
TWENTY = Caution(quota=20 * MINUTE)


def found(
    caution: Caution = TWENTY, device: str = "10.30.7.21", site: str = "files.test", rule: str = "files"
) -> GoingOn:
    made = Rule(rule, 1, Effect.CAUTION, Criteria(domains=(site,)), HERE, caution=caution)
    return GoingOn(made, caution, device, GrantTarget(site=site))


def opened(store: Store, form: str, now: datetime = NOW, one: GoingOn | None = None) -> Go:
    return store.goes.open(one or found(), "For my project", form, now, LONDON)


def left(store: Store, now: datetime = NOW, one: GoingOn | None = None) -> timedelta | None:
    return store.goes.left(one or found(), now, LONDON)


def test_it_is_open_for_as_long_as_the_rule_says_and_comes_back_as_a_grant(store: Store) -> None:
    number = store.change_number()
    go = opened(store, "a")
    assert (go.starts, go.ends, go.reason, go.over_at) == (NOW, NOW + 10 * MINUTE, "For my project", None)
    assert store.change_number() == number + 1, "every worker hears of it"
    (grant,) = store.goes.live(NOW)
    assert grant == found().grant(go.id, go.starts, go.ends)
    assert grant.went_on
    assert store.goes.live(NOW, "www.files.test") == (grant,)
    assert store.goes.live(NOW, "other.test") == ()
    assert store.goes.live(NOW + 10 * MINUTE) == ()
    assert store.goes.open_at("10.30.7.21", NOW) == (go,)
    assert store.goes.open_at("10.30.7.22", NOW) == ()
    assert store.live_grants(NOW) == (), "nobody granted it"


def test_a_quota_is_counted_by_what_was_opened_and_its_rest_is_shorter(store: Store) -> None:
    one = found(Caution(10 * MINUTE, 25 * MINUTE))
    assert left(store, one=one) == 25 * MINUTE
    for number, ends in enumerate((10, 10, 5)):
        now = NOW + number * 15 * MINUTE
        assert opened(store, f"form {number}", now, one).ends == now + ends * MINUTE
    assert left(store, one=one) == timedelta()
    with pytest.raises(QuotaUsedUp):
        opened(store, "again", NOW + 50 * MINUTE, one)


def test_less_than_a_minute_is_nothing(store: Store) -> None:
    opened(store, "a")
    go = opened(store, "b", NOW + 10 * MINUTE)
    store.goes.done(go.id, go.device, go.starts + 10 * MINUTE - timedelta(seconds=59))
    assert left(store) == timedelta(seconds=59)
    with pytest.raises(QuotaUsedUp):
        opened(store, "c", NOW + 30 * MINUTE)


def test_without_a_quota_there_is_no_end(store: Store) -> None:
    one = found(Caution())
    for number in range(10):
        opened(store, f"form {number}", NOW + number * 10 * MINUTE, one)
    assert left(store, one=one) is None


def test_each_device_and_each_rule_has_its_own_and_all_sites_of_a_rule_share_it(store: Store) -> None:
    opened(store, "a")
    opened(store, "b", one=found(site="other.test"))
    assert left(store) == timedelta()
    assert left(store, one=found(device="10.30.7.22")) == 20 * MINUTE
    assert left(store, one=found(rule="games")) == 20 * MINUTE


def test_who_is_done_has_the_rest_back(store: Store) -> None:
    go = opened(store, "a")
    at = NOW + 3 * MINUTE + timedelta(milliseconds=20)
    ended = store.goes.done(go.id, go.device, at)
    assert ended is not None
    assert (ended.over_at, ended.done_early) == (at, True)
    assert left(store) == 17 * MINUTE - timedelta(seconds=1)
    assert store.goes.live(at) == ()
    again = store.goes.done(go.id, go.device, at + MINUTE)
    assert again == ended, "once is enough"
    assert left(store) == 17 * MINUTE - timedelta(seconds=1)


def test_nobody_ends_what_another_device_opened_or_what_is_over(store: Store) -> None:
    go = opened(store, "a")
    assert store.goes.done(go.id, "10.30.7.22", NOW) is None
    assert store.goes.done("unknown", go.device, NOW) is None
    assert store.goes.done(go.id, go.device, go.ends) == go
    assert left(store) == 10 * MINUTE, "it was open to its end"


def test_the_same_form_and_another_one_while_it_is_open_give_the_go_that_is_there(store: Store) -> None:
    go = opened(store, "a")
    assert opened(store, "a", NOW + MINUTE) == go
    assert opened(store, "b", NOW + MINUTE) == go
    assert left(store) == 10 * MINUTE
    assert opened(store, "a", NOW + 11 * MINUTE) == go, "a form that is sent again opens nothing"
    assert opened(store, "c", NOW + 11 * MINUTE) != go


def test_the_last_one_of_today_is_known(store: Store) -> None:
    assert store.goes.last(found(), NOW, LONDON) is None
    opened(store, "a")
    second = opened(store, "b", NOW + 10 * MINUTE)
    assert store.goes.last(found(), NOW + 30 * MINUTE, LONDON) == second
    assert store.goes.last(found(site="other.test"), NOW, LONDON) is None
    assert store.goes.last(found(), NOW + timedelta(days=1), LONDON) is None


@pytest.mark.parametrize(
    ("begins", "next_day"),
    [
        (datetime(2026, 11, 23, 23, 55, tzinfo=UTC), datetime(2026, 11, 24, 0, 5, tzinfo=UTC)),
        # 29 March 2026 has 23 hours in London, and begins at midnight UTC; 30 March begins at 23:00 UTC
        (datetime(2026, 3, 29, 22, 59, tzinfo=UTC), datetime(2026, 3, 29, 23, 9, tzinfo=UTC)),
        # 25 October 2026 has 25 hours; it begins at 23:00 UTC and ends at midnight UTC
        (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), datetime(2026, 10, 26, 0, 9, tzinfo=UTC)),
    ],
)
def test_a_day_is_the_schools_own(store: Store, begins: datetime, next_day: datetime) -> None:
    earlier = begins.replace(hour=0) + timedelta(minutes=30)
    opened(store, "early", earlier)
    assert left(store, begins) == 10 * MINUTE
    go = opened(store, "a", begins)
    assert go.ends - go.starts == 10 * MINUTE
    assert left(store, begins) == timedelta(), "it counts for the day on which it began"
    assert left(store, next_day) == 20 * MINUTE
    assert opened(store, "b", next_day + 10 * MINUTE).ends == next_day + 20 * MINUTE


def test_the_hour_that_comes_twice_is_one_hour_of_one_day(store: Store) -> None:
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 01:50 in London, which comes again an hour later
    go = opened(store, "a", first)
    assert go.ends == first + 10 * MINUTE
    assert store.goes.live(first + 9 * MINUTE) != ()
    assert store.goes.live(first + 70 * MINUTE) == ()
    opened(store, "b", first + 60 * MINUTE)
    assert left(store, first) == timedelta()


def test_what_is_over_stays_over_when_the_clock_is_set_back(store: Store) -> None:
    go = opened(store, "a")
    store.goes.close([go.id])
    assert store.goes.live(NOW + MINUTE) == ()
    last = store.goes.last(found(), NOW + MINUTE, LONDON)
    assert last is not None
    assert not last.live(NOW + MINUTE)
    assert not last.done_early
    assert store.goes.done(go.id, go.device, NOW + MINUTE) == last, "there is nothing to give back"
    assert left(store) == 10 * MINUTE


def at_once(number: int, ask: Callable[[int], object]) -> list[object]:
    """What came of as many threads that begin in the same instant."""
    begin, done = threading.Barrier(number), []

    def run(which: int) -> None:
        begin.wait()
        try:
            done.append(ask(which))
        except QuotaUsedUp as full:
            done.append(full)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return done


@pytest.mark.parametrize("round_", range(3))
def test_many_at_the_same_instant_do_not_exceed_it(store: Store, url: str, round_: int) -> None:
    stores = [Store(url) for _ in range(3)]
    one = [found(device=f"10.30.7.{round_ + 1}", site=f"site{which}.test") for which in range(6)]
    came = at_once(6, lambda which: opened(stores[which % 3], f"form {which}", one=one[which]))
    assert sorted(isinstance(each, Go) for each in came) == [False] * 4 + [True] * 2
    assert left(store, one=one[0]) == timedelta()
    for each in stores:
        each.close()


def test_one_form_sent_twice_at_the_same_instant_opens_once(store: Store, url: str) -> None:
    other = Store(url)
    came = at_once(4, lambda which: opened((store, other)[which % 2], "a"))
    assert len({one.id for one in came if isinstance(one, Go)}) == 1
    assert left(store) == 10 * MINUTE
    other.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE caution_days SET opened = 1201",
        "UPDATE caution_days SET opened = -1",
        "UPDATE goes SET ends = starts",
        "INSERT INTO goes SELECT 'another', device, rule, day, what_kind, what_value, reason, form, starts, ends, counted, over_at FROM goes",
    ],
)
def test_the_table_itself_refuses_what_exceeds_it(store: Store, url: str, statement: str) -> None:
    opened(store, "a")
    engine = create_engine(url)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_quota_that_policy_changes_holds_from_then_on(store: Store) -> None:
    opened(store, "a")
    less, more = found(Caution(5 * MINUTE, 5 * MINUTE)), found(Caution(10 * MINUTE, 40 * MINUTE))
    assert left(store, one=less) == timedelta()
    with pytest.raises(QuotaUsedUp):
        opened(store, "b", NOW + 10 * MINUTE, less)
    assert left(store, one=more) == 30 * MINUTE
    go = opened(store, "c", NOW + 10 * MINUTE, more)
    store.goes.done(go.id, go.device, NOW + 11 * MINUTE)
    assert left(store, one=found(Caution())) is None
    opened(store, "d", NOW + 12 * MINUTE, found(Caution()))


@pytest.mark.parametrize("column", ["what_value = 'no host at all'", "what_kind = 'page'", "what_kind = 'world'"])
def test_one_that_cannot_be_read_is_not_in_force_and_said_so(
    store: Store, url: str, reported: list[str], column: str
) -> None:
    go = opened(store, "a")
    kept = opened(store, "b", one=found(site="other.test"))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE goes SET {column} WHERE id = :id"), {"id": go.id})
    engine.dispose()
    assert [one.id for one in store.goes.live(NOW)] == [kept.id]
    assert len(reported) == 1
    assert go.id in reported[0]


def test_what_is_older_than_it_is_kept_is_deleted(store: Store) -> None:
    opened(store, "a")
    later = NOW + timedelta(days=30)
    kept = opened(store, "b", later)
    store.goes.expire(later.date() + timedelta(days=1), timedelta(days=30))
    assert store.goes.last(found(), NOW, LONDON) == kept
    assert left(store) == 20 * MINUTE
    assert left(store, later) == 10 * MINUTE


def test_what_a_device_went_on_to_is_handed_out_and_erased_with_its_person(store: Store) -> None:
    opened(store, "a")
    opened(store, "b", one=found(device="10.30.7.22"))
    (told,) = store.export(Person(device="10.30.7.21"), "it", NOW)["went_on"]
    assert (told["reason"], told["what_value"]) == ("For my project", "files.test")
    assert store.erase(Person(device="10.30.7.21"), "it", NOW).goes == 1
    assert store.goes.open_at("10.30.7.21", NOW) == ()
    assert left(store) == 10 * MINUTE, "nobody has a day's quota anew by it"
    assert len(store.goes.open_at("10.30.7.22", NOW)) == 1
