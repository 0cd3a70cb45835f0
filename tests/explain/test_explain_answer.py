"""What is answered in place of what was asked for."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.explain.accept import Shape, shape_for
from saywhy.explain.answer import answer

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CHROMIUM_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "destination", "path", "shape"),
    [
        # what it is for decides first
        (BROWSER, "document", "/", Shape.PAGE),
        (BROWSER, "iframe", "/embed", Shape.PAGE),
        ("*/*", "image", "/", Shape.IMAGE),
        ("text/html", "image", "/page.html", Shape.IMAGE),
        ("text/css,*/*;q=0.1", "style", "/x", Shape.STYLE),
        ("*/*", "script", "/x.css", Shape.SCRIPT),
        ("*/*", "serviceworker", "/", Shape.SCRIPT),
        ("*/*", "worker", "/", Shape.SCRIPT),
        ("*/*", "font", "/", Shape.EMPTY),
        ("*/*", "video", "/", Shape.EMPTY),
        ("*/*", "audio", "/", Shape.EMPTY),
        ("*/*", "manifest", "/", Shape.PROBLEM),
        ("*/*", "empty", "/api", Shape.PROBLEM),
        ("text/html, */*;q=0.1", "empty", "/part", Shape.PAGE),
        ("application/json", "empty", "/logo.png", Shape.PROBLEM),
        ("*/*", "Image ", "/", Shape.IMAGE),
        ("*/*", "no-such-destination", "/", Shape.PAGE),
        # then what is accepted
        (BROWSER, None, "/", Shape.PAGE),
        (BROWSER, None, "/logo.png", Shape.PAGE),
        ("application/json", None, "/", Shape.PROBLEM),
        ("application/problem+json", None, "/", Shape.PROBLEM),
        ("application/vnd.github+json", None, "/", Shape.PROBLEM),
        ("application/ld+json; profile=x", None, "/", Shape.PROBLEM),
        ("APPLICATION/JSON", None, "/", Shape.PROBLEM),
        ("application/json, text/plain, */*", None, "/", Shape.PROBLEM),
        ("text/html, application/json;q=0.9", None, "/", Shape.PAGE),
        ("text/html;q=0.5, application/json", None, "/", Shape.PROBLEM),
        ("text/html;q=0.9, application/json;q=0.8", None, "/", Shape.PAGE),
        ("application/json;q=0, text/html", None, "/", Shape.PAGE),
        ("text/html;q=0, application/json;q=0.001", None, "/", Shape.PROBLEM),
        ("*/*, application/json;q=0.5", None, "/", Shape.PROBLEM),
        (CHROMIUM_IMAGE, None, "/x", Shape.IMAGE),
        ("text/css,*/*;q=0.1", None, "/", Shape.STYLE),
        ("text/javascript, */*", None, "/", Shape.SCRIPT),
        ("video/*", None, "/", Shape.EMPTY),
        ("text/plain", None, "/", Shape.TEXT),
        # then the path
        ("*/*", None, "/", Shape.PAGE),
        ("", None, "/", Shape.PAGE),
        ("*/*", None, "/index.html", Shape.PAGE),
        ("*/*", None, "/a.b/page", Shape.PAGE),
        ("*/*", None, "/logo.PNG", Shape.IMAGE),
        ("", None, "/style.css", Shape.STYLE),
        ("*/*", None, "/app.mjs", Shape.SCRIPT),
        ("*/*", None, "/film.mp4", Shape.EMPTY),
        ("*/*", None, "/data.json", Shape.PROBLEM),
        # what cannot be read says nothing
        (",,;;q=", None, "/", Shape.PAGE),
        ("text/html;q=banana, application/json", None, "/", Shape.PROBLEM),
        ("image", None, "/", Shape.PAGE),
    ],
)
def test_the_shape_that_a_client_can_use(accept: str, destination: str | None, path: str, shape: Shape) -> None:
    assert shape_for(accept, destination, path) is shape


@given(st.text(), st.none() | st.text(), st.text())
def test_any_headers_get_some_shape(accept: str, destination: str | None, path: str) -> None:
    assert shape_for(accept, destination, path) in Shape


@pytest.mark.parametrize(
    ("destination", "content_type", "start"),
    [
        ("document", "text/html; charset=utf-8", b"<!doctype html>"),
        ("empty", "application/problem+json", b"{"),
        ("image", "image/gif", b"GIF89a"),
        ("style", "text/css; charset=utf-8", b"/* Closed"),
        ("script", "text/javascript; charset=utf-8", b"/* Closed"),
        ("font", "text/plain; charset=utf-8", b""),
    ],
)
def test_each_shape_has_its_type(hillside: "Hillside", destination: str, content_type: str, start: bytes) -> None:
    given_back = answer(hillside.tell(), hillside.renderer, accept="*/*", destination=destination, path="/")
    assert (given_back.status, given_back.content_type) == (403, content_type)
    assert given_back.body.startswith(start)
    assert bool(given_back.body) is bool(start)


@pytest.mark.parametrize("destination", ["document", "empty", "image", "style", "script", "font", "iframe", None])
def test_every_answer_is_strict_and_never_kept(hillside: "Hillside", destination: str | None) -> None:
    given_back = answer(hillside.tell(), hillside.renderer, accept="*/*", destination=destination, path="/")
    assert given_back.headers["Cache-Control"] == "no-store"
    assert given_back.headers["X-Content-Type-Options"] == "nosniff"
    assert given_back.headers["Referrer-Policy"] == "no-referrer"
    assert given_back.headers["Vary"] == "Accept, Accept-Language, Sec-Fetch-Dest"
    directives = given_back.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "form-action 'none'", "base-uri 'none'"} <= set(directives)
    assert not any("unsafe" in one or "http" in one or one.startswith("script-src") for one in directives)
    assert {"set-cookie", "content-type", "content-length"}.isdisjoint(name.lower() for name in given_back.headers)


def test_only_what_stands_in_a_frame_may_be_framed(hillside: "Hillside") -> None:
    def policy(destination: str | None) -> str:
        told = answer(hillside.tell(), hillside.renderer, accept=BROWSER, destination=destination, path="/")
        return told.headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy("document")
    assert "frame-ancestors *" in policy("iframe")
    assert "frame-ancestors *" in policy(
        None
    )  # plain HTTP: nothing says whether it is a frame, and a blank one helps nobody


def test_a_client_that_knows_drawings_gets_one_with_words(hillside: "Hillside") -> None:
    picture = answer(hillside.tell(), hillside.renderer, accept=CHROMIUM_IMAGE, destination="image", path="/a.png")
    assert picture.content_type == "image/svg+xml"
    root = ET.fromstring(picture.body)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Closed by the school's web filter"
    assert b"style" not in picture.body
    assert b"script" not in picture.body


def test_a_picture_by_its_extension(hillside: "Hillside") -> None:
    drawing = answer(hillside.tell(), hillside.renderer, accept="*/*", destination=None, path="/a.svg")
    assert drawing.content_type == "image/svg+xml"


@pytest.mark.parametrize("destination", ["style", "script"])
def test_a_comment_cannot_be_ended_from_inside(hillside: "Hillside", destination: str) -> None:
    told = replace(hillside.tell(), reference="*/ alert(1) /*\n</script>")
    body = answer(told, hillside.renderer, accept="*/*", destination=destination, path="/").body
    assert body.count(b"*/") == 1
    assert body.endswith(b"*/\n")
    assert b"<" not in body


def test_styles_and_scripts_name_the_reference(hillside: "Hillside") -> None:
    assert b"K7-42QX-9M" in answer(hillside.tell(), hillside.renderer, accept="", destination="style", path="/").body


def test_curl_gets_the_page(hillside: "Hillside") -> None:
    assert answer(hillside.tell(), hillside.renderer, accept="*/*", destination=None, path="/@x").shape is Shape.PAGE


def test_what_is_open_is_not_answered(hillside: "Hillside") -> None:
    told = hillside.tell("https://www.bbc.co.uk/")
    for destination in ("document", "image", "font"):
        with pytest.raises(ValueError, match="open"):
            answer(told, hillside.renderer, accept="*/*", destination=destination, path="/")


class TestProblemDetails:
    def test_hold_what_a_program_needs(self, hillside: "Hillside") -> None:
        given_back = answer(hillside.tell(), hillside.renderer, accept="application/json", destination=None, path="/")
        problem = json.loads(given_back.body)
        assert problem["type"] == "urn:saywhy:problem:blocked"
        assert (problem["status"], problem["instance"]) == (403, "K7-42QX-9M")
        assert (problem["reason"], problem["rule"]) == ("rule", "tiktok")
        assert (problem["decided_by"], problem["review_by"]) == ("Senior leadership team and IT", "2027-03-01")
        assert problem["ask"] == "http://why.school.internal/ask/token"
        assert [one["name"] for one in problem["alternatives"]] == ["BBC Bitesize", "CBBC", "Book Creator"]
        assert "TikTok collects" in problem["detail"]
        assert "secret" not in given_back.body.decode()

    def test_that_care_name_people_only(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://dark.example/")
        problem = json.loads(
            answer(told, hillside.renderer, accept="application/json", destination=None, path="/").body
        )
        assert set(problem) == {"type", "title", "status", "detail", "help"}
        assert problem["help"][0] == {"name": "Mrs Okafor", "contact": "Room 12, any break"}

    def test_tell_until_when_as_a_moment(self, hillside: "Hillside") -> None:
        told = hillside.tell("https://games.example/")
        problem = json.loads(
            answer(told, hillside.renderer, accept="application/json", destination=None, path="/").body
        )
        assert problem["until"] == "2026-11-24T12:20:00+00:00"
