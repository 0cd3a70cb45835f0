"""The example school's own tests: they pass, and they reach every rule."""

from functools import cache
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.cases import Case, load_cases, run_case, unreached

FOLDER = Path(__file__).parents[2] / "policies"


@cache
def engine() -> Engine:
    return Engine(load_policy(FOLDER))


CASES, PROBLEMS = load_cases(FOLDER, engine())


def test_the_tests_can_be_read() -> None:
    assert PROBLEMS == ()
    assert len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_school_keeps_its_word(case: Case) -> None:
    assert [(one.access, one.differences) for one in run_case(engine(), case).failures] == []


def test_every_rule_is_reached() -> None:
    assert [rule.id for rule in unreached(engine().policy, [run_case(engine(), case) for case in CASES])] == []
