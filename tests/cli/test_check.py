import re
from pathlib import Path

from tests.cli.conftest import Say, Shell


def test_a_policy_that_can_be_used_ends_with_0_and_says_what_it_holds(say: Say, policies: Path) -> None:
    done = say("check", policies)
    assert done.exit_code == 0
    assert re.fullmatch(rf"{policies}: no problems; 5 rules, 3 groups, 2 listed names; revision \w+\n", done.output)


def test_each_problem_has_its_place_and_the_line_with_a_mark_under_it(say: Say, policies: Path) -> None:
    rules = policies / "rules.yaml"
    rules.write_text(rules.read_text().replace("owner: it\n    ask", "ownr: it\n    ask"))
    done = say("check", policies)
    assert done.exit_code == 1
    line = next(number for number, text in enumerate(rules.read_text().splitlines(), 1) if "ownr" in text)
    assert f"{rules}:{line}:5: unknown key 'ownr'; did you mean 'owner'?\n        ownr: it\n        ^\n" in done.output
    assert done.output.splitlines()[-1] == "2 problems"


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
    assert done.stdout.endswith("1 problem\n")


def test_a_policy_that_is_no_text_gives_problems_and_no_traceback(shell: Shell, policies: Path) -> None:
    (policies / "rules.yaml").write_bytes(b"\xff\xfe\x00" * 50)
    done = shell("check", policies)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert f"{policies / 'rules.yaml'}:1:" in done.stdout
