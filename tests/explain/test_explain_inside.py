"""A page that shows another one, told as that one: the site inside, where it stands, and what to do."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Kind
from saywhy.explain.problem import problem_details
from saywhy.policy.address_place import parse_place
from saywhy.policy.catalogue import Carrier

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

TIKTOK = "https://translate.example/?u=https%3A%2F%2Fwww.tiktok.com%2F%40x"


@pytest.fixture
def translating(hillside: "Hillside") -> "Hillside":
    """The school, with a translator."""
    carrier = Carrier("t", "Translator", "", ("translate.example",), (parse_place("/?u={address}"),))
    catalogue = replace(hillside.policy.catalogue, carriers={"t": carrier})
    return replace(hillside, policy=replace(hillside.policy, catalogue=catalogue))


def test_the_page_names_the_site_that_decided_and_where_it_stands(translating: "Hillside") -> None:
    told = translating.tell(TIKTOK)
    assert (told.what, told.inside, told.app, told.rule) == ("www.tiktok.com", "translate.example", "TikTok", "tiktok")
    assert "<bdi>www.tiktok.com</bdi> inside translate.example" in translating.page(TIKTOK)
    assert "www.tiktok.com inside translate.example" in translating.renderer.text(told)
    details = problem_details(told, "Closed")
    assert (details["host"], details["inside"]) == ("www.tiktok.com", "translate.example")


def test_what_is_told_otherwise_is_what_the_site_itself_would_tell(translating: "Hillside") -> None:
    inside, itself = translating.tell(TIKTOK), translating.tell("https://www.tiktok.com/@x")
    assert replace(inside, inside="") == itself


@pytest.mark.parametrize("group", ["reception", "year4", "year9", "staff", "willow"])
def test_an_address_that_cannot_be_read_has_words_and_no_form(translating: "Hillside", group: str) -> None:
    told = translating.tell("https://translate.example/?u=nothing", group)
    assert (told.kind, told.reason_code, told.rule, told.ask_url) == (Kind.BLOCK, Reason.HIDDEN_ADDRESS, None, None)
    assert (told.what, told.inside) == ("translate.example", "")
    assert bool(told.happened) is (group != "reception")
    assert translating.page("https://translate.example/?u=nothing", group)


def test_a_page_that_cares_names_neither(translating: "Hillside") -> None:
    url = "https://translate.example/?u=dark.example"
    told = translating.tell(url)
    assert (told.kind, told.what, told.inside) == (Kind.CARE, "", "")
    assert "dark.example" not in translating.page(url)
    assert "translate.example" not in translating.page(url)


def test_it_opens_again_when_the_site_inside_does(translating: "Hillside") -> None:
    access = translating.access("https://translate.example/?u=games.example")
    decision = decide(translating.engine, NO_GRANTS, access)
    told = explain(translating.engine, NO_GRANTS, access, decision, reference=None, ask_url=None)
    assert told.opens_at is not None
    assert f"{told.opens_at:%H:%M}" == "12:20"
