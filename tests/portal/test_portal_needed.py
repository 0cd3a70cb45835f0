"""Choosing what opens with a page: who may, what is offered, what is kept, and what is said of channels."""

from pathlib import Path

import pytest

from saywhy.exceptions.request import ExceptionRequest
from saywhy.portal.outside import Outside, PageNeeds
from tests.exceptions.conftest import SCHOOL, school
from tests.portal.conftest import World, csrf, say_both

MORE = """
  - id: pictures
    block: {domains: [pictures.example]}
    why: Pictures of strangers.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: clips
    block: {apps: [youtube]}
    why: Clips without end.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it], signs_off: [safeguarding]}
"""


def needs(_: ExceptionRequest) -> PageNeeds:
    hosts = ("pictures.example", "open.example", "floor.example", "i.ytimg.com")
    return PageNeeds(hosts, ("https://games.example/own.js",), "The page was opened, and asked for these.")


@pytest.fixture
def asked(world: World, tmp_path: Path) -> World:
    world.engine = school(tmp_path / "policies", SCHOOL + MORE)
    world.give(Outside(logged=lambda _: PageNeeds(told="The log says nothing."), opened=needs))
    world.ask()
    return world


def test_the_page_is_opened_and_what_it_needs_is_offered(asked: World) -> None:
    it = asked.staff("it")
    page = it.get("/requests/1/needed")
    assert "The log says nothing." in page.text
    looked = it.post("/requests/1/needed/look", data={"csrf_token": csrf(page)})
    assert looked.status_code == 303
    found = it.get("/requests/1/needed").text
    assert found.count('type="checkbox"') == 3, "two, and the one for larger words"
    assert "pictures.example" in found
    assert "Closed by “pictures”: IT support decides." in found
    assert "Closed by “clips”: IT support decides, and Safeguarding lead agrees." in found
    assert "open already" in found
    assert "Nothing that is decided here opens it." in found
    assert "https://games.example/own.js" in found


def test_what_is_chosen_is_kept_shown_and_opened(asked: World) -> None:
    it = asked.staff("it")
    page = it.get("/requests/1/needed")
    sent = it.post(
        "/requests/1/needed",
        data={
            "csrf_token": csrf(page),
            "hosts": "pictures.example",
            "pages": "https://games.example/chess\nhttps://games.example/go",
        },
    )
    assert (sent.status_code, sent.headers["Location"]) == (303, "/requests/1")
    shown = it.get("/requests/1").text
    assert shown.count("<li>games.example/") == 2
    assert "the whole of pictures.example, with its subdomains (the page needs it)" in shown
    say_both(asked, 1, who="device", what="site", until="today")
    receipt = asked.store.request(1)
    assert receipt is not None
    assert "the whole of pictures.example" in asked.client().get(f"/receipt/{receipt.receipt}").text
    assert len(asked.store.live_grants(asked.now)) == 4
    late = it.post("/requests/1/needed", data={"csrf_token": csrf(it.get("/requests/1/needed"))})
    assert late.status_code == 409


def test_what_was_typed_stays_where_it_cannot_be_kept(asked: World) -> None:
    it = asked.staff("it")
    page = it.get("/requests/1/needed")
    data = {"csrf_token": csrf(page), "hosts": "floor.example", "pages": "https://games.example/a\nno address"}
    sent = it.post("/requests/1/needed", data=data)
    assert sent.status_code == 422
    assert "floor.example stays closed whatever is decided here" in sent.text
    assert "Line 2: write the whole address" in sent.text
    assert "no address</textarea>" in sent.text
    assert ">\nfloor.example</textarea>" in sent.text


def test_only_those_who_decide_choose_and_look(asked: World) -> None:
    lead = asked.staff("safeguarding")
    assert lead.get("/requests/1/needed").status_code == 403
    token = {"csrf_token": csrf(lead.get("/"))}
    assert lead.post("/requests/1/needed", data={**token, "hosts": "pictures.example"}).status_code == 403
    assert lead.post("/requests/1/needed/look", data=token).status_code == 403
    assert asked.client().get("/requests/1/needed").headers["Location"] == "/sign-in?next=/requests/1/needed"
    asked.store.accounts.change_roles("safeguarding", [])
    assert lead.get("/requests/1/needed").status_code == 403
    assert asked.staff("it").get("/requests/99/needed").status_code == 404


def test_without_a_browser_nothing_is_opened(asked: World) -> None:
    asked.give(Outside())
    it = asked.staff("it")
    page = it.get("/requests/1/needed")
    assert "Nothing is known of what this page needs." in page.text
    assert it.post("/requests/1/needed/look", data={"csrf_token": csrf(page)}).status_code == 404


@pytest.mark.parametrize(
    ("path", "channel"),
    [("/@HillsideMaths/videos", True), ("/channel/abc", True), ("/playlist", True), ("/watch", False)],
)
def test_what_can_be_had_of_a_channel_is_said_plainly(asked: World, path: str, channel: bool) -> None:
    asked.ask(token=asked.token("www.youtube.com", path, "clips"), form="another-form-of-this-test")
    page = asked.staff("it").get("/requests/2/needed").text
    assert ("One channel alone cannot be opened." in page) == channel
    assert "Single videos: write their addresses below" in page
    assert "in its restricted mode" in page


def test_elsewhere_nothing_is_said_of_channels(asked: World) -> None:
    assert "Single videos" not in asked.staff("it").get("/requests/1/needed").text
