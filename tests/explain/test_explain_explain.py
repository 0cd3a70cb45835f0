"""A decision, told to one reader."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.grants import Grants
from saywhy.explain.alternatives import MOST_PLACES
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Kind
from saywhy.explain.hostname import shown_host
from saywhy.explain.words import shipped_languages
from saywhy.policy.address import canonical_host, canonical_url
from saywhy.policy.care import Help
from saywhy.policy.catalogue import NOTHING, Alternative, Purpose
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.rule import Ask, Effect, Rule, Why
from saywhy.policy.school import Reach, Span, Times

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime(2026, 11, 24, 10, 5, tzinfo=LONDON)
CYRILLIC = "\u0430\u0440\u0440\u04cf\u0435"  # looks like a company's name in Latin letters
TIKTOK = "https://www.tiktok.com/@someone?v=secret"


class TestWhatIsTold:
    def test_the_rule_and_who_answers_for_it(self, hillside: "Hillside") -> None:
        told = hillside.tell(TIKTOK)
        assert told.kind is Kind.BLOCK
        assert (told.rule, told.rule_number, told.rule_total) == ("tiktok", 3, 5)
        assert (told.what, told.for_whom, told.app, told.category) == ("www.tiktok.com", "Year 9", "TikTok", None)
        assert told.decided_by == "Senior leadership team and IT"
        assert told.decided_on is not None
        assert told.decided_on.isoformat() == "2026-09-03"
        assert told.review_by is not None
        assert told.review_by.isoformat() == "2027-03-01"
        assert told.would_change == "A version for schools that collects nothing about pupils."
        assert told.owner == "IT support"
        assert told.answered_by == ("IT support", "Safeguarding lead")
        assert told.ask_url == "http://why.school.internal/ask/token"
        assert (told.school, told.language, told.revision, told.reference) == (
            "Hillside School",
            "en",
            "3f9c2a",
            "K7-42QX-9M",
        )

    def test_what_a_list_guessed_is_hedged(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://games.example/")
        assert told.category == "Games"
        assert "We think this site is about games." in told.happened

    def test_what_an_app_is_needs_no_hedge(self, hillside: "Hillside") -> None:
        assert "This is TikTok." in hillside.tell(TIKTOK).happened

    def test_the_query_of_the_address_is_told_nowhere(self, hillside: "Hillside") -> None:
        assert "secret" not in repr(hillside.tell(TIKTOK))

    @pytest.mark.parametrize(
        ("group", "reason"),
        [
            ("year4", "TikTok keeps notes about children."),
            ("willow", "TikTok keeps notes about you."),
            ("reception", "TikTok keeps notes about children."),
            ("staff", "TikTok collects a great deal"),
        ],
    )
    def test_the_reason_is_in_the_words_nearest_to_the_reader(
        self, hillside: "Hillside", group: str, reason: str
    ) -> None:
        assert hillside.tell(TIKTOK, group).reason.startswith(reason)

    def test_the_default_explains_itself_too(self, hillside: "Hillside", block: Callable[..., Rule]) -> None:
        closed = hillside.with_rules(default=block("default", Criteria(everything=True), why=Why("Exams this week.")))
        told = closed.tell("https://anything.example/")
        assert (told.reason_code, told.rule, told.rule_number) == (Reason.DEFAULT, "default", 0)
        assert told.reason == "Exams this week."
        assert "It is not on our list of open sites." in told.happened

    def test_an_open_page_is_told_as_open(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://www.bbc.co.uk/")
        assert (told.kind, told.ask_url, told.purposes) == (Kind.OPEN, None, ())


class TestAsking:
    def test_what_is_locked_cannot_be_asked_for(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://bet.example/")
        assert (told.ask_url, told.answered_by) == (None, ())
        assert told.asking.startswith("We cannot make an exception.")

    def test_a_locked_rule_that_carries_an_ask_by_mistake_still_cannot(
        self, hillside: "Hillside", block: Callable[..., Rule]
    ) -> None:
        odd = hillside.with_rules(block("odd", Criteria(domains=("odd.example",)), locked=True, ask=Ask(("it",))))
        assert odd.tell("https://odd.example/").ask_url is None

    def test_a_rule_that_nobody_answers_for_has_no_form(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://forum.example/")
        assert (told.ask_url, told.answered_by) == (None, ())

    def test_the_youngest_are_sent_to_their_teacher(self, hillside: "Hillside") -> None:
        told = hillside.tell(TIKTOK, "reception")
        assert told.ask_url is None
        assert told.asking == "Ask your teacher to help you."

    def test_without_a_form_the_way_is_in_person(self, hillside: "Hillside") -> None:
        assert hillside.tell(TIKTOK, ask_url=None).asking == "If you need it for a lesson, show this page to a teacher."


class TestCare:
    @pytest.mark.parametrize("group", ["reception", "year4", "year9", "staff", "willow"])
    def test_a_page_that_cares_names_people_and_nothing_else(self, hillside: "Hillside", group: str) -> None:
        told = hillside.tell("https://dark.example/methods", group)
        assert told.kind is Kind.CARE
        assert [one.name for one in told.help] == ["Mrs Okafor", "Childline", "A closed one"]
        for empty in (told.rule, told.category, told.app, told.ask_url, told.reference, told.owner, told.decided_by):
            assert empty is None
        assert (told.what, told.reason, told.purposes) == ("", "", ())

    def test_a_link_that_the_filter_would_close_is_left_out(self, hillside: "Hillside") -> None:
        urls = [one.url for one in hillside.tell("https://dark.example/").help]
        assert urls == ["", "https://www.childline.org.uk/", ""]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "childline", "tel:08001111", "https://"])
    def test_what_is_no_web_address_becomes_no_link(
        self, hillside: "Hillside", block: Callable[..., Rule], url: str
    ) -> None:
        helped = hillside.with_rules(block("x", Criteria(domains=("x.example",)), help=(Help("A", "B", url),)))
        assert helped.tell("https://x.example/").help == (Help("A", "B", ""),)


class TestReach:
    @pytest.mark.parametrize(
        ("url", "reason", "words"),
        [
            ("https://fine.example:8443/", Reason.PORT, "a port that our school keeps closed"),
            ("https://93.184.215.14/", Reason.ADDRESS_LITERAL, "a number, not a name"),
            ("https://10.0.0.7/", Reason.PRIVATE_ADDRESS, "on our own network"),
            ("http://blocked.why.school.internal/", Reason.TEST, "This is a test page."),
        ],
    )
    def test_what_cannot_be_reached_has_its_own_words(
        self, hillside: "Hillside", url: str, reason: Reason, words: str
    ) -> None:
        told = hillside.tell(url)
        assert (told.reason_code, told.rule, told.ask_url) == (reason, None, None)
        assert words in " ".join(told.happened)

    def test_a_port_is_shown(self, hillside: "Hillside") -> None:
        assert hillside.tell("https://fine.example:8443/").what == "fine.example:8443"

    def test_a_name_that_leads_to_a_private_address(self, hillside: "Hillside") -> None:
        access = hillside.access("https://intranet.example/")
        decision = Decision(Effect.BLOCK, Reason.PRIVATE_ADDRESS, None, None, NOTHING, "1")
        told = explain(hillside.engine, hillside.grants, access, decision, reference=None, ask_url="http://x/")
        assert (told.what, told.ask_url) == ("intranet.example", None)


class TestAlternatives:
    def test_what_the_same_policy_refuses_is_dropped_and_kept_for_the_technician(self, hillside: "Hillside") -> None:
        told = hillside.tell(TIKTOK)
        named = {place.name for purpose in told.purposes for place in purpose.alternatives}
        assert named == {"BBC Bitesize", "CBBC", "Book Creator"}
        (dropped,) = told.dropped
        assert (dropped.purpose, dropped.alternative.name) == ("short-videos", "TikTok for schools")
        assert dropped.decision.rule is not None
        assert dropped.decision.rule.id == "tiktok"

    def test_a_purpose_with_no_place_left_is_passed_over(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://games.example/")
        assert told.purposes == ()
        assert [one.alternative.name for one in told.dropped] == ["Bets"]

    def test_they_are_asked_for_at_that_very_moment(self, hillside: "Hillside", block: Callable[..., Rule]) -> None:
        purpose = Purpose("chess", "Play chess", (Alternative("Games", canonical_url("https://games.example/"), ""),))
        rules = (
            block("games", Criteria(categories=("games",)), times=("lessons",)),
            block("x", Criteria(domains=("x.example",)), instead=("chess",)),
        )
        school = hillside.with_purpose(purpose).with_rules(*rules)
        assert school.tell("https://x.example/", at=TUESDAY).purposes == ()
        lunch = TUESDAY.replace(hour=12, minute=30)
        assert [one.id for one in school.tell("https://x.example/", at=lunch).purposes] == ["chess"]

    def test_no_more_than_a_page_can_hold(self, hillside: "Hillside", block: Callable[..., Rule]) -> None:
        school = hillside
        for number in range(5):
            places = tuple(
                Alternative(f"{number}-{one}", canonical_url(f"https://p{one}.example/"), "") for one in range(5)
            )
            school = school.with_purpose(Purpose(f"p{number}", f"Purpose {number}", places))
        rule = block("x", Criteria(domains=("x.example",)), instead=tuple(f"p{number}" for number in range(5)))
        told = school.with_rules(rule).tell("https://x.example/")
        assert sum(len(one.alternatives) for one in told.purposes) == MOST_PLACES

    @given(st.sampled_from(["reception", "year4", "year9", "staff", "willow"]), st.integers(0, 7 * 24 * 4))
    def test_every_place_that_is_told_is_open_to_that_reader_then(
        self, hillside: "Hillside", group: str, quarter: int
    ) -> None:
        at = TUESDAY + timedelta(minutes=15 * quarter)
        told = hillside.tell(TIKTOK, group, at)
        subject = hillside.access(TIKTOK, group, at).subject
        for purpose in told.purposes:
            for place in purpose.alternatives:
                access = Access(subject, Target(place.url.host, place.url.port, place.url), at)
                assert decide(hillside.engine, hillside.grants, access).allowed


class TestUntil:
    @pytest.mark.parametrize(
        ("at", "until"),
        [
            ("10:05", "until 12:20pm"),
            ("12:19", "until 12:20pm"),
            ("13:10", "until 3:30pm"),
        ],
    )
    def test_a_rule_for_lessons_ends_with_the_lesson(self, hillside: "Hillside", at: str, until: str) -> None:
        moment = datetime.combine(TUESDAY, time.fromisoformat(at), LONDON)
        told = hillside.tell("https://games.example/", at=moment)
        assert told.until == until
        assert told.opens_at is not None
        assert f"Your school blocks it for Year 9 {until}." in told.happened

    def test_times_are_the_schools_own(self, hillside: "Hillside") -> None:
        moment = datetime(2026, 6, 2, 9, 0, tzinfo=ZoneInfo("UTC"))  # 10:00 in London, in summer
        assert hillside.tell("https://games.example/", at=moment).until == "until 12:20pm"

    def test_a_rule_without_times_has_no_end(self, hillside: "Hillside") -> None:
        assert hillside.tell(TIKTOK).until is None

    def test_an_end_at_which_another_rule_takes_over_is_not_told(
        self, hillside: "Hillside", block: Callable[..., Rule]
    ) -> None:
        games = Criteria(categories=("games",))
        both = hillside.with_rules(block("lessons", games, times=("lessons",)), block("always", games))
        assert both.tell("https://games.example/").until is None

    def test_a_rule_that_opens_later_today_is_an_end_as_well(
        self, hillside: "Hillside", block: Callable[..., Rule]
    ) -> None:
        games = Criteria(categories=("games",))
        lunch = Times("lunch", "lunch", (Span(frozenset(range(7)), time(12, 30), time(13, 0)),))
        school = hillside.with_rules(
            block("lunch", games, effect=Effect.ALLOW, times=("lunch",)), block("always", games)
        )
        school = replace(school, policy=replace(school.policy, times={"lunch": lunch}))
        assert school.tell("https://games.example/").until == "until 12:30pm"

    def test_tomorrow_is_not_told(self, hillside: "Hillside", block: Callable[..., Rule]) -> None:
        night = Times("night", "night", (Span(frozenset(range(7)), time(20, 0), time(7, 0)),))
        school = hillside.with_rules(block("night", Criteria(everything=True), times=("night",)))
        school = replace(school, policy=replace(school.policy, times={"night": night}))
        late = TUESDAY.replace(hour=22)
        assert school.tell("https://x.example/", at=late).until is None
        assert school.tell("https://x.example/", at=late.replace(hour=3)).until == "until 7am"

    def test_the_hour_that_comes_twice(self, hillside: "Hillside", block: Callable[..., Rule]) -> None:
        nightly = Times("nightly", "night", (Span(frozenset(range(7)), time(0, 0), time(6, 0)),))
        school = hillside.with_rules(block("night", Criteria(everything=True), times=("nightly",)))
        school = replace(school, policy=replace(school.policy, times={"nightly": nightly}))
        back = datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1)
        assert school.tell("https://x.example/", at=back).until == "until 6am"


class TestHosts:
    @pytest.mark.parametrize(
        ("host", "shown"),
        [
            ("example.org", "example.org"),
            ("münchen.example", "münchen.example (xn--mnchen-3ya.example)"),
            ("xn--80ak6aa92e.com", f"{CYRILLIC}.com (xn--80ak6aa92e.com)"),
            ("xn--zz.example", "xn--zz.example"),
            ("p\u0430ypal.example", "xn--pypal-4ve.example"),  # a Cyrillic letter among Latin ones
            ("\u0430\u03b1.example", "xn--mxa7w.example"),
            (
                "\u65e5\u672c\u3054abc\u30a2\u30fc.example",
                "\u65e5\u672c\u3054abc\u30a2\u30fc.example (xn--abc-l83b7p4rz670a0ec.example)",
            ),
            ("\u05d0\u05d1.example", "\u05d0\u05d1.example (xn--4dbc.example)"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("10.0.0.1", "10.0.0.1"),
        ],
    )
    def test_names_are_shown_as_people_read_them_and_as_they_are(self, host: str, shown: str) -> None:
        assert shown_host(host if host.isascii() else canonical_host(host)) == shown

    @given(st.text(max_size=30))
    def test_any_name_can_be_shown_and_its_ascii_form_stands_in_it(self, name: str) -> None:
        assert f"xn--{name}" in shown_host(f"xn--{name}")


def test_the_decision_is_told_by_the_same_grants_that_made_it(hillside: "Hillside") -> None:
    grant = Grant(
        "g1",
        GrantScope(device=str(ip_network("10.30.9.7"))),
        GrantTarget(app="tiktok"),
        TUESDAY - timedelta(hours=1),
        TUESDAY + timedelta(hours=1),
        weighed=frozenset({ANY_RULE}),
    )
    granted = replace(hillside, grants=Grants([grant]))
    assert granted.tell(TIKTOK).kind is Kind.OPEN


def test_a_policy_that_names_an_address_opens_it(hillside: "Hillside") -> None:
    reach = Reach(addresses=(ip_network("10.0.0.0/24"),))
    opened = replace(hillside, policy=replace(hillside.policy, reach=reach))
    assert opened.tell("https://10.0.0.7/").kind is Kind.OPEN


@pytest.mark.parametrize(
    ("label", "inside"),
    [
        ("Games", "games"),
        ("AI chat", "AI chat"),
        ("VPNs and proxies", "VPNs and proxies"),
        ("TikTok", "TikTok"),
        ("", ""),
    ],
)
def test_a_label_inside_a_sentence(label: str, inside: str) -> None:
    assert shipped_languages().by_code["en"].in_a_sentence(label) == inside
