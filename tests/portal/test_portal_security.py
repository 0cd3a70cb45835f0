"""What holds for every page: headers, links, words."""

import re

import pytest
from werkzeug.test import TestResponse

from tests.portal.conftest import World, say


def pages(world: World) -> dict[str, TestResponse]:
    """Every kind of page."""
    receipts = [world.ask() for _ in range(3)]
    world.ask(token=world.token(host="chat.example", rule="chat"))
    staff, client = world.staff("both"), world.client()
    say(staff, 2, "refuse", reason="There is a board.")
    say(staff, 3, "approve", who="device", what="site", until="today")
    say(staff, 4, "approve", who="device", what="site", until="today")
    paths = [
        "/",
        f"/ask/{world.token()}",
        f"/ask/{world.token(host='floor.example', rule='floor')}",
        f"/ask/{world.token(host='hurt.example', rule='care')}",
        "/ask/forged",
        "/nowhere",
        "/sign-in",
        "/receipt/unknown",
        *receipts,
    ]
    found = {path: client.get(path) for path in paths}
    lead = world.staff("safeguarding")
    found |= {
        f"{path} ": staff.get(path) for path in ("/password", "/requests", *(f"/requests/{n}" for n in range(1, 5)))
    }
    found["/requests/4 by the second person"] = lead.get("/requests/4")
    return found


def test_every_page_is_private_still_and_relative(world: World) -> None:
    for path, page in pages(world).items():
        headers = page.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "script-src 'self';" in policy, path
        assert "unsafe" not in policy, path
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        # one file of our own, which nothing needs; what somebody wrote never stands in a script
        assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/static/reading.js" defer>'], path
        assert " style=" not in page.text, path
        assert " autofocus" not in page.text, path
        links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
        away = {"https://games.example/", "https://chat.example/", "https://help.example/"}
        assert all(link.startswith(("/", "#")) and not link.startswith("//") for link in set(links) - away), path
        assert page.text.count("<h1>") == 1, path
        assert '<main id="main"' in page.text, path
        assert not re.search(r"\b(oops|forbidden|denied|illegal|invalid input)\b", page.text, re.IGNORECASE), path


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/ask/", 404),
        ("GET", "/static/../app.py", 404),
        ("DELETE", "/", 405),
        ("GET", "/find", 405),
        ("GET", "/requests/1/approve", 405),
        ("POST", "/", 405),
    ],
)
def test_every_wrong_turn_has_a_page(world: World, method: str, path: str, status: int) -> None:
    page = world.client().open(path, method=method)
    assert page.status_code in (status, 400)  # a form without its token is told first
    assert "To the first page" in page.text


def test_a_form_that_is_too_large_has_a_page(world: World) -> None:
    page = world.client().post("/find", data={"code": "x" * 100_000})
    assert page.status_code in (400, 413)
    assert "To the first page" in page.text


def test_a_fault_of_the_program_has_a_page_and_logs_no_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(world.store.joining, "receipt", broken)
    page = world.client().get("/receipt/0123456789abcdef")
    assert page.status_code == 500
    assert "It is not your fault" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "a mistake" not in page.text
    assert "fault on receipt_here [GET]" in caplog.text
    assert "0123456789abcdef" not in caplog.messages[0]


def test_the_host_that_was_asked_never_stands_in_a_page(world: World) -> None:
    for path in ("/", f"/ask/{world.token()}", "/requests"):
        page = world.client().get(path, headers={"Host": "evil.example"})
        assert "evil.example" not in page.text
        assert "evil.example" not in page.headers.get("Location", "")


def test_the_stylesheet_may_be_kept(world: World) -> None:
    sheet = world.client().get("/static/portal.css")
    assert sheet.status_code == 200
    assert "max-age" in sheet.headers["Cache-Control"]
    assert "http" not in sheet.text.replace("http-equiv", "")
