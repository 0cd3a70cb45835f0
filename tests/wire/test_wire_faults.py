"""Whatever raises, the way stays closed: for each hook, in an addon of ours, of mitmproxy's, or of somebody else."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from saywhy.proxy import judge, judged
from saywhy.proxy.door import preread, relays
from saywhy.proxy.judge import Judge
from saywhy.proxy.mitm import enforce, inspection
from saywhy.proxy.mitm.enforce import Enforcer
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import read_all, read_head
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

# Hooks before anything reaches an origin, in the order in which mitmproxy calls them.
BEFORE_THE_ORIGIN = (
    "client_connected", "tls_start_client", "tls_established_client", "requestheaders", "request", "server_connect",
)  # fmt: skip
AFTER_THE_ORIGIN = ("server_connected", "tls_start_server", "tls_established_server", "responseheaders")


class Broken(Exception):  # noqa: N818 — it is
    pass


class Breaks:
    """An addon of which one hook raises."""

    def __init__(self, hook: str) -> None:
        def raises(*_: object) -> None:
            raise Broken(hook)

        setattr(self, hook, raises)


def ask(proxy: InsideProxy, host: str, *, tls: bool, patience: float = 5) -> bytes:
    """What a client gets: the whole answer, or nothing where the connection was closed, or said nothing for so many seconds."""
    try:
        with proxy.tunnel(host) if tls else proxy.connect() as connection:
            named = f"{host}:{proxy.origin_port}"
            connection.settimeout(patience)
            connection.sendall(get(named, "/hello" if tls else f"http://{named}/hello"))
            return read_all(connection)
    except (OSError, AssertionError, ssl.SSLError):
        return b""


@pytest.fixture
def start(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[Callable[..., InsideProxy]]:
    proxy = inside(tmp_path, origin.port, test_authority.path)

    def run(*before: object, policy: str | None = None) -> InsideProxy:
        if policy is not None:
            proxy.policy = policy
        proxy.thin_lane = False  # which is tried in test_wire_lane_faults.py
        proxy.start(before)
        return proxy

    yield run
    proxy.stop()


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_when_nothing_raises_an_allowed_site_is_served(
    start: Callable[..., InsideProxy], origin: Origin, tls: bool
) -> None:
    assert b"hello from good.test" in ask(start(), "good.test", tls=tls)


ONLY_FOR_TLS = {name for name in BEFORE_THE_ORIGIN + AFTER_THE_ORIGIN if "tls" in name}


@pytest.mark.parametrize(
    ("hook", "tls"),
    [(hook, True) for hook in BEFORE_THE_ORIGIN + AFTER_THE_ORIGIN]
    + [(hook, False) for hook in BEFORE_THE_ORIGIN + AFTER_THE_ORIGIN if hook not in ONLY_FOR_TLS],
)
def test_another_addons_hook_raises(start: Callable[..., InsideProxy], origin: Origin, hook: str, tls: bool) -> None:
    proxy = start(Breaks(hook))
    answer = ask(proxy, "good.test", tls=tls)
    assert b"hello from" not in answer
    if hook in BEFORE_THE_ORIGIN:
        assert b"GET" not in origin.bytes_for("good.test")
    if hook in {"requestheaders", "request", "responseheaders"}:
        assert b"503" in answer.split(b"\r\n")[0]
        assert b"<html" in answer


@pytest.mark.parametrize("hook", [name for name in vars(Enforcer) if name in BEFORE_THE_ORIGIN + AFTER_THE_ORIGIN])
def test_a_hook_of_the_enforcer_is_replaced_by_one_that_raises(
    start: Callable[..., InsideProxy], origin: Origin, monkeypatch: pytest.MonkeyPatch, hook: str
) -> None:
    def raises(*_: object) -> None:
        raise Broken(hook)

    monkeypatch.setattr(Enforcer, hook, raises)
    assert b"hello from" not in ask(start(), "good.test", tls=True)


@pytest.mark.parametrize("part", ["decide", "way_of", "read_connect", "read_client_hello", "Relay", "InsideTls"])
@pytest.mark.parametrize("host", ["good.test", "fine.test", "blocked.test"])
def test_a_part_of_the_front_door_raises(
    start: Callable[..., InsideProxy], origin: Origin, monkeypatch: pytest.MonkeyPatch, part: str, host: str
) -> None:
    def raises(*_: object, **__: object) -> None:
        raise Broken(part)

    room = next(one for one in (preread, relays, inspection, judge, judged) if hasattr(one, part))
    monkeypatch.setattr(room, part, raises)
    answer = ask(start(), host, tls=True)
    on_the_way = {"Relay": host == "fine.test", "InsideTls": host != "fine.test"}
    if not on_the_way.get(part, True):
        assert answer
        return
    assert answer == b""
    assert origin.connections == []


@pytest.mark.parametrize("part", ["judge_inside", "read_target", "DecisionRecord", "explain", "answer", "new_code"])
@pytest.mark.parametrize("host", ["good.test", "blocked.test"])
def test_a_part_inside_a_hook_raises(
    start: Callable[..., InsideProxy], origin: Origin, monkeypatch: pytest.MonkeyPatch, part: str, host: str
) -> None:
    def raises(*_: object, **__: object) -> None:
        raise Broken(part)

    room = next(one for one in (Judge, enforce, judge) if hasattr(one, part))
    monkeypatch.setattr(room, part, raises)
    answer = ask(start(), host, tls=True)
    if host == "good.test" and part in {"explain", "answer", "new_code"}:
        assert b"hello from good.test" in answer  # not asked for on this way
        return
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"<html" in answer
    assert b"no-store" in answer
    assert origin.bytes_for(host) == b""


def test_the_enforcer_is_missing_altogether(
    start: Callable[..., InsideProxy], origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hook in ("requestheaders", "request", "responseheaders"):
        monkeypatch.delattr(Enforcer, hook)
    answer = ask(start(), "good.test", tls=True)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert origin.bytes_for("good.test") == b""


@pytest.mark.parametrize("policy", ["", "rules: [}", "school: {name: X, timezone: Europe/London}"])
def test_without_a_good_policy_everything_is_refused_with_a_page(
    start: Callable[..., InsideProxy], origin: Origin, policy: str
) -> None:
    answer = ask(start(policy=policy), "good.test", tls=True)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"<html" in answer
    assert origin.connections == []


@pytest.mark.parametrize("hook", ["websocket_start", "websocket_message"])
def test_a_websocket_hook_raises(start: Callable[..., InsideProxy], origin: Origin, hook: str) -> None:
    from websockets.sync.client import connect

    proxy = start(Breaks(hook))
    with connect(f"ws://ws.test:{origin.port}/ws", proxy=proxy.proxy, open_timeout=5, close_timeout=1) as websocket:
        websocket.send("through")
        with pytest.raises(TimeoutError):
            websocket.recv(timeout=1)
    assert b"through" not in origin.bytes_for("ws.test")


def test_a_verdict_is_for_one_destination(start: Callable[..., InsideProxy], origin: Origin) -> None:
    class Redirects:
        """What mapremote and the like do: change where an allowed request goes."""

        def request(self, flow: object) -> None:
            flow.request.host = "blocked.test"  # type: ignore[attr-defined]

    answer = ask(start(Redirects()), "good.test", tls=False)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert origin.connections == []


def test_a_connection_that_ends_in_the_middle_of_a_head(start: Callable[..., InsideProxy], origin: Origin) -> None:
    proxy = start()
    connection = socket.create_connection(("127.0.0.1", proxy.listen_port))
    connection.sendall(b"GET http://good.test:1/ HT")
    connection.close()
    assert b"hello from good.test" in ask(proxy, "good.test", tls=False)
    with proxy.connect() as again:
        again.sendall(b"\x00\x00\x00\r\n\r\n")
        again.settimeout(5)
        assert b"200" not in read_head(again)
