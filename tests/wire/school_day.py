"""Clients of three groups of the example school, who count themselves what they ask for and get."""

import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Final

from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2

EXAMPLE: Final = Path(__file__).parents[2] / "policies"
YEAR_9, YEAR_3, STAFF = ("127.0.0.1", "year9"), ("127.0.3.1", "year3"), ("127.0.99.1", "staff")
READERS: Final = {"year9": "secondary", "year3": "primary", "staff": "adult"}
HOSTS: Final = ("good.test", "h2.test", "expired.test", "fine.test", "discord.com")
POLICY: Final = (
    (EXAMPLE / "school.yaml")
    .read_text("utf-8")
    .replace("ports: [80, 443]", "ports: [80, 443, ORIGIN_PORT]")
    .replace("addresses: []", "addresses: [127.0.0.0/8]")
    .replace("ask: {decides: [it], offer: [this-page, this-app, this-lesson, today]}", "ask: {decides: [it]}")
    .replace("inspection:\n", "inspection:\n  always: {domains: [good.test, h2.test, expired.test]}\n", 1)
    .replace(
        "rules:\n  # 1.",
        """rules:
  - id: a-mistake
    block: {domains: [www.tate.org.uk]}
    why: {risk: Somebody thought that nobody needs it.}
    decided: {by: IT support, on: 2026-09-02}
    review_by: 2027-09-01
    owner: it
  # 1.""",
        1,
    )
)

type Who = tuple[str, str]  # an address, and the group that it stands for


def lay_out(proxy: FilterProcess) -> None:
    """The example school's other files, beside its school.yaml."""
    proxy.policies.mkdir(parents=True)
    for one in EXAMPLE.iterdir():
        if one.is_dir() and one.name == "lists":
            shutil.copytree(one, proxy.policies / one.name)
        elif one.suffix in {".yaml", ".svg"} and one.name != "school.yaml":
            shutil.copy(one, proxy.policies)


@dataclass
class SchoolDay:
    """What was done. Each counter has the labels of a figure as its keys."""

    proxy: FilterProcess
    origin: Origin
    decisions: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # effect, reason, group
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)  # rule, effect
    requests: Counter[str] = field(default_factory=Counter)
    carried: Counter[tuple[str, str]] = field(default_factory=Counter)  # bytes by lane and direction
    ways: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)  # handshakes
    pages: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    portal: Counter[str] = field(default_factory=Counter)
    goes: Counter[str] = field(default_factory=Counter)
    inside: int = 0  # requests to origins inside TLS
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"thin": [], "layers": []})

    def _decided(self, who: Who, effect: str, reason: str, rule: str) -> None:
        self.decisions[effect, reason, who[1]] += 1
        self.rules[rule, effect] += 1

    def _inside(self, host: str, who: Who) -> ssl.SSLSocket:
        """A tunnel that is looked into."""
        connection = self.proxy.tunnel(host, source=who[0])
        self.requests["connect"] += 1
        self.ways["inspect"] += 1
        assert not connection.session_reused
        self.clients["full"] += 1
        return connection

    def opens(self, who: Who, times: int, body: bytes = b"") -> None:
        """Requests that are allowed and looked into, by the thin lane, on one connection."""
        with self._inside("good.test", who) as connection:
            for _ in range(times):
                self._asks(connection, who, body)

    def _asks(self, connection: ssl.SSLSocket, who: Who, body: bytes = b"") -> None:
        named, began = f"good.test:{self.proxy.origin_port}", time.monotonic()
        if body:
            connection.sendall(get(named, "/echo", "POST", f"Content-Length: {len(body)}\r\n") + body)
        else:
            connection.sendall(get(named, "/hello"))
        answer = read_all(connection)
        self.seconds["thin"].append(time.monotonic() - began)
        assert b" 200 " in answer[:20], answer
        self.requests["https"] += 1
        self.carried["thin", "up"] += len(body)
        self.carried["thin", "down"] += len(answer.partition(b"\r\n\r\n")[2])
        self._decided(who, "allow", "default", "default")
        self.inside += 1

    def comes_back(self) -> None:
        """A device that takes its session with the filter up again."""
        with self._inside("good.test", YEAR_9) as first:
            self._asks(first, YEAR_9)
            session, context = first.session, first.context
        with self.proxy.resumed("good.test", context, session) as again:
            assert again.session_reused
            self.requests["connect"] += 1
            self.ways["inspect"] += 1
            self.clients["resumed"] += 1
            self._asks(again, YEAR_9)

    def opens_by_http2(self, times: int) -> None:
        """The same by the layers, each on a connection of its own."""
        for _ in range(times):
            began = time.monotonic()
            status, body = over_http2(self.proxy, "h2.test", "/hello")
            self.seconds["layers"].append(time.monotonic() - began)
            assert status == 200
            self.requests["connect"] += 1
            self.requests["https"] += 1
            self.ways["inspect"] += 1
            self.clients["full"] += 1
            self.carried["layers", "down"] += len(body)
            self._decided(YEAR_9, "allow", "default", "default")
            self.inside += 1

    def opens_without_tls(self, who: Who, times: int) -> None:
        """Plain HTTP, by the thin lane."""
        for _ in range(times):
            self.stays(who).close()

    def stays(self, who: Who) -> socket.socket:
        """A connection that has been answered, and is kept."""
        connection, named = self.proxy.connect(who[0]), f"good.test:{self.proxy.origin_port}"
        began = time.monotonic()
        connection.sendall(get(named, f"http://{named}/hello"))
        answer = read_all(connection)
        self.seconds["thin"].append(time.monotonic() - began)
        assert b" 200 " in answer[:20]
        self.requests["http"] += 1
        self.ways["plain"] += 1
        self.carried["thin", "down"] += len(answer.partition(b"\r\n\r\n")[2])
        self._decided(who, "allow", "default", "default")
        return connection

    def relays(self, who: Who, host: str, times: int, reason: str = "default", rule: str = "default") -> None:
        """Connections that go by as they are; what goes over them is counted byte by byte."""
        named = f"{host}:{self.proxy.origin_port}"
        context = ssl.create_default_context(cafile=str(self.proxy.upstream_ca))
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        for _ in range(times):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
            with self.proxy._connected(host, self.proxy.origin_port, who[0]) as connection:

                def pass_on(raw: socket.socket = connection, out: ssl.MemoryBIO = outgoing) -> None:
                    data = out.read()
                    self.carried["relay", "up"] += len(data)
                    raw.sendall(data)

                def take(raw: socket.socket = connection, into: ssl.MemoryBIO = incoming) -> bool:
                    data = raw.recv(65_536)
                    self.carried["relay", "down"] += len(data)
                    into.write(data)
                    return bool(data)

                done = 0
                while not done:
                    try:
                        tls.do_handshake()
                        done = 1
                    except ssl.SSLWantReadError:
                        pass_on()
                        take()
                tls.write(get(named, "/hello"))
                pass_on()
                answer = b""
                while f"hello from {named}".encode() not in answer:
                    try:
                        answer += tls.read()
                    except ssl.SSLWantReadError:
                        take()
                connection.shutdown(socket.SHUT_WR)  # the origin says that it ends as well
                while take():
                    pass
            self.requests["connect"] += 1
            self.ways["relay"] += 1
            self._decided(who, "allow", reason, rule)

    def is_refused(self, who: Who, host: str, times: int, rule: str, effect: str = "block") -> bytes:
        """Requests that get a page; gives the last."""
        named, page = f"{host}:{self.proxy.origin_port}", b""
        for _ in range(times):
            with self._inside(host, who) as connection:
                began = time.monotonic()
                connection.sendall(get(named, "/", headers="Accept: text/html\r\n"))
                page = read_all(connection)
                self.seconds["thin"].append(time.monotonic() - began)
            assert b" 403 " in page[:20], page[:300]
            self.requests["https"] += 1
            self._decided(who, effect, "rule" if effect == "block" else effect, rule)
            self.pages["block", READERS[who[1]]] += 1
        return page

    def meets_a_bad_certificate(self, times: int) -> None:
        """An origin whose certificate has ended."""
        for _ in range(times):
            with self._inside("expired.test", YEAR_9) as connection:
                connection.sendall(get(f"expired.test:{self.proxy.origin_port}"))
                assert b" 502 " in read_all(connection)[:20]
            self.requests["https"] += 1
            self.faults["upstream-certificate"] += 1
            self._decided(YEAR_9, "allow", "default", "default")

    def distrusts(self, times: int) -> None:
        """A device on which the school's certificate is not installed."""
        for _ in range(times):
            connection = self.proxy._connected("www.tiktok.com", self.proxy.origin_port, YEAR_9[0])
            try:
                with ssl.create_default_context().wrap_socket(connection, server_hostname="www.tiktok.com"):
                    raise AssertionError
            except ssl.SSLCertVerificationError:
                pass
            self.requests["connect"] += 1
            self.ways["inspect"] += 1
            self.alerts["unknown_ca"] += 1

    def goes_on(self) -> None:
        """A caution, and the form behind it."""
        page = self.is_refused(YEAR_9, "wetransfer.com", 1, "file-sharing", "caution")
        link = re.search(rb'href="https?://[^/"]+(/caution/[^"]+)"', page)
        assert link is not None, page
        browser = Browser(self.proxy)
        form = browser.get(link[1].decode())
        key = form.partition('name="form" value="')[2].partition('"')[0]
        browser.post(link[1].decode(), form, form=key, reason="A film for the school play")
        self.goes["file-sharing"] += 1
        self.portal["went-on"] += 1

    def fails_to_sign_in(self, times: int) -> None:
        browser = Browser(self.proxy)
        for _ in range(times):
            browser.post("/sign-in", browser.get("/sign-in"), name="it", password="not this one")
            self.portal["sign-in-failed"] += 1


class Browser:
    """At the portal's own port."""

    def __init__(self, proxy: FilterProcess) -> None:
        self._at = f"http://127.0.0.1:{proxy.portal_port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        text: str = self._opener.open(f"{self._at}{path}", timeout=20).read().decode()
        return text

    def post(self, path: str, seen: str, **fields: str) -> None:
        token = re.search(r'name="csrf_token" value="([^"]+)"', seen)
        assert token is not None
        data = urllib.parse.urlencode({**fields, "csrf_token": token[1]}).encode()
        headers = {"Origin": self._at, "Referer": f"{self._at}{path}"}
        with suppress(urllib.error.HTTPError):  # a form that comes back with what is wrong
            self._opener.open(urllib.request.Request(f"{self._at}{path}", data, headers), timeout=20).close()
