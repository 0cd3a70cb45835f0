"""Policies that load and are unwise, and what lint says of them.

To add one: write `unwise/<what is unwise>.yaml` with the sections that matter (the others come from `quiet/`, of which
lint says nothing), run this test with the environment variable REWRITE_EXPECTED=1, and read the `.txt` file that
appears beside it before you keep it.
"""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.policy.codes import ERRORS_OF_LINT, LINT, Code
from saywhy.policy.problem import Problem, Severity
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.rehearse.check import check_policy

HERE = Path(__file__).parent
CASES = sorted((HERE / "unwise").glob("*.yaml"))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HERE / "quiet", "school")
    return Path("school")


def told(problem: Problem) -> str:
    return f"{problem.severity}: {problem}  [{problem.code}]\n"


def test_of_a_wise_policy_nothing_is_said(school: Path) -> None:
    checked = check_policy(school, NOW)
    assert checked.policy is not None
    assert checked.problems == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_an_unwise_policy_is_told_where_and_what_to_do(case: Path, school: Path) -> None:
    for section in re.findall(r"^(\w+):", case.read_text("utf-8"), re.MULTILINE):
        (school / f"{section}.yaml").unlink(missing_ok=True)
    shutil.copy(case, school / "case.yaml")
    checked = check_policy(school, NOW)
    assert checked.policy is not None, checked.problems
    said = "".join(told(problem) for problem in checked.problems)
    expected = case.with_suffix(".txt")
    if os.environ.get("REWRITE_EXPECTED"):
        expected.write_text(said, "utf-8")
    assert said == expected.read_text("utf-8")
    assert said
    for problem in checked.problems:
        lines = Path(problem.file).read_text("utf-8").splitlines()
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1])
        assert (problem.severity is Severity.ERROR) is (problem.code in ERRORS_OF_LINT)


def test_every_finding_has_an_example() -> None:
    said = "".join(one.read_text("utf-8") for one in (HERE / "unwise").glob("*.txt"))
    of_comments = {code for code in Code if code.startswith("accept-")}
    in_files_of_their_own = {Code.BAD_PAGE}  # tests/rehearse/test_rehearse_lint_look.py
    assert [code for code in (LINT | of_comments) - in_files_of_their_own if f"[{code}]" not in said] == []


def test_no_expectation_is_left_without_its_case() -> None:
    assert {case.stem for case in CASES} == {text.stem for text in (HERE / "unwise").glob("*.txt")}


OF_SAYWHY = """\
rules:
  - id: strangers
    block: {apps: [ometv, monkey]}
    why: Strangers by video, chosen by chance.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
  - id: dating
    block: {categories: [dating, violence, social_networks]}
    why: Strangers write there.
    instead: [talk-with-friends, PURPOSE]
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-09-01
    owner: it
"""


def test_nothing_is_said_of_what_comes_with_saywhy(school: Path) -> None:
    catalogue = builtin_catalogue()
    purpose, place = next((one.id, place) for one in catalogue.purposes.values() for place in one.alternatives)
    (school / "rules.yaml").write_text(
        OF_SAYWHY.replace("PURPOSE", purpose)
        + "  - id: closed\n"
        + f"    block: {{domains: [{place.url.host}]}}\n"
        + OF_SAYWHY.partition("monkey]}\n")[2]
        .partition("  - id")[0]
        .replace("    why", "    instead: [talk-with-friends]\n    why")
    )
    checked = check_policy(school, NOW)
    assert checked.policy is not None
    assert checked.problems == ()
