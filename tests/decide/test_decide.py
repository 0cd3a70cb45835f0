from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from saywhy.decide.access import Access, Subject, subject_at, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect
from saywhy.policy.school import Reach
from tests.decide.conftest import MONDAY_TEN, engine, policy, rule

ANYONE = Subject()
ALLOW, BLOCK = Effect.ALLOW, Effect.BLOCK


def ask(url: str, subject: Subject = ANYONE, at: datetime = MONDAY_TEN) -> Access:
    return Access(subject, target_of_url(url), at)


def grant(
    *,
    groups: tuple[str, ...] = (),
    device: str | None = None,
    start: datetime = MONDAY_TEN,
    hours: float = 1,
    **what: object,
) -> Grant:
    return Grant(
        "g1",
        GrantScope(frozenset(groups), device),
        GrantTarget(**what),  # type: ignore[arg-type]
        start,
        start + timedelta(hours=hours),
        weighed=frozenset({ANY_RULE}),
    )


def test_the_first_rule_that_matches_decides() -> None:
    school = engine([rule("one", ALLOW, domains=("a.example",)), rule("two", BLOCK, domains=("a.example",))])
    decision = decide(school, NO_GRANTS, ask("https://a.example/"))
    assert (decision.effect, decision.reason, decision.rule and decision.rule.id) == (ALLOW, Reason.RULE, "one")


def test_without_a_match_the_default_decides() -> None:
    decision = decide(engine([], default=BLOCK), NO_GRANTS, ask("https://a.example/"))
    assert (decision.effect, decision.reason) == (BLOCK, Reason.DEFAULT)


@pytest.mark.parametrize(
    ("url", "matches"),
    [
        ("https://a.example/", True),
        ("https://www.a.example/x", True),
        ("https://A.EXAMPLE./", True),
        ("http://deep.www.a.example/", True),
        ("https://nota.example/", False),
        ("https://a.example.org/", False),
        ("https://example/", False),
        ("https://xn--bcher-kva.example/", True),
        ("https://BÜCHER.example/", True),
    ],
)
def test_a_listed_name_covers_its_subdomains_and_nothing_else(url: str, matches: bool) -> None:
    school = engine([rule("one", domains=("a.example", "xn--bcher-kva.example"))])
    assert decide(school, NO_GRANTS, ask(url)).allowed is not matches


@pytest.mark.parametrize(
    ("url", "rule_id"),
    [
        ("https://www.youtube.com/watch?v=1", "default"),
        ("https://www.youtube.com/shorts/abc", "no-shorts"),
        ("https://www.youtube.com/SHORTS/abc", "no-shorts"),
        ("https://www.youtube.com/%73horts/abc", "no-shorts"),
        ("https://www.youtube.com//shorts", "no-shorts"),
        ("https://www.youtube.com/x/../shorts", "no-shorts"),
        ("https://www.youtube.com/%2e/shorts", "no-shorts"),
        ("https://www.youtube.com/shortsighted", "default"),
        ("https://www.youtube.com/about?next=/shorts", "default"),
    ],
)
def test_a_path_rule_is_not_passed_by_another_spelling(url: str, rule_id: str) -> None:
    school = engine([rule("no-shorts", urls=(parse_pattern("youtube.com/shorts"),))])
    decided = decide(school, NO_GRANTS, ask(url)).rule
    assert decided is not None
    assert decided.id == rule_id


def test_a_category_and_an_app_match_by_what_is_listed() -> None:
    school = engine([rule("app", apps=("tiktok",)), rule("category", categories=("games",))])
    assert decide(school, NO_GRANTS, ask("https://m.tiktok.com/")).rule is school.policy.rules[0]
    assert decide(school, NO_GRANTS, ask("https://play.example/")).rule is school.policy.rules[1]


def test_with_the_host_alone_a_path_rule_is_left_open_and_said_so() -> None:
    school = engine([rule("app", apps=("shorts",))])
    for_host = decide(school, NO_GRANTS, Access(ANYONE, target_of_host("www.youtube.com"), MONDAY_TEN))
    assert for_host.allowed
    assert for_host.needs_url
    whole = decide(school, NO_GRANTS, ask("https://www.youtube.com/shorts/1"))
    assert (whole.effect, whole.needs_url) == (BLOCK, False)


class TestSubjects:
    def test_the_narrowest_place_names_the_groups(self) -> None:
        school = engine([])
        subject = subject_at(school, ip_address("10.30.9.5"))
        assert subject.named_groups == ("year9",)
        assert subject.groups == {"year9", "students"}
        assert subject_at(school, ip_address("10.30.1.5")).named_groups == ("staff",)
        assert subject_at(school, ip_address("192.0.2.1")).groups == frozenset()

    def test_a_rule_for_students_is_for_year_9(self) -> None:
        school = engine([rule("one", domains=("a.example",), groups=frozenset({"students"}))])
        assert not decide(school, NO_GRANTS, ask("https://a.example/", subject_in(school.policy, ("year9",)))).allowed
        assert decide(school, NO_GRANTS, ask("https://a.example/", subject_in(school.policy, ("staff",)))).allowed
        assert decide(school, NO_GRANTS, ask("https://a.example/")).allowed

    def test_an_unknown_group_is_an_error(self) -> None:
        with pytest.raises(KeyError, match="year10"):
            subject_in(policy([]), ("year10",))

    def test_a_rule_for_a_place_is_for_that_place(self) -> None:
        school = engine([rule("one", domains=("a.example",), places=frozenset({"year 9 rooms"}))])
        assert not decide(
            school, NO_GRANTS, ask("https://a.example/", subject_at(school, ip_address("10.30.9.5")))
        ).allowed
        assert decide(school, NO_GRANTS, ask("https://a.example/", subject_at(school, ip_address("10.30.1.5")))).allowed


@pytest.mark.parametrize(
    ("at", "blocked"),
    [
        ("2026-11-23T08:59:59+00:00", False),
        ("2026-11-23T09:00:00+00:00", True),
        ("2026-11-23T12:19:59+00:00", True),
        ("2026-11-23T12:20:00+00:00", False),
        ("2026-11-22T10:00:00+00:00", False),  # Sunday
        ("2026-07-06T08:00:00+00:00", True),  # nine o'clock in British Summer Time
        ("2026-07-06T11:20:00+00:00", False),
        ("2026-11-23T20:00:00+11:00", True),  # the same moment told in Sydney
    ],
)
def test_times_are_those_of_the_school(at: str, blocked: bool) -> None:
    school = engine([rule("one", domains=("a.example",), times=("lessons",))])
    assert decide(school, NO_GRANTS, ask("https://a.example/", at=datetime.fromisoformat(at))).allowed is not blocked


@pytest.mark.parametrize(
    ("at", "blocked"),
    [("2026-11-27T22:00", True), ("2026-11-28T05:59", True), ("2026-11-28T06:00", False), ("2026-11-27T05:00", False)],
)
def test_a_time_over_midnight_belongs_to_the_day_it_starts_on(at: str, blocked: bool) -> None:
    school = engine([rule("one", domains=("a.example",), times=("night",))])
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert decide(school, NO_GRANTS, ask("https://a.example/", at=moment)).allowed is not blocked


class TestLocked:
    RULES = engine(
        [
            rule("open", ALLOW, domains=("a.example",)),
            rule("floor", domains=("a.example",), locked=True),
            rule("later", domains=("b.example",)),
        ]
    )

    def test_a_locked_block_wins_over_an_earlier_allow_and_over_any_grant(self) -> None:
        grants = Grants([grant(groups=("year9",), site="a.example")])
        decision = decide(self.RULES, grants, ask("https://a.example/", subject_in(self.RULES.policy, ("year9",))))
        assert (decision.effect, decision.reason, decision.grant) == (BLOCK, Reason.LOCKED, None)


class TestGrants:
    RULES = engine([rule("one", apps=("tiktok",), groups=frozenset({"students"}))])

    def decision(self, one: Grant, url: str = "https://www.tiktok.com/@x/1", at: datetime = MONDAY_TEN) -> bool:
        subject = subject_at(self.RULES, ip_address("10.30.9.5"))
        return decide(self.RULES, Grants([one]), ask(url, subject, at)).allowed

    @pytest.mark.parametrize(
        ("one", "opened"),
        [
            (grant(groups=("year9",), site="tiktok.com"), True),
            (grant(groups=("students",), app="tiktok"), True),
            (grant(groups=("staff",), app="tiktok"), False),
            (grant(device="10.30.9.5", site="www.tiktok.com"), True),
            (grant(device="10.30.9.6", site="www.tiktok.com"), False),
            (grant(device="10.30.9.0/28", site="www.tiktok.com"), True),
            (grant(groups=("year9",), site="m.tiktok.com"), False),
            (grant(groups=("year9",), page=parse_pattern("tiktok.com/@x/*")), True),
            (grant(groups=("year9",), page=parse_pattern("tiktok.com/@y/*")), False),
            (grant(groups=("year9",), app="shorts"), False),
        ],
    )
    def test_a_grant_opens_what_it_names_for_whom_it_names(self, one: Grant, opened: bool) -> None:
        assert self.decision(one) is opened

    @pytest.mark.parametrize(("minutes", "opened"), [(-1, False), (0, True), (59, True), (60, False)])
    def test_a_grant_holds_from_its_start_until_its_end(self, minutes: int, opened: bool) -> None:
        one = grant(groups=("year9",), app="tiktok")
        assert self.decision(one, at=MONDAY_TEN + timedelta(minutes=minutes)) is opened

    def test_a_grant_opens_the_default_as_well(self) -> None:
        closed = engine([], default=BLOCK)
        subject = subject_in(closed.policy, ("year9",))
        grants = Grants([grant(groups=("year9",), site="a.example")])
        assert decide(closed, grants, ask("https://a.example/", subject)).reason is Reason.GRANT

    def test_an_allowed_access_needs_no_grant(self) -> None:
        grants = Grants([grant(groups=("year9",), site="b.example")])
        decision = decide(self.RULES, grants, ask("https://b.example/", subject_in(self.RULES.policy, ("year9",))))
        assert decision.reason is Reason.DEFAULT


class TestReach:
    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("https://a.example:8443/", Reason.PORT),
            ("http://1572395042/", Reason.ADDRESS_LITERAL),
            ("http://169.254.169.254/latest/meta-data", Reason.PRIVATE_ADDRESS),
        ],
    )
    def test_what_may_not_be_opened_is_refused_whatever_the_rules_say(self, url: str, reason: Reason) -> None:
        decision = decide(engine([rule("all", ALLOW, everything=True)]), NO_GRANTS, ask(url))
        assert (decision.effect, decision.reason, decision.rule) == (BLOCK, reason, None)

    def test_what_policy_names_is_left_to_the_rules(self) -> None:
        school = engine([rule("game", domains=("10.30.0.8",))], reach=Reach(addresses=(ip_network("10.30.0.0/16"),)))
        assert decide(school, NO_GRANTS, ask("http://10.30.0.9/")).allowed
        assert decide(school, NO_GRANTS, ask("http://10.30.0.8/")).reason is Reason.RULE

    def test_no_grant_opens_it(self) -> None:
        school = engine([])
        grants = Grants([grant(groups=("year9",), site="127.0.0.1")])
        assert not decide(school, grants, ask("http://127.0.0.1/", subject_in(school.policy, ("year9",)))).allowed


def test_an_access_without_a_time_zone_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Access(ANYONE, target_of_url("https://a.example/"), datetime(2026, 11, 23))  # noqa: DTZ001 — on purpose
