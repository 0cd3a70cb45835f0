"""What schools are asked to close, group by group: what the rules say of it, and what is expected for whom."""

from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import Catalogue, Category
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from saywhy.rehearse.category_checks import CLOSED, ILLEGAL, OPEN, category_checks
from tests.decide.conftest import MONDAY_TEN, policy, rule

CATALOGUE = Catalogue(categories={one: Category(one, one) for one in (*CLOSED, OPEN)})


def outcomes(engine: Engine, group: str) -> dict[str, tuple[Effect | None, bool]]:
    return {one.kind: (one.wanted, one.good) for one in category_checks(engine, [group], MONDAY_TEN)}


def test_the_example_school_closes_all_of_it_for_every_group() -> None:
    engine = Engine(load_policy(Path(__file__).parents[2] / "policies"))
    found = list(category_checks(engine, list(engine.policy.groups), MONDAY_TEN))
    assert len(found) == len(engine.policy.groups) * (len(CLOSED) + 2)
    assert [one for one in found if not one.good] == []


@pytest.mark.parametrize(
    ("group", "wanted"), [("year9", Effect.BLOCK), ("students", Effect.BLOCK), ("staff", None)]
)  # fmt: skip
def test_a_policy_that_closes_nothing_fails_for_pupils_and_is_only_told_for_adults(
    group: str, wanted: Effect | None
) -> None:
    found = outcomes(Engine(policy([], catalogue=CATALOGUE)), group)
    assert found == {
        ILLEGAL: (Effect.BLOCK, True),
        **dict.fromkeys(CLOSED, (wanted, wanted is None)),
        OPEN: (Effect.ALLOW, True),
    }


def test_one_that_closes_all_fails_where_lessons_need_it_and_one_group_is_not_another() -> None:
    everything = Engine(policy([rule("all", everything=True)], catalogue=CATALOGUE))
    assert outcomes(everything, "year9")[OPEN] == (Effect.ALLOW, False)
    for_year9 = rule("harm", categories=("self-harm",), groups=frozenset({"year9"}))
    engine = Engine(policy([for_year9], catalogue=CATALOGUE))
    assert outcomes(engine, "year9")["self-harm"] == (Effect.BLOCK, True)
    assert outcomes(engine, "students")["self-harm"] == (Effect.BLOCK, False)


def test_kinds_that_the_policy_does_not_have_are_left_out_and_a_group_has_to_be_there() -> None:
    engine = Engine(policy([], catalogue=Catalogue()))
    assert outcomes(engine, "year9").keys() == {ILLEGAL}
    with pytest.raises(KeyError, match="nobody"):
        list(category_checks(engine, ["nobody"], MONDAY_TEN))
