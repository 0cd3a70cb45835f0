"""What is answered in place of what was asked for."""

import json
import struct
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.explain.accept import Shape, shape_for
from saywhy.explain.answer import answer
from saywhy.explain.grpc import status_fields

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
CHROMIUM_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "destination", "path", "shape"),
    [
        # what it is for decides first
        (BROWSER, "document", "/", Shape.PAGE),
        (BROWSER, "iframe", "/embed", Shape.CARD),
        ("*/*", "image", "/", Shape.IMAGE),
        ("text/html", "image", "/page.html", Shape.IMAGE),
        ("text/css,*/*;q=0.1", "style", "/x", Shape.STYLE),
        ("*/*", "script", "/x.css", Shape.SCRIPT),
        ("*/*", "serviceworker", "/", Shape.SCRIPT),
        ("*/*", "worker", "/", Shape.SCRIPT),
        ("*/*", "font", "/", Shape.NOTE),
        ("*/*", "video", "/", Shape.NOTE),
        ("*/*", "audio", "/", Shape.NOTE),
        ("*/*", "manifest", "/", Shape.PROBLEM),
        ("*/*", "websocket", "/", Shape.PROBLEM),
        ("text/event-stream", "empty", "/events", Shape.PROBLEM),
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
        ("video/*", None, "/", Shape.NOTE),
        ("text/plain", None, "/", Shape.TEXT),
        # then the path
        ("*/*", None, "/", Shape.PAGE),
        ("", None, "/", Shape.PAGE),
        ("*/*", None, "/index.html", Shape.PAGE),
        ("*/*", None, "/a.b/page", Shape.PAGE),
        ("*/*", None, "/logo.PNG", Shape.IMAGE),
        ("", None, "/style.css", Shape.STYLE),
        ("*/*", None, "/app.mjs", Shape.SCRIPT),
        ("*/*", None, "/film.mp4", Shape.NOTE),
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
        ("image", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("iframe", "text/html; charset=utf-8", b"<!doctype html>"),
        ("style", "text/css; charset=utf-8", b"/* Closed"),
        ("script", "text/javascript; charset=utf-8", b"/* Closed"),
        ("font", "text/plain; charset=utf-8", b"Closed by the school's web filter, reference K7-42QX-9M"),
    ],
)
def test_each_shape_has_its_type(hillside: "Hillside", destination: str, content_type: str, start: bytes) -> None:
    given_back = answer(hillside.tell(), hillside.renderer, accept="*/*", destination=destination, path="/")
    assert (given_back.status, given_back.content_type) == (403, content_type)
    assert given_back.body.startswith(start)


@pytest.mark.parametrize("destination", ["document", "empty", "image", "style", "script", "font", "iframe", None])
def test_every_answer_is_strict_and_never_kept(hillside: "Hillside", destination: str | None) -> None:
    given_back = answer(hillside.tell(), hillside.renderer, accept="*/*", destination=destination, path="/")
    assert given_back.headers["Cache-Control"] == "no-store"
    assert given_back.headers["X-Content-Type-Options"] == "nosniff"
    assert given_back.headers["Referrer-Policy"] == "no-referrer"
    assert given_back.headers["Vary"] == "Accept, Accept-Language, Origin, Sec-Fetch-Dest"
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
    assert (root.get("width"), root.get("height")) == ("160", "90")
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


def test_a_client_without_drawings_gets_a_picture_of_the_same_size(hillside: "Hillside") -> None:
    picture = answer(hillside.tell(), hillside.renderer, accept="image/webp,*/*", destination="image", path="/a.png")
    assert picture.content_type == "image/png"
    assert struct.unpack(">II", picture.body[16:24]) == (160, 90)


class TestACard:
    def card(self, hillside: "Hillside", url: str, group: str = "year9") -> str:
        told = hillside.tell(url, group)
        return answer(told, hillside.renderer, accept=BROWSER, destination="iframe", path="/").body.decode()

    def test_says_why_and_opens_the_whole_page_by_itself(self, hillside: "Hillside") -> None:
        card = self.card(hillside, "https://www.tiktok.com/@someone")
        assert "TikTok collects a great deal" in card
        assert '<a href="" target="_blank" rel="noopener">' in card
        assert "K7-42QX-9M" in card

    def test_names_no_group_and_holds_no_link_that_does(self, hillside: "Hillside") -> None:
        for url in ("https://www.tiktok.com/", "https://games.example/", "https://dark.example/"):
            card = self.card(hillside, url)
            assert "Year 9" not in card
            assert "token" not in card

    def test_that_cares_names_no_address_and_no_reason(self, hillside: "Hillside") -> None:
        card = self.card(hillside, "https://dark.example/")
        assert "dark.example" not in card
        assert "encourage" not in card

    def test_is_small(self, hillside: "Hillside") -> None:
        assert len(self.card(hillside, "https://www.tiktok.com/")) < 4000


class TestGrpc:
    def test_is_told_by_status_and_message(self, hillside: "Hillside") -> None:
        given_back = answer(
            hillside.tell(),
            hillside.renderer,
            accept="",
            destination=None,
            path="/a.B/C",
            content_type="application/grpc+proto",
        )
        assert (given_back.status, given_back.content_type, given_back.body) == (200, "application/grpc", b"")
        assert given_back.headers["grpc-status"] == "7"
        assert "TikTok collects a great deal" in unquote(given_back.headers["grpc-message"])
        assert given_back.headers["grpc-message"].isascii()

    @pytest.mark.parametrize("kind", ["application/grpc-web+proto", "application/grpc-web-text"])
    def test_of_a_browser_is_told_in_trailers_at_the_end_of_the_body(self, hillside: "Hillside", kind: str) -> None:
        given_back = answer(
            hillside.tell(), hillside.renderer, accept="", destination="empty", path="/", content_type=kind
        )
        body = b64decode(given_back.body) if kind.endswith("text") else given_back.body
        flag, length = struct.unpack(">BI", body[:5])
        assert (flag, length) == (0x80, len(body) - 5)
        assert body[5:].startswith(b"grpc-status: 7\r\ngrpc-message: ")
        assert given_back.content_type == (
            "application/grpc-web-text" if kind.endswith("text") else "application/grpc-web"
        )

    @pytest.mark.parametrize(("status", "told"), [(403, "7"), (400, "13"), (502, "14"), (503, "14"), (504, "14")])
    def test_tells_a_fault_as_what_may_come_right(self, status: int, told: str) -> None:
        assert status_fields(status, "ä\r\n%x") == {"grpc-status": told, "grpc-message": "%C3%A4 %25x"}


class TestProblemDetails:
    def problem(self, hillside: "Hillside", url: str, group: str | None = "year9") -> dict[str, Any]:
        told = hillside.tell(url, group)
        given_back = answer(told, hillside.renderer, accept="application/json", destination=None, path="/")
        assert given_back.content_type == "application/problem+json"
        problem: dict[str, Any] = json.loads(given_back.body)
        return problem

    def test_hold_what_a_site_has_to_know(self, hillside: "Hillside") -> None:
        why = "TikTok collects a great deal about the people who use it, and its feed is made to be hard to put down."
        assert self.problem(hillside, "https://www.tiktok.com/@someone?v=secret") == {
            "type": "http://why.school.internal/problems/blocked",
            "title": "Closed by the school's web filter",
            "status": 403,
            "detail": f"Closed by the school's web filter. {why}",
            "instance": "http://why.school.internal/stopped?reference=K7-42QX-9M",
            "more": "http://why.school.internal/stopped?reference=K7-42QX-9M",
            "reference": "K7-42QX-9M",
            "host": "www.tiktok.com",
            "reason": "rule",
            "why": why,
        }

    @pytest.mark.parametrize("url", ["https://www.tiktok.com/", "https://bet.example/", "https://dark.example/"])
    def test_are_the_same_whoever_asks(self, hillside: "Hillside", url: str) -> None:
        told = [
            self.problem(hillside, url, group) for group in (None, "reception", "year4", "year9", "staff", "willow")
        ]
        assert all(one == told[0] for one in told)

    def test_that_care_name_nobody_and_nothing(self, hillside: "Hillside") -> None:
        problem = self.problem(hillside, "https://dark.example/")
        assert set(problem) == {"type", "title", "status", "detail", "more"}
