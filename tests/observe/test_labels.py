import ast
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.decision import Reason
from saywhy.exceptions.figures import TIERS
from saywhy.exceptions.state import State
from saywhy.explain.explanation import Kind
from saywhy.explain.fault import FaultKind
from saywhy.observe import labels
from saywhy.observe.labels import OTHER, closed
from saywhy.rehearse.stays_open import Help

ADDONS = Path(labels.__file__).parents[1]


@given(st.text())
def test_a_label_is_one_of_its_closed_set_whatever_is_passed(value: str) -> None:
    assert closed(value, labels.SCHEMES) in labels.SCHEMES | {OTHER}


def test_a_known_value_stays_and_becomes_plain_text() -> None:
    assert closed(Reason.LOCKED, labels.REASONS) == "locked"
    assert type(closed(Reason.LOCKED, labels.REASONS)) is str


def literals_given_to(method: str) -> set[str]:
    found: set[str] = set()
    for source in ADDONS.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


@pytest.mark.parametrize(
    ("method", "allowed"),
    [("fault", labels.FAULTS), ("requested", labels.SCHEMES), ("page_rendered", labels.PAGE_KINDS)],
)
def test_every_value_that_the_program_counts_by_name_is_in_its_set(method: str, allowed: frozenset[str]) -> None:
    assert literals_given_to(method) <= allowed


@pytest.mark.parametrize(
    ("vocabulary", "allowed"),
    [
        (FaultKind, labels.FAULTS),
        (Kind, labels.PAGE_KINDS),
        (State, labels.REQUEST_STATES),
        (Help, labels.SITE_KINDS),
    ],
    ids=["faults", "pages", "requests", "sites that should stay open"],
)
def test_the_words_of_rooms_that_cannot_be_imported_here_are_known(
    vocabulary: type[StrEnum], allowed: frozenset[str]
) -> None:
    assert set(vocabulary) <= allowed


def test_tiers_are_those_of_the_store() -> None:
    assert set(TIERS.values()) == labels.TIERS | {OTHER}
