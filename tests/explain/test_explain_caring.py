"""A page that cares, as the example school has it: who is named, to whom, when, and what is never said."""

import json
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.answer import answer
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.render import builtin_renderer
from saywhy.policy.reading.load import load_policy
from saywhy.policy.school_day import is_school_open

POLICIES = Path(__file__).parents[2] / "policies"
SEARCH = "https://www.google.co.uk/search?q=i+want+to+kill+myself"
LESSON = datetime(2026, 11, 30, 10, tzinfo=UTC)  # a Monday
BREAK = datetime(2026, 11, 30, 11, 10, tzinfo=UTC)
EVENING = datetime(2026, 11, 30, 20, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 10, tzinfo=UTC)
NEVER_SAID = ("self-harm", "self harm", "suicide", "kill myself", "search", "rule", "category", "exception", "google")


@cache
def engine(folder: Path = POLICIES) -> Engine:
    return Engine(load_policy(folder))


def tell(group: str, at: datetime = LESSON, url: str = SEARCH, *, by: Engine | None = None) -> Explanation:
    by = by or engine()
    access = Access(subject_in(by.policy, (group,)), target_of_url(url), at)
    decision = decide(by, NO_GRANTS, access)
    return explain(by, NO_GRANTS, access, decision, reference="K7-42QX-9M", ask_url="http://why.school.internal/ask/x")


def names(told: Explanation) -> list[str]:
    return [one.name for one in told.help]


@pytest.mark.parametrize(
    ("group", "at", "there", "later"),
    [
        ("year9", LESSON, ["The safeguarding team", "Childline", "Samaritans", "Shout", "Papyrus HOPELINE247"], []),
        ("year9", BREAK, ["The safeguarding team", "Childline", "Samaritans", "Shout", "Papyrus HOPELINE247"], []),
        ("reception", LESSON, ["The safeguarding team", "Your teacher", "Childline"], []),
        ("year3", EVENING, ["Childline"], ["The safeguarding team", "Your teacher"]),
        ("year9", SUNDAY, ["Childline", "Samaritans", "Shout", "Papyrus HOPELINE247"], ["The safeguarding team"]),
        (
            "sixth-form",
            EVENING,
            ["The boarding house staff", "Childline", "Samaritans", "Shout", "Papyrus HOPELINE247"],
            ["The safeguarding team"],
        ),
    ],
)
def test_who_is_named_to_whom_and_when(group: str, at: datetime, there: list[str], later: list[str]) -> None:
    told = tell(group, at)
    assert told.kind is Kind.CARE
    assert (names(told), [one.name for one in told.later]) == (there, later)


@pytest.mark.parametrize("group", ["reception", "year3", "year9", "staff", "learning-support"])
def test_out_of_hours_the_page_says_so_and_whom_to_call(group: str) -> None:
    said = " ".join(tell(group, EVENING).happened)
    assert "School is closed now" in said
    assert "call" in said
    assert "School is closed" not in " ".join(tell(group, LESSON).happened)
    assert "999" in tell(group, EVENING).asking


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/plain", "image/*", "text/css", "*/*"])
@pytest.mark.parametrize("url", [SEARCH, "https://self-harm.test/suicide", "https://www.tumblr.com/tagged/thinspo"])
def test_nothing_says_what_was_looked_for(accept: str, url: str) -> None:
    given = answer(tell("year9", url=url), builtin_renderer(), accept=accept, destination=None, path="/search")
    said = f"{given.body.decode('utf-8', 'replace').split('</style>')[-1]} {given.headers}".lower()
    own = () if accept == "application/json" else ("why.school.internal",)  # the type of a problem is an address there
    for untold in (*NEVER_SAID, "tumblr", "thinspo", "k7-42qx-9m", *own):
        assert untold not in said.replace("content-security-policy", ""), untold


def test_the_tab_and_the_history_have_a_plain_title() -> None:
    page = builtin_renderer().page(tell("year9")).decode()
    assert "<title>Web filter · Hillside School</title>" in page


def test_the_page_has_ways_that_work_without_script() -> None:
    page = builtin_renderer().page(tell("year9")).decode()
    for way in (
        'href="tel:08001111"',
        'href="tel:116123"',
        'href="sms:85258?body=SHOUT"',
        'href="sms:88247"',
        'href="tel:999"',
    ):
        assert way in page
    assert page.index("The safeguarding team") < page.index("Childline")
    assert (
        '<a class="button plain" href="https://www.bbc.co.uk/weather" target="_top" rel="noreferrer">Leave this page'
        in page
    )
    assert "stays in this browser" in page
    assert "<script" not in page
    assert "<form" not in page


def test_programs_are_told_what_they_are_told_of_any_page() -> None:
    given = answer(tell("year9"), builtin_renderer(), accept="application/json", destination="empty", path="/search")
    assert set(json.loads(given.body)) == {"type", "title", "status", "detail", "more"}


COUNTRIES = [
    ("", "Europe/London", "999", "Samaritans"),
    ("", "Europe/Dublin", "112", "Pieta"),
    ("country: wales", "Europe/London", "999", "Meic"),
    ("country: scotland", "Europe/London", "999", "Samaritans"),
    ("country: northern-ireland", "Europe/London", "999", "Lifeline"),
    ("lines: [shout]", "Europe/London", "999", "Shout"),
    ('danger: "111"', "Europe/Paris", "111", None),
    ("", "Europe/Paris", "112", None),
]


@pytest.mark.parametrize(("written", "zone", "danger", "line"), COUNTRIES)
def test_lines_are_those_of_the_country_or_the_schools_own(
    tmp_path: Path, written: str, zone: str, danger: str, line: str | None
) -> None:
    (tmp_path / "school.yaml").write_text(f"""
school: {{name: A School, timezone: {zone}}}
roles: {{it: IT}}
groups: {{year9: {{reader: secondary}}}}
default: allow
care: {{people: [{{name: Mrs Okafor, role: head of year, where: Room 12}}]{f", {written}" if written else ""}}}
rules:
  - id: care
    block: {{domains: [harm.example]}}
    locked: true
    care: true
    why: You are not alone.
    decided: {{by: Governors, on: 2026-09-03}}
    review_by: 2027-03-01
    owner: it
""")
    told = tell("year9", url="https://harm.example/", by=Engine(load_policy(tmp_path)))
    assert told.help[0].name == "Mrs Okafor, head of year"
    assert told.danger == danger
    assert danger in told.asking
    assert names(told)[1:] == [] if line is None else line in names(told)


def test_a_page_that_cares_names_somebody_whatever_policy_forgot(tmp_path: Path) -> None:
    text = (POLICIES / "school.yaml").read_text()
    start, end = text.index("care:\n"), text.index("# Searches of these")
    shutil.copytree(POLICIES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "school.yaml").write_text((text[:start] + text[end:]).replace("Europe/London", "Asia/Tokyo"))
    told = tell("year9", by=Engine(load_policy(tmp_path)), at=datetime(2026, 11, 30, 1, tzinfo=UTC))
    assert names(told) == ["Any adult at school you trust"]
    assert told.asking == "In danger? Call 112."


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (LESSON, True),
        (BREAK, True),
        (datetime(2026, 11, 30, 9, 14, tzinfo=UTC), False),
        (datetime(2026, 11, 30, 9, 15, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 15, 30, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 8, 15, tzinfo=UTC), True),  # British Summer Time
        (SUNDAY, False),
        (EVENING, False),
    ],
)
def test_school_is_open_from_the_first_lesson_to_the_last(at: datetime, is_open: bool) -> None:
    assert is_school_open(engine().policy, at) is is_open
    assert is_school_open(engine().policy, at, ("evening",)) is (at == EVENING)
