"""What a page says of who reads it, of the school's own words, and of whose rule it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from saywhy.decide.access import subject_in
from saywhy.explain.explanation import Kind
from saywhy.explain.fitted import fitted
from saywhy.explain.public_name import public_name
from saywhy.explain.whose_rule import Layer, WhoseRule
from saywhy.explain.whose_words import told_whose
from saywhy.explain.words import shipped_languages
from saywhy.policy.care import Help
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Ask, Effect, Rule, Why
from tests.explain.conftest import LESSON, LONDON

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

X = "https://x.example/"
ABOUT = Criteria(domains=("x.example",))
ENGLISH = shipped_languages().by_code["en"]


@pytest.mark.parametrize("group", ["year9", "willow", "staff"])
def test_a_group_without_a_public_name_is_on_no_page(hillside: "Hillside", group: str) -> None:
    groups = {name: replace(one, public="") for name, one in hillside.policy.groups.items()}
    secret = replace(hillside, policy=replace(hillside.policy, groups=groups))
    for url in ("https://www.tiktok.com/", "https://games.example/", "https://bet.example/"):
        told = secret.tell(url, group)
        assert told.for_whom == ""
        for shown in (secret.page(url, group), secret.renderer.text(told), repr(told)):
            assert hillside.policy.groups[group].label not in shown


def test_the_public_name_is_that_of_a_group_that_the_rule_is_for(
    hillside: "Hillside", block: Callable[..., Rule]
) -> None:
    for groups, name in ((frozenset({"willow"}), ""), (frozenset({"year9"}), "Year 9"), (frozenset[str](), "Year 9")):
        school = hillside.with_rules(block("x", ABOUT, groups=groups))
        access = replace(school.access(X), subject=subject_in(school.policy, ("willow", "year9")))
        assert public_name(school.engine, access, school.policy.rules[0]) == name


@pytest.mark.parametrize(
    ("why", "group", "reason"),
    [
        (Why("Games take your mind off the lesson."), "year4", "Games take your mind off the lesson."),
        (Why("These pages are about gambling."), "year4", ""),
        (Why("These pages are about gambling."), "year9", "These pages are about gambling."),
        (Why("A long reason that somebody wrote for grown-ups who read well."), "year4", ""),
        (Why("A long reason that somebody wrote for grown-ups who read well."), "reception", ""),
    ],
)
def test_children_are_told_the_common_reason_only_where_it_is_for_them(
    hillside: "Hillside", block: Callable[..., Rule], why: Why, group: str, reason: str
) -> None:
    told = hillside.with_rules(block("x", ABOUT, why=why)).tell(X, group)
    assert told.reason == reason
    assert told.untold == ("Your teacher can tell you why." if group == "year4" and not reason else "")


class TestCare:
    @pytest.mark.parametrize(
        ("why", "first"),
        [
            ("You can talk to somebody. People here will listen.", "People here will listen."),
            ("We are glad that you are here.", "We are glad that you are here."),
            ("Pages that encourage self-harm.", ENGLISH.levels[Reader.SECONDARY].care.sentences[0]),
        ],
    )
    def test_the_schools_own_words_are_said_where_they_name_nothing(
        self, hillside: "Hillside", block: Callable[..., Rule], why: str, first: str
    ) -> None:
        rule = block("x", ABOUT, why=Why(why), locked=True, ask=None, help=(Help("Mrs Okafor", "Room 12"),))
        told = hillside.with_rules(rule).tell(X)
        assert told.kind is Kind.CARE
        assert told.happened[0] == first


NOW = LESSON
REVIEW = "We will review this by 1 March 2027."


@pytest.mark.parametrize(
    ("whose", "told"),
    [
        (WhoseRule(Layer.LAW, locked=True), "This comes from the law. Nobody at school can change it."),
        (WhoseRule(Layer.TRUST), "Our trust made this rule for its schools. It has no end date."),
        (
            WhoseRule(Layer.SCHOOL, locked=True, review_by=date(2027, 3, 1)),
            f"Our school made this rule. There are no exceptions. It has no end date. {REVIEW}",
        ),
        (
            WhoseRule(Layer.LESSON, opens_at=datetime(2026, 11, 24, 15, 30, tzinfo=LONDON)),
            "Our school made this rule for lesson time. It opens again at 3:30pm.",
        ),
        (
            WhoseRule(Layer.LIST, ends=datetime(2026, 12, 18, tzinfo=LONDON)),
            "Our school blocks this kind of site. A list says what kind it is. Lists can be wrong. The rule ends on 18 December 2026.",
        ),
        (WhoseRule(Layer.SITE, owner="IT support"), "This comes from the site, not from us."),
    ],
)
def test_whose_rule_it_is_and_until_when(whose: WhoseRule, told: str) -> None:
    assert " ".join(told_whose(whose, ENGLISH, NOW)) == told


def test_where_people_go_on_by_themselves_nothing_is_said_of_exceptions(
    hillside: "Hillside", block: Callable[..., Rule]
) -> None:
    rule = block("x", ABOUT, effect=Effect.CAUTION, caution=Caution(), ask=None)
    told = hillside.with_rules(rule).tell(X)
    assert told.whose[0] == "Our school made this rule."
    assert "There are no exceptions." not in told.whose


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [(0, 0, "midnight"), (0, 5, "12:05am"), (9, 0, "9am"), (12, 0, "midday"), (12, 20, "12:20pm"), (15, 30, "3:30pm")],
)
def test_a_time_is_said_as_people_say_it(hour: int, minute: int, said: str) -> None:
    assert ENGLISH.time(LESSON.replace(hour=hour, minute=minute).time()) == said


def test_how_long_answers_take_stands_under_the_button_where_it_is_known(hillside: "Hillside") -> None:
    assert "hear back" not in hillside.page()
    page = hillside.renderer.page(replace(hillside.tell(), answer_time="3 hours")).decode()
    assert (
        page.index(">Ask us to open it<")
        < page.index("People usually hear back within 3 hours. Only time at school counts.")
        < page.index("BBC Bitesize")
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "10 minutes"), (10, "10 minutes"), (41, "50 minutes"), (55, "1 hour"), (101, "110 minutes"), (121, "3 hours")],
)
def test_how_long_answers_take_is_not_told_as_shorter_than_it_is(minutes: int, said: str) -> None:
    assert ENGLISH.length_within(timedelta(minutes=minutes)) == said


@pytest.mark.parametrize("group", ["reception", "year4", "year9", "staff", "willow"])
def test_the_test_page_says_that_it_is_one_and_asks_nobody_what_they_need(hillside: "Hillside", group: str) -> None:
    page = hillside.page("http://blocked.why.school.internal/", group)
    assert "This is a test page." in page
    assert "need" not in page.partition("<main")[2]


@pytest.mark.parametrize(
    ("language", "at_a_time", "on_a_day"),
    [
        ("en", "until 3:30pm", "until 1 March 2027"),
        ("es", "hasta las 15:30", "hasta el 1 de marzo de 2027"),
        ("de", "bis 15:30 Uhr", "bis zum 1. März 2027"),
        ("pt", "até às 15:30", "até 1 de março de 2027"),
    ],
)
def test_until_a_time_and_until_a_day_are_said_as_each_language_does(
    language: str, at_a_time: str, on_a_day: str
) -> None:
    words = shipped_languages().by_code[language]
    assert words.until_when(LESSON.replace(hour=15, minute=30), LESSON) == at_a_time
    assert words.until_when(datetime(2027, 3, 1, tzinfo=LONDON), LESSON) == on_a_day


def test_where_a_page_is_too_long_it_keeps_what_only_posting_is_closed_to(hillside: "Hillside") -> None:
    told = replace(
        hillside.tell(group="staff"), reason="One. Two.", asking="Three. Four.", happened=("Read.", "Blocked.")
    )
    assert fitted(told).happened == ("Blocked.",)
    assert fitted(told, keep_first=True).happened == ("Read.",)


def test_until_that_is_known_the_page_says_by_when_the_policy_wants_an_answer(
    hillside: "Hillside", block: Callable[..., Rule]
) -> None:
    rule = block("x", ABOUT, ask=Ask(("it",), answer_within=timedelta(hours=4)))
    school = hillside.with_rules(rule)
    assert school.tell(X).answer_due == "4 hours"
    assert "Answers are due within 4 hours of school." in school.page(X)
    assert "Answers are due" not in hillside.page()
    assert "Answers are due" not in school.renderer.page(replace(school.tell(X), answer_time="3 hours")).decode()
