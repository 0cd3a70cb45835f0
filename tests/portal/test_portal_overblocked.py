"""What staff are told of sites that should stay open, and that nobody else is."""

import pytest

from saywhy.portal.context import Overblocked
from tests.portal.conftest import World


@pytest.fixture
def told(world: World) -> list[Overblocked | None]:
    """The last is what the portal is told now."""
    told: list[Overblocked | None] = [None]
    world.app.jinja_env.globals["overblocked"] = lambda: told[-1]
    return told


def plain(text: str) -> str:
    return " ".join(text.split())


def test_before_it_was_tried_nothing_is_said(world: World, told: list[Overblocked | None]) -> None:
    assert "should stay open" not in world.staff("it").get("/requests").text


def test_what_is_closed_is_told_by_kind_with_what_to_do(world: World, told: list[Overblocked | None]) -> None:
    told.append(Overblocked(88, 3, 0.0123, (("museums", 2), ("help lines", 1))))
    page = plain(world.staff("it").get("/requests").text)
    assert "3 of 88 sites that should stay open at a school are closed to somebody at some time" in page
    assert "(1.2% of all that was tried): 2 of museums, 1 of help lines." in page
    assert "<code>saywhy overblocking</code> says which rule or list closes each of them" in page


def test_that_none_is_closed_is_told_too(world: World, told: list[Overblocked | None]) -> None:
    told.append(Overblocked(88, 0, 0.0))
    assert "None of 88 sites that should stay open" in plain(world.staff("it").get("/requests").text)


def test_nobody_else_is_told(world: World, told: list[Overblocked | None]) -> None:
    told.append(Overblocked(88, 3, 0.0123, (("museums", 3),)))
    token = world.token()
    for path in ("/", "/sign-in", f"/ask/{token}"):
        assert "should stay open" not in world.client().get(path).text
    assert "should stay open" not in world.client().get("/requests", follow_redirects=True).text
