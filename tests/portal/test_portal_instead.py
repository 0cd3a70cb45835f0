"""What a no offers: places that are open to whoever asked, each once, as an address."""

from pathlib import Path

import pytest

from saywhy.portal.instead import places_instead
from tests.exceptions.conftest import NOW, SCHOOL, WHY, school
from tests.portal.conftest import World, say

PLACES = """purposes:
  board-games:
    label: Play a board game
    alternatives:
      - {name: The chess corner, url: "https://corner.example/play?level=2", trusted: The school runs it.}
      - {name: Closed chess, url: "https://games.example/chess", trusted: Somebody said so.}
  puzzles:
    label: Solve a puzzle
    alternatives:
      - {name: The chess corner, url: "https://corner.example/play?level=2", trusted: The school runs it.}
"""
RULE = "    block: {domains: [games.example]}\n"
TEXT = SCHOOL.replace("rules:\n", f"{PLACES}rules:\n", 1).replace(RULE, f"{RULE}    instead: [board-games, puzzles]\n")
ADDRESS = "https://corner.example/play?level=2"


@pytest.fixture
def at_school(world: World, tmp_path: Path) -> World:
    world.engine = school(tmp_path / "places", TEXT)
    world.ask()
    return world


def test_only_what_is_open_is_offered_and_once(at_school: World) -> None:
    assert at_school.engine is not None
    (asked,) = at_school.store.requests()
    assert [one.name for one in places_instead(at_school.engine, asked, NOW)] == ["The chess corner"]
    text = at_school.staff("it").get("/requests/1").text
    assert text.count(f'value="{ADDRESS}"') == 1
    assert 'value="https://games.example/chess"' not in text


def test_the_place_that_was_chosen_stands_in_the_answer_with_its_address(at_school: World) -> None:
    staff = at_school.staff("it")
    for wrong in ("0", "https://games.example/chess", "https://elsewhere.example/"):
        assert say(staff, 1, "refuse", reason=WHY, instead=wrong).status_code == 422
    assert say(staff, 1, "refuse", reason=WHY, instead=ADDRESS).status_code == 303
    dossier = at_school.store.dossier(1)
    assert dossier is not None
    assert dossier.reviews[-1].instead == f"The chess corner: {ADDRESS}"
