import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from saywhy.rehearse.few_names import FEW
from tests.cli.conftest import Say, Shell

TAKEN = "The filter would take this policy."
NOT_TAKEN = "The filter would not take this policy; it keeps the one that is in force."


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        yield


@pytest.fixture
def wise(policies: Path) -> Path:
    """The policy with nothing unwise in it."""
    sites, rules = policies / "sites.yaml", policies / "rules.yaml"
    sites.write_text("\n".join(line for line in sites.read_text().splitlines() if "TikTok for schools" not in line))
    text = re.sub(r"( +owner: (?:it|safeguarding)\n)(?! +ask)", r"\1    instead: [short-videos]\n", rules.read_text())
    rules.write_text(text)
    (policies / "lists" / "gambling.txt").write_text("".join(f"bet{number}.example\n" for number in range(FEW)))
    return policies


def test_a_policy_without_problems_ends_with_0_and_says_what_it_holds(say: Say, wise: Path) -> None:
    done = say("check", wise)
    assert re.fullmatch(
        rf"{wise}: no problems; 5 rules, 3 groups, 51 listed names; revision \w+\n{TAKEN}\n", done.output
    )
    assert done.exit_code == 0
    assert say("check", wise, "--strict").exit_code == 0
    assert say("check", wise, "--format", "github").output == ""


def test_warnings_alone_end_with_0_unless_they_count(say: Say, wise: Path) -> None:
    rules = wise / "rules.yaml"
    rules.write_text(rules.read_text().replace("2027-03-01", "2026-12-01"))
    done = say("check", wise)
    assert done.exit_code == 0
    assert "warning: rule 'tiktok' is to be looked at again in 8 days, by 2026-12-01; " in done.output
    assert done.output.splitlines()[-2].startswith(f"{wise}: 1 warning; 5 rules")
    assert done.output.splitlines()[-1] == TAKEN
    assert say("check", wise, "--strict").exit_code == 1


def test_an_unwise_policy_ends_with_1_though_it_could_be_used(say: Say, policies: Path) -> None:
    done = say("check", policies)
    assert done.exit_code == 1
    assert "'TikTok for schools'" in done.output
    assert "  [closed-alternative]\n" in done.output
    assert done.output.splitlines()[-2:] == ["1 problem, 3 warnings", TAKEN]


def test_each_problem_has_its_place_and_the_line_with_a_mark_under_it(say: Say, policies: Path) -> None:
    rules = policies / "rules.yaml"
    rules.write_text(rules.read_text().replace("owner: it\n    ask", "ownr: it\n    ask"))
    done = say("check", policies)
    assert done.exit_code == 1
    line = next(number for number, text in enumerate(rules.read_text().splitlines(), 1) if "ownr" in text)
    said = f"{rules}:{line}:5: unknown key 'ownr'; did you mean 'owner'?  [unknown-key]\n        ownr: it\n        ^\n"
    assert said in done.output
    assert done.output.splitlines()[-2:] == ["2 problems", NOT_TAKEN]


def test_json_holds_every_problem_with_its_place_and_code(say: Say, policies: Path) -> None:
    done = say("check", policies, "--format", "json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told.keys() == {"usable", "revision", "errors", "warnings", "problems", "few_names"}
    assert (told["usable"], told["errors"], told["warnings"], len(told["problems"])) == (True, 1, 3, 4)
    assert told["problems"][0].keys() == {"file", "line", "column", "severity", "code", "what", "instead"}
    assert {one["severity"] for one in told["problems"]} == {"error", "warning"}
    (policies / "rules.yaml").write_text("rules: [")
    told = json.loads(say("check", policies, "--format", "json").output)
    assert (told["usable"], told["revision"], told["warnings"]) == (False, None, 0)


def test_github_shows_each_problem_beside_its_line(say: Say, policies: Path) -> None:
    done = say("check", policies, "--format", "github")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert len(lines) == 4
    form = re.compile(r"::(error|warning) file=[^,:]+,line=\d+,col=\d+,title=[a-z-]+::.+")
    assert [line for line in lines if not form.fullmatch(line)] == []


def test_an_unknown_format_is_a_wrong_use(say: Say, policies: Path) -> None:
    assert say("check", policies, "--format", "xml").exit_code == 2


def test_a_folder_that_is_not_there_is_a_problem_not_a_wrong_use(say: Say, tmp_path: Path) -> None:
    done = say("check", tmp_path / "nowhere")
    assert done.exit_code == 1
    assert f"{tmp_path / 'nowhere'}:1:1: there is no such folder" in done.output


def test_no_folder_is_a_wrong_use(say: Say) -> None:
    assert say("check").exit_code == 2


def test_in_a_pipe_there_is_no_colour(shell: Shell, tmp_path: Path) -> None:
    done = shell("check", tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.endswith(f"1 problem\n{NOT_TAKEN}\n")


def test_a_policy_that_is_no_text_gives_problems_and_no_traceback(shell: Shell, policies: Path) -> None:
    (policies / "rules.yaml").write_bytes(b"\xff\xfe\x00" * 50)
    done = shell("check", policies)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert f"{policies / 'rules.yaml'}:1:" in done.stdout


def test_a_closed_category_with_hardly_any_names_is_told_with_the_command_until_a_list_is_imported(
    say: Say, wise: Path, tmp_path: Path
) -> None:
    names = wise / "lists" / "gambling.txt"
    names.write_text("bet.example\n")
    lists = tmp_path / "my lists"
    lists.mkdir()
    done = say("check", wise, "--lists", lists, "--strict")
    assert done.exit_code == 0
    said = done.output.splitlines()
    assert said[1].endswith(f"({lists} was looked at):")
    command = f"saywhy lists add NAME SOURCE --category gambling --lists '{lists}'"
    assert said[2] == f"  gambling: 1 name; import a list: {command}"
    assert (
        said[3]
        == f"  For many of them at once, from a copy of the UT1 lists: saywhy lists add --ut1 SOURCE --lists '{lists}'"
    )
    told = json.loads(say("check", wise, "--lists", lists, "--format", "json").output)
    assert told["few_names"] == [{"category": "gambling", "names": 1, "rules": ["gambling"]}]
    assert told["warnings"] == 0
    many = tmp_path / "many.txt"
    many.write_text("".join(f"bet{number}.example\n" for number in range(FEW)))
    words = shlex.split(command.replace("NAME SOURCE", f"gambling '{many}'"))[1:]
    assert say(*words).exit_code == 0
    assert say("check", wise, "--lists", lists).output.count("\n") == 2
