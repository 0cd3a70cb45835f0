"""docs/recipes.md is executed: each recipe is a policy that loads, and decides as the table under it says."""

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.policy.problem import Severity
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from saywhy.rehearse.check import check_policy
from tests.docs.conftest import ROOT, Section, answered, asked, page, sections
from tests.docs.test_docs_policy import added, value_of

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


@pytest.mark.parametrize("title", ["Only the apps of the lesson", "Exam mode for room B12"])
def test_a_recipe_stands_in_the_example_school_without_an_error(title: str, tmp_path: Path) -> None:
    """Its new parts, and its rules above those that are there but the floor."""
    recipe = next(one for one in RECIPES if one.title == title)
    school: dict[str, Any] = {}
    for file in sorted((ROOT / "policies").glob("*.yaml")):
        school = added(school, value_of(file.read_text("utf-8")))
    piece = {key: value for key, value in value_of(recipe.yaml[0]).items() if key not in ("school", "default")}
    known = {str(one["network"]) for one in school["places"]}
    piece["places"] = [one for one in piece.get("places", []) if one["network"] not in known]
    piece["groups"] = {name: one for name, one in piece["groups"].items() if name not in school["groups"]}
    floor = [one for one in school["rules"] if one.get("locked") or one.get("keep_open")]
    piece["rules"] = [one for one in piece["rules"] if not one.get("keep_open")]  # the school has its own
    whole = added({**school, "rules": [one for one in school["rules"] if one not in floor]}, piece)
    whole["rules"] = [*floor, *whole["rules"]]
    shutil.copytree(ROOT / "policies" / "lists", tmp_path / "lists")
    shutil.copy(ROOT / "policies" / "crest.svg", tmp_path)
    (tmp_path / "school.yaml").write_text(json.dumps(whole), "utf-8")
    checked = check_policy(tmp_path, datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert checked.policy is not None, checked.problems
    assert [str(one) for one in checked.problems if one.severity is Severity.ERROR] == []


def test_the_wishes_that_are_not_met_yet_point_at_recipes_that_exist() -> None:
    anchors = {re.sub(r"[^\w\- ]", "", recipe.title.lower()).replace(" ", "-") for recipe in RECIPES}
    linked = set(re.findall(r"\(#([\w-]+)\)", PAGE))
    assert linked
    assert linked - anchors == set()
