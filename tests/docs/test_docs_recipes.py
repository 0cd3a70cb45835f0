"""docs/recipes.md is executed: each recipe is a policy that loads, and decides as the table under it says."""

import re
from pathlib import Path

import pytest

from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from tests.docs.conftest import Section, answered, asked, page, sections

PAGE = page("recipes.md")
RECIPES = [section for section in sections(PAGE) if section.yaml]
# Sentences, and words in each, at most: the measures of the page that these reasons are printed on.
LIMITS = {
    Reader.EARLY: (1, 6),
    Reader.PRIMARY: (2, 10),
    Reader.SECONDARY: (2, 15),
    Reader.ADULT: (2, 20),
    Reader.EASY_READ: (2, 8),
}


def loaded(recipe: Section, folder: Path) -> Engine:
    recipe.lay_out(folder)
    return Engine(load_policy(folder))


def test_there_are_enough() -> None:
    assert len(RECIPES) >= 18
    assert len({recipe.title for recipe in RECIPES}) == len(RECIPES)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_is_one_complete_policy_with_its_decisions(recipe: Section, tmp_path: Path) -> None:
    assert len(recipe.yaml) == 1
    engine = loaded(recipe, tmp_path)
    assert recipe.rows
    assert [answered(engine.policy, row) for row in recipe.rows] == recipe.rows


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_every_rule_of_a_recipe_decides_something(recipe: Section, tmp_path: Path) -> None:
    engine = loaded(recipe, tmp_path)
    assert {rule.id for rule in engine.policy.rules} - {row.rule for row in recipe.rows} == set()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_offers_something_that_is_open(recipe: Section, tmp_path: Path) -> None:
    engine = loaded(recipe, tmp_path)
    for row in recipe.rows:
        found = asked(engine.policy, row)
        if found.decision.effect is Effect.BLOCK and found.rule != "-" and not found.explanation.help:
            assert found.explanation.purposes or found.decision.reason is Reason.ACCOUNT, (
                f"{row.rule} offers nothing instead"
            )
            assert found.explanation.dropped == ()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_gives_its_reasons_in_words_for_its_readers(recipe: Section, tmp_path: Path) -> None:
    engine = loaded(recipe, tmp_path)
    for row in recipe.rows:
        found = asked(engine.policy, row)
        rule = found.decision.rule
        if rule is not None and rule.why is not None:
            reader = found.subject.reader
            sentences = [one.split() for one in re.split(r"(?<=[.!?])\s+", rule.why.told_to(reader))]
            most_sentences, most_words = LIMITS[reader]
            assert len(sentences) <= most_sentences
            assert max(map(len, sentences)) <= most_words


def test_the_wishes_that_are_not_met_yet_point_at_recipes_that_exist() -> None:
    anchors = {re.sub(r"[^\w\- ]", "", recipe.title.lower()).replace(" ", "-") for recipe in RECIPES}
    linked = set(re.findall(r"\(#([\w-]+)\)", PAGE))
    assert linked
    assert linked - anchors == set()
