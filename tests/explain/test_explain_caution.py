"""Where a rule has caution, the page leads on: what it says to each reader, and when what was opened is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from saywhy.decide.decision import Reason
from saywhy.decide.grants import Grants
from saywhy.explain.explanation import Kind
from saywhy.explain.problem import problem_details
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.rule import Effect, Rule
from tests.explain.conftest import LESSON

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

FILES = "https://files.example/drawing"
GO_ON = "http://why.school.internal/caution/token"


@pytest.fixture
def careful(hillside: "Hillside", block: Callable[..., Rule]) -> "Hillside":
    about = Criteria(domains=("files.example",))
    return hillside.with_rules(block("files", about, effect=Effect.CAUTION, caution=Caution()))


def test_it_leads_to_going_on_and_to_no_other_form(careful: "Hillside") -> None:
    told = careful.tell(FILES, ask_url=GO_ON)
    assert (told.kind, told.reason_code) == (Kind.BLOCK, Reason.CAUTION)
    assert (told.go_on_url, told.ask_url, told.answered_by) == (GO_ON, None, ())
    assert told.title == "Think before you go on"
    assert told.happened[1] == "Your school asks you to think first."
    assert told.asking == "If you still need it, say why and it opens for 10 minutes."


@pytest.mark.parametrize("group", ["reception", "year4", "year9", "staff", "willow"])
def test_everybody_has_the_button(careful: "Hillside", group: str) -> None:
    told = careful.tell(FILES, group, ask_url=GO_ON)
    page = careful.renderer.page(told).decode()
    assert f'href="{GO_ON}"' in page
    assert told.title in page
    assert "/ask/" not in page


def test_where_no_reason_is_asked_for_it_does_not_say_so(hillside: "Hillside", block: Callable[..., Rule]) -> None:
    about, caution = Criteria(domains=("files.example",)), Caution(timedelta(hours=1), give_reason=False)
    careful = hillside.with_rules(block("files", about, effect=Effect.CAUTION, caution=caution))
    assert careful.tell(FILES).asking == "If you still need it, it opens for 1 hour."


def test_where_there_is_no_link_somebody_helps(careful: "Hillside") -> None:
    told = careful.tell(FILES, ask_url=None)
    assert (told.go_on_url, told.ask_url) == (None, None)
    assert told.asking == "If you need it for a lesson, show this page to a teacher."


def test_programs_are_told_as_well(careful: "Hillside") -> None:
    problem = problem_details(careful.tell(FILES, ask_url=GO_ON), "Closed")
    assert (problem["type"], problem["reason"]) == ("http://why.school.internal/problems/caution", "caution")
    assert GO_ON not in problem.values()


def test_while_somebody_has_gone_on_it_is_open_until_then_and_after_that_the_page_says_so(careful: "Hillside") -> None:
    go = Grant(
        "a", GrantScope(device="10.30.9.7"), GrantTarget(site="files.example"), LESSON, LESSON + timedelta(minutes=10),
        weighed=frozenset({"go files"}), went_on=True,
    )  # fmt: skip
    opened = replace(careful, grants=Grants([go]))
    told = opened.tell(FILES)
    assert (told.kind, told.reason_code) == (Kind.OPEN, Reason.GO)
    assert told.happened == ("You can open it until 10:15am.",)
    over = "Your time on this site has ended."
    for grants in (Grants([go]), Grants((), [go])):
        later = replace(careful, grants=grants)
        assert over in later.tell(FILES, at=LESSON + timedelta(minutes=10)).happened
        assert over not in later.tell(FILES, at=LESSON + timedelta(minutes=20)).happened
    assert over not in careful.tell(FILES).happened
