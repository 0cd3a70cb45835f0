"""The portal in the school's look: its colours, its crest, whom to ask; nothing of it is a way in."""

from pathlib import Path

from saywhy.policy.look import NO_LOOK
from saywhy.portal.school_look import mark_of
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import World

CREST = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'
LOOK = (
    'look: {crest: crest.svg, colours: {accent: "#1d4f3a"}, '
    "contact: {name: IT support, room: Room 12, phone: 01632 960 123}}"
)


def test_pages_wear_the_look_in_force(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "worn"
    folder.mkdir()
    (folder / "crest.svg").write_text(CREST)
    world.engine = school(folder, SCHOOL.replace("timezone: Europe/London", f"timezone: Europe/London, {LOOK}"))
    mark = mark_of(world.engine.policy.school.look)
    page = world.client().get("/").text
    assert f'<link rel="stylesheet" href="/look/{mark}.css">' in page
    assert f'<img class="crest" src="/look/{mark}/crest" alt="">' in page
    assert 'Contact: IT support · Room 12 · <a href="tel:01632960123">' in page
    style = world.client().get(f"/look/{mark}.css")
    assert (style.status_code, style.content_type) == (200, "text/css; charset=utf-8")
    assert "--accent: #1d4f3a;" in style.text
    crest = world.client().get(f"/look/{mark}/crest")
    assert (crest.status_code, crest.content_type, crest.data) == (200, "image/svg+xml", CREST.encode())
    assert "default-src 'none'" in crest.headers["Content-Security-Policy"]
    assert world.client().get("/look/another.css").status_code == 404


def test_without_one_there_is_nothing_to_fetch(world: World) -> None:
    page = world.client().get("/").text
    assert "/look/" not in page
    assert "Contact:" not in page
    mark = mark_of(NO_LOOK)
    assert world.client().get(f"/look/{mark}.css").status_code == 404
    assert world.client().get(f"/look/{mark}/crest").status_code == 404
