"""That staff looked at what a pupil asked is kept; what cannot be kept is not shown."""

import pytest

from saywhy.exceptions.chosen_lines import ChosenLines
from saywhy.exceptions.database import StoreUnavailable
from tests.portal.conftest import World


def looks(world: World) -> list[tuple[str, str]]:
    lines = world.store.trail_lines(ChosenLines())
    return [(one["request"], one["by"]) for one in lines if one["what"] == "looked"]


def test_a_look_is_a_line_with_who_it_was(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    assert staff.get("/requests/1").status_code == 200
    assert staff.get("/requests/1").status_code == 200
    assert looks(world) == [("R-1001", "it")]
    assert "looked" not in staff.get("/requests/1").text


def test_who_may_not_look_and_what_is_not_there_leave_no_line(world: World) -> None:
    world.ask()
    world.client().get("/requests/1")
    assert world.staff("it").get("/requests/99").status_code == 404
    assert looks(world) == []


def test_what_cannot_be_kept_is_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    world.ask()
    staff = world.staff("it")
    monkeypatch.setattr(world.store, "looked", away)
    page = staff.get("/requests/1")
    assert page.status_code == 503
    assert "chess" not in page.text
