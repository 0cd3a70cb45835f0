"""A category that is closed by name only: how many names there are, of whatever source."""

from pathlib import Path

import pytest

from saywhy.policy.policy import Policy
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.few_names import FEW, FewNames, few_names

POLICY = """
school: {name: Hillside School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {label: Students, reader: secondary}}
default: allow
categories:
  ours:
    label: Ours
    domains: [one.example, two.example]
    urls: [pages.example/path/*]
  full: {label: Full, lists: [full.txt]}
  open: {label: Open, domains: [open.example]}
corrections: [{name: three.example, also: [open], because: It is., on: 2026-09-03}]
rules:
  - {id: opens, allow: {categories: [open]}}
  - id: first
    block: {categories: [ours, full, violence]}
    why: Because.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: second
    block: {categories: [ours], domains: [more.example]}
    why: Because.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    (tmp_path / "school.yaml").write_text(POLICY)
    (tmp_path / "full.txt").write_text("".join(f"site{number}.example\n" for number in range(FEW)))
    return load_policy(tmp_path)


def test_names_and_patterns_count_and_each_rule_that_closes_is_named(policy: Policy) -> None:
    assert few_names(policy, {}) == (
        FewNames("violence", 0, ("first",)),
        FewNames("ours", 3, ("first", "second")),
    )


@pytest.mark.parametrize(
    ("imported", "left"),
    [
        ({"violence": FEW}, ["ours"]),
        ({"violence": FEW - 1}, ["ours", "violence"]),
        ({"ours": FEW - 3, "violence": 1_000_000}, []),
        ({"open": 1}, ["violence", "ours"]),
    ],
)
def test_what_lists_bring_counts_as_well(policy: Policy, imported: dict[str, int], left: list[str]) -> None:
    assert [one.category for one in few_names(policy, imported)] == left
