"""docs/policy.md: the pieces of its tour make one policy, step by step, which loads and decides as the tables say."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.policy.reading.yaml12 import read_yaml
from tests.docs.conftest import Section, answered, page, sections, write_files

STEPS = [section for section in sections(page("policy.md")) if section.yaml]
BY_NAME = {"roles", "groups", "times", "calendars", "categories", "apps", "purposes", "carriers"}


def value_of(yaml: str) -> dict[str, Any]:
    document = read_yaml(yaml.encode(), "piece.yaml")
    assert document.problems == []
    assert document.root is not None
    assert isinstance(document.root.value, dict)
    return document.root.value


def added(policy: dict[str, Any], piece: dict[str, Any]) -> dict[str, Any]:
    """A piece put into the policy as the tour says: by name, new rules above, a rule of the same id in its place."""
    whole = dict(policy)
    for section, value in piece.items():
        if section in BY_NAME:
            whole[section] = {**whole.get(section, {}), **value}
        elif section == "places":
            whole[section] = [*whole.get(section, []), *value]
        elif section == "rules":
            new = {rule["id"]: rule for rule in value}
            kept = [new.pop(rule["id"], rule) for rule in whole.get(section, [])]
            whole[section] = [*new.values(), *kept]
        else:
            whole[section] = value
    return whole


@cache
def whole_after(step: int) -> dict[str, Any]:
    before = whole_after(step - 1) if step else {}
    for yaml in STEPS[step].yaml:
        before = added(before, value_of(yaml))
    return before


def test_the_tour_passes_every_section_and_every_key_of_a_rule() -> None:
    last = whole_after(len(STEPS) - 1)
    assert set(last) == BY_NAME | {"school", "places", "reach", "default", "inspection", "rules", "care", "searches"}
    keys = {key for rule in last["rules"] for key in rule}
    assert {"why", "instead", "decided", "review_by", "owner", "ask", "locked", "care", "for", "when"} <= keys


@pytest.mark.parametrize(("number", "step"), list(enumerate(STEPS)), ids=lambda one: getattr(one, "title", None))
def test_a_step_of_the_tour_loads_and_decides(number: int, step: Section, tmp_path: Path) -> None:
    for earlier in STEPS[: number + 1]:
        write_files(earlier.files, tmp_path)
    (tmp_path / "policy.yaml").write_text(json.dumps(whole_after(number)), encoding="utf-8")  # JSON is YAML
    engine = Engine(load_policy(tmp_path))
    assert step.rows
    assert [answered(engine.policy, row) for row in step.rows] == step.rows


def test_the_first_piece_is_a_policy_by_itself(tmp_path: Path) -> None:
    STEPS[0].lay_out(tmp_path)
    assert [rule.id for rule in load_policy(tmp_path).rules] == ["poki"]
