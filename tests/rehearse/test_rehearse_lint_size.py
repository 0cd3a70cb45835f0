"""Lint of a policy as large as Saywhy is built for: 2,000 rules."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.policy.reading.written import read_written
from saywhy.rehearse.check import Checked
from saywhy.rehearse.lint import lint

QUIET = Path(__file__).parent / "quiet"
ABOUT = [
    "{{domains: [d{0}.example, e{0}.example]}}",
    "{{urls: [u{0}.example/p/*]}}",
    "{{categories: [c{0}]}}",
    "everything",
]
WHO = ["[students]", "[year3]", "[year7, staff]", "[staff]"]
WHEN = ["lessons", "morning", "lunch", "evening"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    school = tmp_path_factory.mktemp("large") / "school"
    shutil.copytree(QUIET, school)
    categories = "".join(f"  c{number}: {{domains: [c{number}.example]}}\n" for number in range(2_000))
    (school / "categories.yaml").write_text(f"categories:\n{categories}")
    rules = "".join(
        f"  - id: r{number}\n    block: {ABOUT[number % 4].format(number)}\n    for: {WHO[number // 4 % 4]}\n"
        f"    when: [{WHEN[number // 16 % 4]}]\n    why: It is closed.\n    instead: [play, short-videos]\n"
        "    decided: {by: Governors, on: 2026-09-03}\n    review_by: 2027-03-01\n    owner: it\n"
        for number in range(2_000)
    )
    (school / "rules.yaml").write_text(f"rules:\n{rules}")
    return school


def test_two_thousand_rules_are_looked_through_in_a_few_seconds(large: Path) -> None:
    policy = load_policy(large)
    written = read_written(large)
    began = time.process_time()
    problems = lint(Engine(policy), written, datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert time.process_time() - began < 5
    assert Checked(policy, problems).errors > 1_000
