"""`saywhy test`: what it prints, in which form, and how it ends."""

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from saywhy.cli.cases_as_data import as_junit
from saywhy.cli.cases_as_text import lines
from saywhy.cli.cases_report import Report
from saywhy.policy.problem import Problem
from tests.cli.conftest import ROOT, Say, Shell

PASSING = """\
tests:
  - name: TikTok is closed
    who: year7
    open: tiktok.com
    expect: {effect: block, rule: tiktok, alternatives: [BBC Bitesize]}
  - name: TikTok is open for staff
    who: staff
    open: tiktok.com
    expect: allow
"""
FAILING = """\
tests:
  - name: "Games <b>are</b> & stay ]]> closed"
    who: year7
    when: [monday 10:00, monday 18:00]
    open: https://games.example/?a=1&b=2
    expect: {effect: block, rule: games}
"""


@pytest.fixture
def school(policies: Path) -> Path:
    (policies / "tests").mkdir()
    (policies / "tests" / "a.yaml").write_text(PASSING)
    return policies


def test_when_all_pass_it_says_how_many_and_ends_with_0(say: Say, school: Path) -> None:
    done = say("test", school)
    assert done.exit_code == 0
    first, told, last = done.output.splitlines()
    assert first == f"{school / 'tests' / 'a.yaml'}: 2 passed"
    assert told == f"Answered from the folder {school}."
    assert last.startswith("2 passed (2 questions; revision ")


def test_a_failure_has_its_place_what_is_and_why(say: Say, school: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING)
    done = say("test", school)
    assert done.exit_code == 1
    rules = (school / "rules.yaml").read_text().splitlines()
    line = rules.index("  - id: games") + 1
    default = f"{school / 'school.yaml'}:12"
    assert done.output.splitlines()[:12] == [
        f"FAILED {school / 'tests' / 'b.yaml'}:2: Games <b>are</b> & stay ]]> closed",
        "  https://games.example/?a=1&b=2 for year7, Monday at 18:00",
        "    effect: expected block, but it is allow",
        "    rule: expected games, but it is default",
        f"    decided by the default ({default}) [default]",
        f"    rule 2 of 5, games ({school / 'rules.yaml'}:{line}) did not decide: it holds in lesson time, not on Monday at 18:00",
        "    this address is: nothing that the policy lists",
        "    passed over before that:",
        "      1  gambling: it is about category gambling",
        "      2  games: it holds in lesson time, not on Monday at 18:00",
        "      3 to 5  about other addresses: shorts, tiktok, self-harm",
        f"    more: saywhy explain 'https://games.example/?a=1&b=2' --as year7 --at 2026-01-05T18:00 --policies {school}",
    ]
    assert done.output.splitlines()[-1].startswith("1 failed, 2 passed (4 questions; ")


def test_a_rule_that_another_comes_before_says_so(say: Say, school: Path) -> None:
    rules = (school / "rules.yaml").read_text()
    (school / "rules.yaml").write_text(rules.replace("rules:\n", "rules:\n  - {id: open, allow: {apps: [tiktok]}}\n"))
    done = say("test", school)
    assert "tiktok (" in done.output
    assert "did not decide: it matches too, but rule 1 of 6, open (" in done.output
    assert "comes first" in done.output


def test_only_the_first_failures_of_a_test_are_told_in_full(say: Say, school: Path) -> None:
    many = ", ".join(f"a{number}.example" for number in range(9))
    (school / "tests" / "a.yaml").write_text(f"tests:\n  - {{name: many, who: staff, open: [{many}], expect: block}}\n")
    assert "  and 6 more of its 9 questions" in say("test", school).output


def test_coverage_names_the_rules_that_no_test_reaches_and_changes_nothing_else(say: Say, school: Path) -> None:
    done = say("test", school, "--coverage")
    assert done.exit_code == 0
    assert "Coverage: 2 of 6 rules (the default is one) decide a test." in done.output
    assert f"  not reached: gambling ({school / 'rules.yaml'}:2)\n" in done.output
    assert "not reached: tiktok" not in done.output
    assert "Coverage" not in say("test", school).output


def test_a_test_file_with_a_mistake_ends_with_1_and_runs_nothing(say: Say, school: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING.replace("year7", "yaer7"))
    done = say("test", school)
    assert done.exit_code == 1
    place = f"{school / 'tests' / 'b.yaml'}:3:10"
    assert (
        f"{place}: unknown group 'yaer7'; did you mean 'year7'?  [unknown-name]\n        who: yaer7\n             ^\n"
        in done.output
    )
    assert done.output.endswith("1 problem\nNo test was run.\n")


def test_a_policy_with_problems_ends_with_1(say: Say, school: Path) -> None:
    (school / "rules.yaml").write_text("rules: []\n")
    done = say("test", school)
    assert done.exit_code == 1
    assert "rules.yaml:1:8: an empty list" in done.output


def test_no_tests_are_no_pass(say: Say, policies: Path) -> None:
    done = say("test", policies)
    assert done.exit_code == 1
    assert f"There are no tests in {policies / 'tests'}. Write one, for example" in done.output


def test_the_example_that_is_printed_can_be_used(say: Say, policies: Path) -> None:
    printed = say("test", policies).output.splitlines()[2:]
    (policies / "tests").mkdir()
    (policies / "tests" / "school.yaml").write_text("\n".join(printed).replace("year9", "year7"))
    assert say("test", policies).exit_code == 0


def test_the_folder_of_the_tests_itself_is_a_wrong_use(say: Say, school: Path) -> None:
    done = say("test", school / "tests")
    assert done.exit_code == 2
    assert "holds the tests; name the folder of the policy" in " ".join(done.output.split())


def test_left_out_the_folder_is_policies_and_a_pipe_gets_no_colour(
    shell: Shell, school: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(school.parent)
    done = shell("test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("policies/tests/a.yaml: 2 passed\nAnswered from the folder policies.\n2 passed (")


def test_on_a_terminal_there_is_colour(school: Path) -> None:
    problem = Problem("a.yaml", 1, 1, "a matter")
    assert any("\x1b[" in line for line in lines(Report(school, None, [problem])))


def junit(say: Say, school: Path, tmp_path: Path) -> Element:
    file = tmp_path / "report.xml"
    say("test", school, "--junit", file)
    return fromstring(file.read_bytes())


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_test(say: Say, school: Path, tmp_path: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING)
    root = junit(say, school, tmp_path)
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == ("testsuites", "3", "1", "0")
    assert [(one.get("tests"), one.get("failures")) for one in root] == [("2", "0"), ("1", "1")]
    case = root[1][0]
    assert case.get("name") == "Games <b>are</b> & stay ]]> closed"
    assert (case.get("classname"), case.get("line")) == ("b", "2")
    (failure,) = case
    assert failure.get("message") == "effect: expected block, but it is allow; rule: expected games, but it is default"
    assert "https://games.example/?a=1&b=2 for year7, Monday at 18:00\n" in (failure.text or "")
    assert "3 to 5  about other addresses" in (failure.text or "")
    assert float(root.get("time", "")) >= 0


def test_junit_has_problems_as_errors(say: Say, school: Path, tmp_path: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING.replace("year7", "yaer7"))
    root = junit(say, school, tmp_path)
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert root[0][0][0].get("message") == "unknown group 'yaer7'"


@pytest.mark.parametrize("nasty", ["\x00", "\x1b[31m", "\ud800", "\uffff", "<![CDATA[", "\u2028é\U0001f600"])
def test_junit_is_xml_whatever_a_problem_says(tmp_path: Path, nasty: str) -> None:
    made = as_junit(Report(tmp_path, None, [Problem(f"a{nasty}", 1, 1, nasty, nasty)]))
    assert fromstring(made)[0].get("errors") == "1"


def test_a_report_that_cannot_be_written_is_a_wrong_use(say: Say, school: Path, tmp_path: Path) -> None:
    done = say("test", school, "--junit", tmp_path / "nowhere" / "report.xml")
    assert done.exit_code == 2
    assert "cannot be written: No such file or directory" in " ".join(done.output.split())


def data(say: Say, school: Path, *more: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(say("test", school, "--format", "json", *more).output)
    return loaded


def test_json_has_the_same(say: Say, school: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING)
    given = data(say, school, "--coverage")
    assert (given["passed"], given["failed"], given["problems"]) == (2, 1, [])
    failed = given["tests"][-1]
    assert (failed["name"], failed["line"], failed["questions"]) == ("Games <b>are</b> & stay ]]> closed", 2, 2)
    (failure,) = failed["failures"]
    assert (failure["rule"], failure["at"], failure["groups"]) == ("default", "2026-01-05T18:00:00+00:00", ["year7"])
    assert failure["differences"][0] == {"key": "effect", "expected": "block", "actual": "allow", "why": ""}
    assert [step["mismatch"] for step in failure["trace"]] == ["target", "time", "target", "target", "target"]
    assert [one["rule"] for one in given["unreached"]] == ["gambling", "shorts", "self-harm"]


def test_every_key_of_the_json_is_documented(say: Say, school: Path) -> None:
    (school / "tests" / "b.yaml").write_text(FAILING)
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    text = text[text.index("## saywhy test") :]
    given = data(say, school, "--coverage")
    failure = given["tests"][-1]["failures"][0]
    parts = [given, given["tests"][-1], failure, failure["differences"][0], failure["trace"][0], given["unreached"][0]]
    assert {key for part in parts for key in part if f"`{key}`" not in text} == set()


def test_json_has_problems_too(say: Say, school: Path) -> None:
    (school / "tests" / "b.yaml").write_text("tests: 5\n")
    given = data(say, school)
    assert (given["tests"], given["problems"][0]["line"], given["problems"][0]["column"]) == ([], 1, 8)
