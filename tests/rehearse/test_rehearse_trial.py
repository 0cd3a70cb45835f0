"""Permits tried on logged decisions: what they would have opened, for whom, and at which other sites."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Target, subject_at
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.replay import Logged
from saywhy.rehearse.trial import Opened, People, a_week_before, names_of, tried

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
A_WEEK = timedelta(days=7)
POLICY = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups:
  students: {label: Students}
  year7: {label: Year 7, reader: secondary, within: [students]}
  year9: {label: Year 9, reader: secondary, within: [students]}
places:
  - {network: 10.30.7.0/24, groups: [year7], name: Year 7 classrooms}
  - {network: 10.30.9.0/24, groups: [year9], name: Year 9 classrooms}
default: allow
apps:
  chess: {label: Chess, domains: [chess.example, pieces.example]}
rules:
  - id: games
    block: {apps: [chess], domains: [games.example]}
    for: [students]
    why: Games take time from lessons.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("trial")
    (folder / "school.yaml").write_text(POLICY, encoding="utf-8")
    return Engine(load_policy(folder))


def met(
    host: str = "games.example", path: str = "/", device: int = 1, year: int = 7, ago: timedelta = timedelta(days=3)
) -> Logged:
    address = ip_address(f"10.30.{year}.{device}")
    return Logged(
        NOW - ago, (f"year{year}",), f"Year {year} classrooms", address, "https", host, 443, path, granted=False
    )


def permit(ends: timedelta = A_WEEK, who: GrantScope | None = None, **what: object) -> Grant:
    """A permit from a week ago on, for Year 7."""
    target = GrantTarget(**what) if what else GrantTarget(site="games.example")  # type: ignore[arg-type]
    starts = NOW - A_WEEK
    scope = who or GrantScope(groups=frozenset({"year7"}))
    return Grant("trial", scope, target, starts, starts + ends, weighed=frozenset({ANY_RULE}))


def only(engine: Engine, grant: Grant, logged: list[Logged], host: str = "games.example") -> Opened:
    return tried(engine, [], {"one": grant}, host, logged)["one"]


def test_what_was_closed_and_would_be_open_is_counted_once_each(engine: Engine) -> None:
    logged = [met(device=number) for number in range(1, 8)] + [met(host="open.example")] * 3
    assert only(engine, permit(), logged) == Opened(7, 7, (People("year7", 7),), ())


def test_a_small_number_of_devices_is_not_told(engine: Engine) -> None:
    logged = [met(device=number) for number in range(1, 5)] * 10
    assert only(engine, permit(), logged) == Opened(40, None, (People("year7", None),), ())


def test_nobody_is_a_number_that_may_be_told(engine: Engine) -> None:
    assert only(engine, permit(), []) == Opened(0, 0, (), ())


@pytest.mark.parametrize(
    ("grant", "decisions"),
    [
        (permit(), 3),
        (permit(who=GrantScope(groups=frozenset({"year9"}))), 1),
        (permit(who=GrantScope(groups=frozenset({"students"}))), 4),
        (permit(who=GrantScope(device="10.30.7.1")), 2),
        (permit(page=parse_pattern("https://games.example/chess")), 1),
        (permit(site="below.games.example"), 1),
        (permit(site="other.example"), 0),
    ],
)
def test_it_counts_by_whom_and_how_much_it_opens(engine: Engine, grant: Grant, decisions: int) -> None:
    logged = [
        met(path="/chess/openings", device=1),
        met(path="/ludo", device=1),
        met(host="below.games.example", device=2),
        met(year=9, device=3),
    ]
    assert only(engine, grant, logged).decisions == decisions


def test_other_sites_that_open_with_it_are_named_the_most_met_first(engine: Engine) -> None:
    logged = [met("chess.example"), met("www.chess.example"), *[met("pieces.example")] * 5, met()]
    found = only(engine, permit(app="chess"), logged, "chess.example")
    assert (found.decisions, found.others) == (7, ("pieces.example",))


def test_what_a_permit_in_force_opens_already_does_not_change(engine: Engine) -> None:
    found = tried(engine, [permit()], {"one": permit()}, "games.example", [met(device=number) for number in range(9)])
    assert found["one"].decisions == 0


def test_a_permit_for_an_hour_is_tried_on_that_hour(engine: Engine) -> None:
    hour = permit(timedelta(hours=1))
    inside, after = met(ago=A_WEEK - timedelta(minutes=5)), met(ago=A_WEEK - timedelta(hours=2))
    assert only(engine, hour, [inside, after, after]).decisions == 1


@pytest.mark.parametrize(
    ("now", "ends", "start", "end"),
    [  # all in UTC: London's clock was set back on 25 October 2026 at 01:00
        ("2026-11-23T10:00", "2026-11-23T11:00", "2026-11-16T10:00", "2026-11-16T11:00"),
        ("2026-11-23T10:00", "2026-12-20T00:00", "2026-11-16T10:00", "2026-11-23T10:00"),
        ("2026-10-27T10:00", "2026-10-27T11:00", "2026-10-20T09:00", "2026-10-20T10:00"),
        ("2026-10-24T23:30", "2026-10-25T23:30", "2026-10-17T23:30", "2026-10-18T22:30"),
    ],
)
def test_the_same_hours_a_week_before_are_those_of_the_clock_on_the_wall(
    now: str, ends: str, start: str, end: str
) -> None:
    at, last, first, stop = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (now, ends, start, end))
    assert a_week_before(at, last, LONDON) == (first, stop)


@given(minutes=st.integers(1, 60 * 24 * 400), at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_it_is_never_tried_on_more_than_the_last_week(minutes: int, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    start, end = a_week_before(now, now + timedelta(minutes=minutes), LONDON)
    assert now - A_WEEK - timedelta(hours=1) <= start < end <= now


def test_an_app_is_looked_for_by_its_own_name_and_its_hosts(engine: Engine) -> None:
    assert names_of(engine, permit(app="chess")) == {"chess", "chess.example", "pieces.example"}
    assert names_of(engine, permit(page=parse_pattern("https://games.example/chess"))) == {"games.example"}


@given(
    st.lists(
        st.builds(
            met,
            host=st.sampled_from(["games.example", "a.games.example", "chess.example", "open.example"]),
            path=st.sampled_from(["", "/", "/chess", "/chess/a"]),
            device=st.integers(1, 9),
            year=st.sampled_from([7, 9]),
        ),
        max_size=30,
    )
)
def test_it_says_what_the_one_function_says_that_decides(engine: Engine, logged: list[Logged]) -> None:
    grant = permit()

    def allowed(one: Logged, grants: Grants) -> bool:
        assert one.device is not None
        target = Target(one.host, one.port)
        return decide(engine, grants, Access(subject_at(engine, one.device), target, one.at)).allowed

    changed = [one for one in logged if not allowed(one, NO_GRANTS) and allowed(one, Grants([grant]))]
    assert only(engine, grant, logged).decisions == len(changed)


def test_a_log_of_another_school_is_read_as_far_as_it_goes(engine: Engine) -> None:
    stranger = Logged(NOW, ("year13",), None, None, "https", "games.example", 443, "/" * 9000, granted=False)
    assert only(engine, permit(timedelta(days=8)), [stranger]).decisions == 0
