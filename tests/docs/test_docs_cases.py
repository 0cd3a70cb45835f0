"""docs/command-line.md on the policy's own tests: its table and its examples have each key and each word that may be written."""

import re
from textwrap import dedent
from typing import Any

import pytest

from saywhy.decide.inspection import Way
from saywhy.policy import obligations
from saywhy.policy.reading.yaml12 import read_yaml
from saywhy.rehearse.cases_schema import REASONS, CasePart, CasesFile, ExpectPart
from tests.docs.conftest import page

(SECTION,) = re.findall(r"^## saywhy test DIR$(.*?)^## ", page("command-line.md"), re.MULTILINE | re.DOTALL)
(EXAMPLE,) = re.findall(r"^    tests:\n(?:    .+\n)+", SECTION, re.MULTILINE)
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", SECTION, re.MULTILINE))


def examples() -> list[dict[str, Any]]:
    document = read_yaml(dedent(EXAMPLE).encode(), "example.yaml")
    assert document.problems == []
    assert document.root is not None
    found: Any = document.root.value
    return list(found["tests"])


def words(key: str) -> set[str]:
    return set(re.findall(r"`([\w-]+)`", ROWS[key]))


def test_the_table_has_each_key() -> None:
    assert list(ROWS) == [*CasePart.keys(), *ExpectPart.keys()]


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ("reason", {*REASONS}),
        ("connection", {one.value for one in Way}),
        ("obligations", {*obligations.kinds(), "false"}),
        ("effect", {"allow", "block", "caution"}),
    ],
)
def test_the_table_has_each_word(key: str, known: set[str]) -> None:
    assert words(key) == known


def test_the_examples_have_each_key_and_are_read() -> None:
    assert CasesFile.model_validate({"tests": examples()}).tests
    assert {key for one in examples() for key in one} == {*CasePart.keys()}
    expected = [one["expect"] for one in examples() if isinstance(one["expect"], dict)]
    assert {key for one in expected for key in one} == {*ExpectPart.keys()}
