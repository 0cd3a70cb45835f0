"""What the tests of lists share: a moment, a store, and a source that a server gives."""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from saywhy.lists.store import ListStore


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    folder = tmp_path / "lists"
    folder.mkdir()
    return ListStore(folder)


def own_tree(folder: Path) -> Path:
    """A tree like UT1's, with what is odd in real ones: addresses among names, repeats, comments, lines of another world."""
    chance = random.Random(4)
    for name in ("gambling", "sexual_education", "proxy", "audio-video"):
        (folder / name).mkdir(parents=True)
        names = {f"{chance.randbytes(3).hex()}.{chance.choice(('example', 'co.uk', 'x.test'))}" for _ in range(500)}
        names |= {f"192.0.{chance.randrange(256)}.{chance.randrange(256)}" for _ in range(50)}
        (folder / name / "domains").write_text("".join(f"{one}\n" for one in sorted(names)))
        urls = [f"host{number}.example/~user/page.html?f={number}\n" for number in range(40)]
        (folder / name / "urls").write_text("".join([*urls, "odd.example/#!/fragment\n"]))
        (folder / name / "usage").write_text("black\n")
    odd = [
        "# a comment",
        "",
        "Upper.example",
        "upper.example.",
        ".dotted.example",
        "caf\xe9.example",
        "two words",
        "a..example",
    ]
    (folder / "proxy/domains").write_text("\r\n".join(odd), "latin-1")  # with CRLF, and no end to the last line
    (folder / "proxy/expressions").write_text("(^|[./-])proxy([./-]|$)\n(?=never)\n")
    (folder / "global_usage").write_text("NAME: gambling\n")
    (folder / "redirector").symlink_to("proxy")
    return folder


@dataclass
class Origin:
    """A web server with one answer, which a test sets."""

    address: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None  # what it says, where that is not true
    asked: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def origin() -> Iterator[Origin]:
    told = Origin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append({name.lower(): value for name, value in self.headers.items()})
            etag = told.headers.get("ETag")
            unchanged = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if unchanged else told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            if not unchanged:
                self.send_header("Content-Length", str(len(told.body) if told.length is None else told.length))
            self.end_headers()
            if not unchanged:
                self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    server.server_close()
    thread.join()
