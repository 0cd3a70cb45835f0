"""Whatever raises in the thin lane, the way stays closed, nothing is left behind, and the filter serves on."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from saywhy.observe.daily_log import DailyLog
from saywhy.observe.lane_figures import LaneFigures
from saywhy.observe.metrics import Metrics
from saywhy.proxy import judge
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.judge import Judge
from saywhy.proxy.lane import connection, exchange, lane, turn
from saywhy.proxy.lane.connection import LaneConnection
from saywhy.proxy.lane.deadline import Deadline
from saywhy.proxy.lane.exchange import Exchange
from saywhy.proxy.lane.lane import Lane
from saywhy.proxy.lane.origins import Origin, Origins
from saywhy.proxy.lane.tls_transport import TlsTransport
from saywhy.proxy.lane.turn import Turn
from saywhy.proxy.lane.verdict import Verdict
from saywhy.proxy.mitm.connection_handler import ConnectionHandler
from saywhy.proxy.mitm.inspection import Inspection
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.device_contexts import DeviceContexts
from tests.wire.certificates import TestAuthority
from tests.wire.inside import InsideProxy, inside
from tests.wire.scripted_origin import ScriptedOrigin, says_hello
from tests.wire.test_wire_faults import ask

WITH_TLS = [
    *((TlsTransport, step) for step in ("connection_made", "data_received", "_go_on", "_shaken", "_read", "_flush", "write")),
    (DeviceContexts, "connection"), (Chains, "connection"), (Origin, "handshaken"), (LaneConnection, "handshaken"),
]  # fmt: skip
BEFORE_THE_ORIGIN = [
    (Lane, "tls"), (Lane, "plain"), (lane, "LaneConnection"), (LaneConnection, "begin"), (LaneConnection, "connection_made"),
    (LaneConnection, "data_received"), (Deadline, "within"), (LaneConnection, "run"), (connection, "read_plain"),
    (connection, "Turn"), (Turn, "begin"), (Turn, "_decided"), (Judge, "judge_inside"), (Judge, "holds"), (Judge, "let_out"),
    (judge, "decide"), (judge, "DecisionRecord"), (DailyLog, "write"), (Metrics, "decided"), (Metrics, "requested"),
    (Verdict, "of"), (Verdict, "is_for"), (Origins, "take"), (Origins, "open"), (Outbound, "addresses"), (Outbound, "connect"),
    (Origin, "connection_made"), (turn, "Exchange"), (Exchange, "begin"), (exchange, "http1_request"),
]  # fmt: skip
AFTER_THE_ORIGIN = [
    (Turn, "_await_answer"), (Origin, "data_received"), (Exchange, "answer_came"), (Exchange, "_read_head"),
    (Exchange, "_write_head"), (exchange, "http1_answer"), (Exchange, "_pass"), (Exchange, "_over"), (Turn, "take_head"),
    (Turn, "send"), (Turn, "answered"), (Turn, "_done"), (LaneConnection, "send"), (LaneConnection, "over"),
    (LaneFigures, "relayed"), (Origins, "keep"), (Origins, "remember"), (Origins, "forget"), (LaneConnection, "_stop"),
]  # fmt: skip
LETS_GO = [(Origins, "keep"), (Origins, "forget"), (LaneConnection, "_stop")]  # what else should
BUSY = 30  # seconds that a machine may take for what is over in a moment
IN_A_REFUSAL = [
    (Judge, "judge_inside"), (Judge, "refused"), (judge, "explain"), (judge, "answer"), (judge, "new_code"),
    (DailyLog, "write"), (Turn, "_answer"), (turn, "http1_answer"), (LaneConnection, "send"), (LaneConnection, "over"),
    (LaneConnection, "_leave"), (LaneConnection, "_go_on"),
]  # fmt: skip


class Broken(Exception):  # noqa: N818 — it is
    pass


def raises(*_: object, **__: object) -> None:
    raise Broken


def named(value: object) -> str | None:
    return f"{getattr(value[0], '__name__', '').rpartition('.')[2]}.{value[1]}" if isinstance(value, tuple) else None


@pytest.fixture
def origin(test_authority: TestAuthority) -> Iterator[ScriptedOrigin]:
    one = ScriptedOrigin(test_authority)
    yield one
    one.close()


@pytest.fixture
def proxy(tmp_path: Path, origin: ScriptedOrigin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    one = inside(tmp_path, origin.port, test_authority.path)
    one.limits = Limits(origin_seconds=0.2)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[Any, str]], None]:
    return lambda part: monkeypatch.setattr(*part, raises)


def serves_on(proxy: InsideProxy, *, tls: bool) -> None:
    """However busy the machine is: what ends in time is told by the waits before."""
    assert ask(proxy, "good.test", tls=tls, patience=BUSY).endswith(b"hello")


def nothing_is_left(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the client's connection to be counted out", BUSY)
    proxy.wait_for(lambda: origin.open == 0, "the origin's connection to be closed", BUSY)


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("part", [*BEFORE_THE_ORIGIN, *WITH_TLS], ids=named)
def test_a_part_raises_before_anything_was_sent(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, part: tuple[Any, str], tls: bool
) -> None:
    elsewhere = (not tls and part in WITH_TLS) or part == (Lane, "plain" if tls else "tls")
    with monkeypatch.context() as broken:
        broken.setattr(*part, raises)
        answer = ask(proxy, "good.test", tls=tls)
        if elsewhere:
            assert answer.endswith(b"hello")
        else:
            assert answer == b"" or (answer.startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 502 ")) and b"<html" in answer)
            assert b"GET" not in origin.data
        nothing_is_left(proxy, origin)
    serves_on(proxy, tls=tls)


@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("part", AFTER_THE_ORIGIN, ids=named)
def test_a_part_raises_on_the_way_back(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, part: tuple[Any, str], tls: bool
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(*part, raises)
        answer = ask(proxy, "good.test", tls=tls)
        assert answer == b"" or answer.endswith(b"hello") or b"<html" in answer
        assert answer.count(b"HTTP/1.1 ") <= 1, "a page inside an answer"
        proxy.wait_for(lambda: proxy.door.open_connections == 0, "the client's connection to be counted out", BUSY)
    if part not in LETS_GO:
        proxy.wait_for(lambda: origin.open == 0, "the origin's connection to be closed", BUSY)
    serves_on(proxy, tls=tls)


@pytest.mark.parametrize("part", IN_A_REFUSAL, ids=named)
def test_a_part_of_a_refusal_raises(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, part: tuple[Any, str]
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(*part, raises)
        answer = ask(proxy, "blocked.test", tls=True)
        assert answer[:13] in (b"", b"HTTP/1.1 503 ", b"HTTP/1.1 403 ")
        assert answer.count(b"HTTP/1.1 ") <= 1
        nothing_is_left(proxy, origin)
    assert origin.served == []
    assert ask(proxy, "blocked.test", tls=True, patience=BUSY).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "part",
    [
        (LaneConnection, "hand_over"),
        (Inspection, "inside"),
        (ConnectionHandler, "begin"),
        (ConnectionHandler, "received"),
    ],
    ids=named,
)
@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_a_part_of_the_handing_over_raises(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, part: tuple[Any, str], tls: bool
) -> None:
    where = f"good.test:{origin.port}"
    odd = f"GET {'' if tls else f'http://{where}'}/ HTTP/1.0\r\nHost: {where}\r\n\r\n".encode()
    with monkeypatch.context() as broken:
        broken.setattr(*part, raises)
        with proxy.tunnel("good.test") if tls else proxy.connect() as client:
            client.settimeout(5)
            client.sendall(odd)
            with suppress(ConnectionError):
                assert client.recv(100) == b""
        nothing_is_left(proxy, origin)
    assert origin.data == b""
    serves_on(proxy, tls=tls)


def test_a_connection_to_another_place_is_never_used(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever gives it: the gate is where the request is sent."""
    opened = Origins.open

    async def astray(self: Origins, verdict: Verdict, offers: Any) -> Origin:
        there = Verdict(verdict.revision, verdict.peer, verdict.scheme, "big.test", verdict.port)
        return await opened(self, there, offers)

    monkeypatch.setattr(Origins, "open", astray)
    for tls in (True, False):
        answer = ask(proxy, "good.test", tls=tls)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nconnection: close\r\n" in answer.lower(), "the connection ends with it"
    assert origin.data == b""
    nothing_is_left(proxy, origin)


def test_no_judgement_no_connection(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lane that took a refusal for an allow would not come through the gate."""
    real = Judge.judge_inside

    async def muddled(self: Judge, *given: Any) -> Any:
        judged, fault = await real(self, *given)
        return Muddled(judged), fault

    class Muddled:
        def __init__(self, judged: Any) -> None:
            self._judged = judged
            self._asked = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(self._judged, name)

        @property
        def decision(self) -> Any:
            self._asked += 1
            return self._judged.decision if self._asked > 1 else Open()

    class Open:
        allowed = True
        needs_answer = False
        obligations = ()

    monkeypatch.setattr(Judge, "judge_inside", muddled)
    assert ask(proxy, "blocked.test", tls=True).startswith(b"HTTP/1.1 503 ")
    assert origin.served == []


def test_says_hello_is_what_is_served(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    assert origin.script is says_hello
    serves_on(proxy, tls=True)
    assert origin.served[0].sni == "good.test"
