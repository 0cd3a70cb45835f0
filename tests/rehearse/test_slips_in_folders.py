"""Slips that take several files: copies beside the first, and tests of another school. What is said of them, all of it.

Each case is a folder in `folders/`, laid over the sound policy; `REWRITE_EXPECTED=1` writes what is said into `said.txt`.
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.policy.reading.copies import without_copies
from saywhy.policy.reading.yaml12 import read_yaml
from saywhy.rehearse.check import check_policy
from saywhy.rehearse.foreign_tests import told_once

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "policies"
CASES = sorted(path for path in (HERE / "folders").iterdir() if path.is_dir())
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HERE / "quiet", "school")
    return Path("school")


def said_of(folder: Path) -> list[str]:
    return [f"{one}  [{one.code}]" for one in check_policy(folder, NOW).problems]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_told_once_and_names_the_file(case: Path, school: Path) -> None:
    shutil.copytree(case, school, dirs_exist_ok=True)
    expected = case / "said.txt"
    said = "".join(f"{one}\n" for one in said_of(school))
    if os.environ.get("REWRITE_EXPECTED"):
        expected.write_text(said, "utf-8")
    assert said
    assert said == expected.read_text("utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "school copy.yaml", "school (1).yaml", "school - Copy.yaml", "Copy of school.yaml", "school-old.yaml", "school.bak.yaml",
        "school.yaml.bak.yaml", "school_2026-09-03.yaml", "Kopie von school.yaml", "school (kopia).yaml", "~$school.yaml",
        "before-the-holidays.yaml",
    ],
)  # fmt: skip
def test_a_copy_is_one_problem_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(EXAMPLE, policies)
    shutil.copy(policies / "school.yaml", policies / name)
    (one,) = check_policy(policies, NOW).problems
    assert one.code == "backup-copy"
    assert name in str(one)
    assert str(policies / "school.yaml") in str(one)


@pytest.mark.parametrize("name", ["#school.yaml#", "school.yaml~", "school.yaml.bak", ".#school.yaml", ".~lock.school.yaml#", ".school.yaml.swp"])  # fmt: skip
def test_what_is_no_yaml_file_by_its_name_is_not_read(name: str, school: Path) -> None:
    (school / name).write_bytes(b"\x00half written [")
    assert said_of(school) == []


def test_one_name_twice_makes_no_copy() -> None:
    one = read_yaml(
        b"apps: {a: {domains: [a.example]}, b: {domains: [b.example]}, c: {domains: [c.example]}}", "apps.yaml"
    )
    other = read_yaml(
        b"apps: {a: {domains: [a.example]}, d: {domains: [d.example]}, e: {domains: [e.example]}}", "more-apps.yaml"
    )
    kept, problems = without_copies({"apps.yaml": one, "more-apps.yaml": other})
    assert list(kept) == ["apps.yaml", "more-apps.yaml"]
    assert problems == []


def test_tests_of_this_school_are_told_one_by_one(school: Path) -> None:
    (school / "tests").mkdir()
    tests = "".join(
        f"  - {{name: Test {number}, who: {who}, open: tiktok.com, expect: block}}\n"
        for number, who in enumerate(["year7", "staff", "staf", "year77", "staff"])
    )
    (school / "tests" / "ours.yaml").write_text(f"tests:\n{tests}")
    assert [one.partition("; ")[0] for one in said_of(school)] == [
        "school/tests/ours.yaml:4:25: unknown group 'staf'",
        "school/tests/ours.yaml:5:25: unknown group 'year77'",
    ]
    assert told_once("school/tests", [], []) == []
