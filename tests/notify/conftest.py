"""A school whose people are told: a store, settings, a clock that is moved by hand, a mail server and webhooks that are real."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from saywhy.decide.engine import Engine
from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import ExceptionRequest, Submission
from saywhy.exceptions.store import Store
from saywhy.notify.settings import Box, MailServer, Replies, Security, Telling
from saywhy.notify.teller import Given, Teller
from tests.exceptions.conftest import IT, LEAD, NOW, hire, school, submission
from tests.migrated_store import copy_migrated
from tests.wire.certificates import TestAuthority

KEY = b"k" * 32
PORTAL = "https://why.hillside.example"
OFFICE = MailAddress("office", "hillside.example")
SENDER = MailAddress("saywhy", "hillside.example")


@dataclass
class Figures:
    """What is counted."""

    counted: list[tuple[str, str]] = field(default_factory=list)
    waiting: int = 0

    def told(self, channel: str, outcome: str) -> None:
        self.counted.append((channel, outcome))

    def untold(self, count: int) -> None:
        self.waiting = count

    def fault(self, kind: str) -> None:
        self.counted.append(("fault", kind))

    def reply(self, outcome: str) -> None:
        self.counted.append(("reply", outcome))


@dataclass
class MailBox:
    """A mail server on a port of its own. `answers` are given first, to RCPT or DATA; then it takes what comes."""

    mails: list[tuple[str, bytes]] = field(default_factory=list)
    to_rcpt: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    signed_in: list[bytes] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _o: list[str]) -> str:  # noqa: N802
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data:
            return self.to_data.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        self.signed_in.append(b"" if session.ssl is None else b"tls")
        return "250 Taken"

    @property
    def messages(self) -> list[EmailMessage]:
        """What came, read."""
        return [message_from_bytes(content, policy=default) for _, content in self.mails]


class OnFreePort(Controller):
    """aiosmtpd's controller, on whatever port is free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailBox]]:
    """Starts mail servers: `mail_server()`, `mail_server(require_starttls=True, tls_context=…)`."""
    running: list[OnFreePort] = []

    def start(implicit: ssl.SSLContext | None = None, **options: Any) -> MailBox:
        box = MailBox()
        controller = OnFreePort(box, hostname="127.0.0.1", port=0, ssl_context=implicit, **options)
        controller.start()
        running.append(controller)
        box.port = controller.port
        return box

    yield start
    for one in running:
        one.stop(no_assert=True)


def only_kim(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    """Lets one account in."""
    known = (getattr(data, "login", b""), getattr(data, "password", b"")) == (b"saywhy", b"the password")
    return AuthResult(success=known, handled=False)


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    """Who vouches for the mail server."""
    (tmp_path / "authority").mkdir()
    return TestAuthority(tmp_path / "authority")


def server_context(certificate: Path) -> ssl.SSLContext:
    """A mail server's side of TLS, by a file with key and certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@dataclass
class Hook:
    """A webhook on a port of its own. `statuses` are answered first; then 200."""

    posted: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    url: str = ""


@pytest.fixture
def hook() -> Iterator[Hook]:
    told = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.posted.append((self.path, dict(self.headers), body))
            self.send_response(told.statuses.pop(0) if told.statuses else 200)
            if told.location:
                self.send_header("Location", told.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()


@dataclass
class World:
    """A store, what is in force, settings and a clock, with a teller whose steps are taken by hand."""

    store: Store
    engine: Engine | None
    telling: Telling | None = None
    wrong: str = ""
    now: datetime = NOW
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        given = Given(
            self.store,
            lambda: self.engine,
            lambda: (self.telling, self.wrong),
            KEY,
            lambda: self.now,
            self.figures,
        )
        self.teller = Teller(given)

    def after(self, **later: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**later)

    def ask(self, made: Submission | None = None, form: str = "a") -> ExceptionRequest:
        assert self.engine is not None
        return self.store.submit(self.engine, made or submission(), form, self.now)

    def tell(self, rounds: int = 20) -> None:
        """Make what is due, and send as much of it as can be sent now."""
        from saywhy.notify.recipient import Channel

        self.teller.make()
        for channel in Channel:
            for _ in range(rounds):
                if self.teller.send(channel) > 0:
                    break


@pytest.fixture
def world(store: Store, tmp_path: Path) -> World:
    return World(store, school(tmp_path / "policies"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return copy_migrated(tmp_path / "store.sqlite3")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    hire(opened, IT, LEAD)
    yield opened
    opened.close()


def telling_by(port: int, *, security: Security = Security.NONE, roots: Path | None = None, **more: object) -> Telling:
    """Settings by which IT support is told at its own box, by a mail server at this port."""
    known: dict[str, object] = {
        "portal": PORTAL,
        "mail": MailServer("localhost", port, security, SENDER, roots=roots),
        "replies": Replies("reply.hillside.example"),
        "roles": {"it": Box((OFFICE,))},
        "asker_domains": frozenset({"hillside.example"}),
    }
    return Telling(**{**known, **more})  # type: ignore[arg-type]


def text_of(message: EmailMessage) -> str:
    """What a plain message says."""
    content: str = message.get_content()
    return content
