"""`saywhy init`: a first policy, in one command."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, RUN, Say


@pytest.mark.parametrize("kind", ["primary", "secondary", "all-through", "All through"])
def test_what_it_writes_is_checked_and_tested_at_once(say: Say, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "school"
    done = say("init", folder, "--kind", kind)
    assert done.exit_code == 0, done.output
    assert f"{folder / 'school.yaml'}:9: the school's name" in done.output
    assert f"saywhy check {folder}" in done.output
    assert say("check", folder, "--strict").exit_code == 0
    assert say("test", folder).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("new",), 2, "say what kind of school it is: primary, secondary or all-through"),
        (("new", "--kind", "secundary"), 2, "did you mean 'secondary'?"),
        (("new", "--kind", "nursery"), 2, "write one of: primary, secondary, all-through"),
        (("full", "--kind", "primary"), 1, "is not empty, and nothing in it is overwritten"),
        (("full/mine", "--kind", "primary"), 1, "cannot be written"),
        ((), 2, "DIR"),
    ],
)
def test_what_cannot_be_is_told_and_writes_nothing(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("full").mkdir()
    Path("full/mine").write_text("mine")
    done = say("init", *arguments)
    assert done.exit_code == code
    assert said in " ".join(done.output.replace("│", " ").split())
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine"]


def test_on_a_terminal_it_asks_for_the_kind_of_school(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "init", tmp_path / "school"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "addons")},
    ) as process:
        os.write(ours, b"nursery\nsecondary\n")
        said, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert "What kind of school?" in said
    assert "Years 7 to 11" in (tmp_path / "school" / "school.yaml").read_text("utf-8")
    assert "infants" not in (tmp_path / "school" / "school.yaml").read_text("utf-8")
