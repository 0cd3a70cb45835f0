"""Every `saywhy …` that the documentation quotes is one that the command line knows, with the options that it has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from saywhy.cli.main import app
from tests.docs.commands import PAGES, ROOT, blocks
from tests.docs.conftest import page, sections

# The tasks of a technician's day, by a word or two of each.
DAY = (
    "one channel for Year 9", "exam mode", "MyMaths", "block a new game", "what changed since yesterday", "governor why",
    "undo that", "what would change if", "who can open", "explain this reference", "nobody used for 30 days",
    "what expires soon", "supply teacher", "visitor Wi-Fi", "does not trust the CA", "a pinned app", "rules at lunch",
    "a trip tomorrow", "a reader level for one pupil", "wrong category", "a list update broke a lesson", "test this rule",
    "triage the queue", "break-glass for 15 minutes", "annual review",
)  # fmt: skip


def quoted(path: Path) -> Iterator[str]:
    """Command lines in backticks, and lines of code that begin with saywhy."""
    text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
    yield from re.findall(r"`(saywhy [^`]+)`", text)
    for block in blocks(text):
        yield from re.findall(r"^(saywhy .+)$", block.text, re.MULTILINE)


def command_of(words: list[str]) -> tuple[Any, list[str]] | None:
    """The command that these words name, and what is left of them; None where there is no such command."""
    command: Any = typer.main.get_command(app)
    while isinstance(command, TyperGroup):
        options = {option for one in command.params for option in one.opts}
        while words and words[0] in options:
            words = words[1:]
        if not words or words[0] not in command.commands:
            return None
        command, words = command.commands[words[0]], words[1:]
    return command, words


def unknown(line: str) -> list[str]:
    """What the command line does not know of a quoted command: the command itself, or options of it."""
    bare = re.split(r" [>|] ", line.replace("…", ""))[0]
    words = [word for word in shlex.split(bare, comments=True)[1:] if word]
    if words and all(word.startswith("-") for word in words):
        found: tuple[Any, list[str]] | None = (typer.main.get_command(app), words)
    else:
        found = command_of(words)
    if found is None:
        return [words[0]] if words else []
    command, rest = found
    known = {option for one in command.params for option in one.opts} | {"--help"}
    return [
        f"{command.name} {word.partition('=')[0]}"
        for word in rest
        if word[0] == "-" and word.partition("=")[0] not in known
    ]


QUOTED = sorted({(path.relative_to(ROOT).as_posix(), line) for path in PAGES for line in quoted(path)})


def test_commands_are_quoted() -> None:
    assert len(QUOTED) >= 25
    assert {line.split()[1] for _, line in QUOTED} >= {"check", "explain", "schema", "run", "account"}


@pytest.mark.parametrize(("file", "line"), QUOTED)
def test_a_quoted_command_is_one_that_there_is(file: str, line: str) -> None:
    assert unknown(line) == [], file


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("saywhy check policies", []),
        ("saywhy --debug …", []),
        ("saywhy --debug check policies", []),
        ("saywhy account add NAME --role it --state /var/lib/saywhy", []),
        ("saywhy explain URL --as GROUP --json > answer.json", []),
        ("saywhy chek policies", ["chek"]),
        ("saywhy check policies --colour", ["check --colour"]),
    ],
)
def test_what_is_not_known_is_seen(line: str, missing: list[str]) -> None:
    assert unknown(line) == missing


@pytest.mark.parametrize("task", DAY)
def test_each_task_of_the_day_has_its_step_or_says_that_there_is_none(task: str) -> None:
    rows = [
        line for line in page("technicians-day.md").splitlines() if line.startswith("|") and task in line.split("|")[1]
    ]
    assert len(rows) == 1
    step = rows[0].split("|")[2]
    assert re.search(r"`saywhy |recipes\.md#|Portal|\*\*not yet\*\*|saywhy-ca\.pem", step)


def test_every_link_between_the_pages_leads_somewhere() -> None:
    for path in PAGES:
        for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", path.read_text("utf-8")):
            linked = path if not target else path.parent / target
            assert linked.exists(), f"{path.name}: {target}"
            if anchor:
                titles = [section.title.lower() for section in sections(linked.read_text("utf-8"))]
                anchors = {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}
                assert anchor in anchors, f"{path.name}: #{anchor}"
