"""Policies with mistakes, and what is said of them.

To add one: write `broken/<what is wrong>.yaml` with the sections that matter (the others come from `sound/`; the
comment `# without: school, rules` leaves some out), run this test with the environment variable REWRITE_EXPECTED=1,
and read the `.txt` file that appears beside it before you keep it.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.load import load_policy

CASES = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


def lay_out(case: Path, school: Path) -> None:
    text = case.read_text(encoding="utf-8")
    own = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    without = re.search(r"^# without: (.+)$", text, re.MULTILINE)
    for section in own | set(without[1].split(", ") if without else ()):
        (school / f"{section}.yaml").unlink(missing_ok=True)
    shutil.copy(case, school / "case.yaml")


def test_there_are_cases() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_broken_policy_says_where_and_what_to_do(case: Path, school: Path) -> None:
    lay_out(case, school)
    with pytest.raises(PolicyError) as raised:
        load_policy(school)
    said = "".join(f"{problem}  [{problem.code}]\n" for problem in raised.value.problems)
    expected = case.with_suffix(".txt")
    if os.environ.get("REWRITE_EXPECTED"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_no_expectation_is_left_without_its_case() -> None:
    assert {case.stem for case in CASES} == {text.stem for text in (Path(__file__).parent / "broken").glob("*.txt")}
