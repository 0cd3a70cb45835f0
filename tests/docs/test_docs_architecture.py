"""docs/architecture.md is true of the folders: its rooms, its diagram, its commands and the files that it names."""

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from typer.main import get_command

from saywhy.cli.main import app

ROOT = Path(__file__).parents[2]
CODE = ROOT / "addons" / "saywhy"
TEXT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROOMS = {one.name for one in CODE.iterdir() if (one / "__init__.py").exists()}
TABLE = TEXT.partition("| room | what it is |")[2].partition("\n\n")[0]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]["layers"]
HEIGHTS = {
    room.strip().removeprefix("saywhy."): height
    for height, layer in enumerate(reversed(LAYERS))
    for room in layer.split("|")
}


def test_the_table_has_every_room_and_no_other() -> None:
    assert re.findall(r"^\| `(\w+)/`", TABLE, re.MULTILINE) != []
    assert set(re.findall(r"^\| `(\w+)/`", TABLE, re.MULTILINE)) == ROOMS


def diagram() -> list[list[list[str]]]:
    """The lines of the diagram: rooms between its arrows, from the left."""
    lines = [line for line in TEXT.partition("## The rooms")[2].partition("Imports run")[0].splitlines() if "←" in line]
    return [[re.findall(r"\w+", part) for part in line.split("←")] for line in lines]


def test_the_diagram_has_every_room() -> None:
    assert {room for line in diagram() for part in line for room in part} == ROOMS


def test_its_arrows_are_those_that_the_linter_holds() -> None:
    arrows = [(low, high) for line in diagram() for lower, higher in pairwise(line) for low in lower for high in higher]
    assert arrows
    assert [(low, high) for low, high in arrows if HEIGHTS[low] >= HEIGHTS[high]] == []


def test_every_command_is_named() -> None:
    row = next(line for line in TABLE.splitlines() if line.startswith("| `cli/`"))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(re.findall(r"`(?:saywhy )?(\w+)`", row.partition("|")[2].partition("|")[2])) == set(commands)


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`((?:\w+/)+\w+\.py)`", TEXT))))
def test_a_file_that_it_names_is_there(named: str) -> None:
    assert any((root / named).exists() for root in (CODE, ROOT, ROOT / "addons")), named


def test_its_words_are_where_it_says() -> None:
    words = TEXT.partition("| word | meaning | where |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:4] for line in words.splitlines()[2:] if line.startswith("|")]
    assert len(rows) > 15
    for word, _, where in rows:
        for file in re.findall(r"`([\w/]+(?:\.py)?/?)`", where):
            place = CODE / file
            assert place.exists(), file
            names = [one.strip().split()[0] for one in word.split(",")]
            sources = [place] if place.is_file() else sorted(place.rglob("*.py"))
            text = "".join(one.read_text("utf-8") for one in sources).lower()
            assert any(name.lower() in text for name in names), (word, file)
