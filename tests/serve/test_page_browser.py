"""A real Chromium opens a page of a local origin and notes which hosts it asks; nothing private is reached."""

import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from saywhy.proxy.in_force import InForce
from saywhy.proxy.outbound.outbound import Outbound, Portal
from saywhy.serve.page_browser import NAMES, NotOpenedError, PageBrowser, found_browser
from tests.exceptions.conftest import SCHOOL, school

PAGE = """<!doctype html><title>A page</title>
<link rel="stylesheet" href="http://style.test:{port}/a.css">
<img src="http://pictures.test:{port}/a.png">
<img src="http://locked.test:{port}/a.png">
<img src="http://inside.test:{other}/a.png">
<img src="/own.png">
<script>setTimeout(() => fetch("http://late.test:{port}/more.json"), 3000)</script>
"""
CSS = "body {{ background: url(http://deep.test:{port}/b.png) }}"


class Origin(ThreadingHTTPServer):
    """Serves the page and notes who was asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        self.server.asked.append((self.headers["Host"].partition(":")[0], self.path))
        port = self.server.server_port
        kind, text = {"/page": ("text/html", PAGE), "/a.css": ("text/css", CSS)}.get(self.path, ("image/png", ""))
        body = text.format(port=port, other=port + 1).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def browser(program: str, tmp_path: Path, *, opened: bool = True) -> PageBrowser:
    reach = "reach: {addresses: [127.0.0.0/24]}" if opened else ""
    in_force = InForce()
    in_force.engine = school(tmp_path / "policies", SCHOOL + reach)
    names = ("start", "style", "pictures", "late", "deep", "locked")
    hosts = {f"{one}.test": ("127.0.0.1",) for one in names} | {"inside.test": ("10.0.0.1",)}
    return PageBrowser(program, lambda: Outbound(in_force, portal=Portal("why.test", "127.0.0.1", 1), hosts=hosts))


def may(host: str, port: int) -> bool:
    return host != "locked.test"


def test_the_hosts_that_a_page_asks_are_found(chromium: str, origin: Origin, tmp_path: Path) -> None:
    found = browser(chromium, tmp_path).asked_by(f"http://start.test:{origin.server_port}/page", may)
    assert found.pages == (f"http://start.test:{origin.server_port}/own.png",)
    assert set(found.hosts) == {"style.test", "pictures.test", "locked.test", "inside.test", "late.test", "deep.test"}
    reached = {host for host, _ in origin.asked}
    assert reached == {"start.test", "style.test", "pictures.test", "late.test", "deep.test"}


def test_a_private_address_is_not_opened(chromium: str, origin: Origin, tmp_path: Path) -> None:
    opening = browser(chromium, tmp_path, opened=False)
    with pytest.raises(NotOpenedError, match="nobody may open"):
        opening.asked_by(f"http://start.test:{origin.server_port}/page", may)
    assert origin.asked == []


def test_no_profile_is_left(chromium: str, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="s-") as folder:  # a short path: Chromium makes a socket below it
        Path(folder).chmod(0o755)
        monkeypatch.setattr("tempfile.tempdir", folder)
        browser(chromium, tmp_path).asked_by(f"http://start.test:{origin.server_port}/page", may)
        assert list(Path(folder).iterdir()) == []


def test_a_program_that_does_not_open_pages_says_so(tmp_path: Path) -> None:
    for program in ("/bin/false", "/bin/nothing-of-that-name"):
        with pytest.raises(NotOpenedError):
            browser(program, tmp_path).asked_by("http://start.test/page", may)


def test_a_browser_is_found_or_named_or_off(chromium: str) -> None:
    assert found_browser("off") is None
    assert found_browser(chromium) == chromium
    assert found_browser("nothing-of-that-name") is None
    assert found_browser("") is not None
    assert "chromium" in NAMES
