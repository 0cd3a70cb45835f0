from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saywhy.policy.address import canonical_url
from saywhy.policy.catalogue import Alternative, App, Category, Purpose
from saywhy.policy.criterion import Criteria
from saywhy.policy.rule import Rule

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside


@pytest.fixture
def school(hillside: "Hillside", block: Callable[..., Rule]) -> "Hillside":
    """Games and TikTok are closed by rules that name no purposes; the category and the app have some."""
    chess = Purpose("chess", "Play chess", (Alternative("Lichess", canonical_url("https://lichess.example/"), ""),))
    with_chess = hillside.with_purpose(chess)
    catalogue = replace(
        with_chess.policy.catalogue,
        categories={**with_chess.policy.catalogue.categories, "games": Category("games", "Games", purposes=("chess",))},
        apps={"tiktok": App("tiktok", "TikTok", purposes=("short-videos",))},
    )
    changed = replace(with_chess, policy=replace(with_chess.policy, catalogue=catalogue))
    return changed.with_rules(
        block("games", Criteria(categories=("games",))), block("tiktok", Criteria(apps=("tiktok",)))
    )


def test_a_rule_without_purposes_offers_those_of_its_category(school: "Hillside") -> None:
    assert [one.id for one in school.tell("https://games.example/").purposes] == ["chess"]


def test_a_rule_without_purposes_offers_those_of_the_app(school: "Hillside") -> None:
    assert [one.id for one in school.tell("https://www.tiktok.com/").purposes] == ["short-videos"]


def test_a_category_that_the_rule_does_not_name_offers_nothing(school: "Hillside", block: Callable[..., Rule]) -> None:
    by_name = school.with_rules(block("x", Criteria(domains=("games.example",))))
    assert by_name.tell("https://games.example/").purposes == ()


def test_what_the_rule_itself_names_comes_alone(school: "Hillside", block: Callable[..., Rule]) -> None:
    told = school.with_rules(block("games", Criteria(categories=("games",)), instead=("make-a-video",)))
    assert [one.id for one in told.tell("https://games.example/").purposes] == ["make-a-video"]
