"""What a command prints on: a reader that goes away, a stream that is closed, a disk that is full."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import typer
from typer.core import TyperGroup

from saywhy.cli.main import app
from saywhy.cli.output import NOT_WRITTEN, READER_GONE
from tests.cli.conftest import ROOT, RUN, Say
from tests.cli.test_cli_account import keep

# A way to call each command that prints something on stdout, in a folder with `policies` and `state`.
CALLS = {
    "init": "init new --kind primary",
    "check": "check policies",
    "explain": "explain tiktok.com --as year7",
    "apps": "apps",
    "categories": "categories",
    "page": "page tiktok.com --as year7",
    "gallery": "gallery pages",
    "test": "test policies",
    "diff": "diff policies policies",
    "schema": "schema",
    "status": "status",
    "history": "history",
    "lookup": "lookup tiktok.com",
    "overblocking": "overblocking",
    "upcoming": "upcoming",
    "review": "review",
    "handshakes": "handshakes",
    "log": "log --replay",
    "selfcheck": "selfcheck --via 127.0.0.1:1",
    "account add": "account add kim --role it",
    "account list": "account list",
    "account roles": "account roles sam --role it",
    "account remove": "account remove sam",
    "account reset": "account reset sam",
    "account mail": "account mail sam sam@hillside.example",
    "mail check": "mail check --telling telling.yaml",
    "audit verify": "audit verify",
    "audit show": "audit show",
    "audit export": "audit export --account sam",
    "audit erase": "audit erase --account gone --yes",
    "lists add": "lists add ours policies/lists/gambling.txt --category gambling",
    "lists update": "lists update",
    "lists show": "lists show",
    "lists compile": "lists compile",
    "lists seal": "lists seal secret addresses.txt --kind urls",
    "lists --help": "lists --help",
    "--help": "--help",
    "--version": "--version",
}
# What prints on stderr alone, or only after something that is not made here.
SILENT = {
    "run",
    "account password",
    "mail receive",
    "rollback",
    "accept",
    "lists remove",
    "lists unseal",
    "permits as-policy",
}


@pytest.fixture
def there(say: Say, policies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each of the calls has something to say."""
    keep(policies, tmp_path / "state")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "telling.yaml").write_text("portal: https://why.hillside.example\n")
    (tmp_path / "addresses.txt").write_text("https://harm.example/page\n")
    assert say("account", "add", "sam", "--role", "it").exit_code == 0
    assert say("account", "add", "gone", "--role", "it").exit_code == 0
    assert say("account", "remove", "gone").exit_code == 0
    assert say("lists", "add", "first", policies / "lists" / "gambling.txt", "--category", "gambling").exit_code == 0
    return tmp_path


def call(
    words: str, folder: Path, stdout: int | IO[bytes], stderr: int | IO[bytes] = subprocess.PIPE
) -> tuple[int, str]:
    """The exit code, and what is said on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words.split()],
        cwd=folder,
        stdout=stdout,
        stderr=stderr,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT / "addons")},
    )
    return done.returncode, (done.stderr or b"").decode()


def commands() -> Iterator[str]:
    """Every command, with that of its group before it."""
    top = typer.main.get_command(app)
    assert isinstance(top, TyperGroup)
    for name, command in top.commands.items():
        yield from (f"{name} {one}" for one in command.commands) if isinstance(command, TyperGroup) else (name,)


def test_every_command_is_tried_here() -> None:
    assert set(commands()) - CALLS.keys() - SILENT == set()


@pytest.mark.parametrize("name", [name for name in CALLS if name not in SILENT])
def test_a_reader_that_went_away_is_no_fault_and_no_problem(there: Path, name: str) -> None:
    ours, theirs = os.pipe()
    os.close(ours)  # as `| head` does
    try:
        assert call(CALLS[name], there, theirs) == (READER_GONE, "")
    finally:
        os.close(theirs)


def test_a_reader_that_goes_away_in_the_middle_is_quiet(policies: Path) -> None:
    rules = policies / "rules.yaml"
    rules.write_text("rules:\n" + "".join(f"  - {{id: x{number}}}\n" for number in range(4_000)))
    with subprocess.Popen(
        [sys.executable, "-c", RUN, "check", policies],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "addons")},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == READER_GONE


@pytest.mark.parametrize("name", ["check", "history", "account list", "--help"])
def test_a_disk_that_is_full_is_told_in_a_line(there: Path, name: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = call(CALLS[name], there, full)
    assert code == NOT_WRITTEN
    assert said == "saywhy: what it prints cannot be written (No space left on device)\n"


@pytest.mark.parametrize(("words", "code"), [("check policies", 1), ("history", 0), ("chek", 2), ("check none", 1)])
def test_errors_that_nobody_can_be_told_change_no_exit_code(there: Path, words: str, code: int) -> None:
    with Path("/dev/full").open("wb") as full:
        assert call(words, there, subprocess.DEVNULL, full)[0] == code


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_file_of_ours(there: Path, closed: str) -> None:
    words = [sys.executable, "-c", RUN, "account", "add", "kim", "--role", "it"]
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "addons")}
    assert subprocess.run(shell, cwd=there, check=False, timeout=60, env=environment).returncode == 0
    assert call("account list", there, subprocess.PIPE)[0] == 0


def test_what_was_done_stays_done(there: Path, say: Say) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    call("account roles sam --role safeguarding", there, theirs)
    call("lists add second policies/lists/gambling.txt --category gambling", there, theirs)
    os.close(theirs)
    assert say("account", "list").output == "sam  safeguarding\n"
    assert "second" in say("lists", "show").output
