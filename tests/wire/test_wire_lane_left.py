"""What the thin lane leaves: one line and one count a request, as the other lane; no memory; and nobody's download cut short."""

import asyncio
import gc
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from saywhy.decide.engine import Engine
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.lane.connection import LaneConnection
from saywhy.proxy.lane.origins import Origin
from saywhy.proxy.lane.turn import Turn
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, free_port
from tests.wire.inside import InsideProxy, inside
from tests.wire.pipelined import Answers, opened, request
from tests.wire.scripted_origin import ScriptedOrigin, Served, says_hello
from tests.wire.test_wire_lane import HELLO, WAYS, origin, proxy, says

__all__ = ["origin", "proxy"]

# One line, one count.
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("good.test", {}), ("good.test", {"method": "HEAD"}), ("good.test", {"method": "POST", "fields": "Content-Length: 2\r\n", "body": b"ab"}),
    ("blocked.test", {}), ("good.test", {"path": "/never-there"}), ("good.test", {"path": "/cut"}), ("nowhere.test", {}), ("locked.test", {}),
]  # fmt: skip


def lines_and_counts(proxy: InsideProxy, way: str) -> tuple[list[dict[str, object]], dict[str, float]]:
    def counts() -> dict[str, float]:
        return {
            f"{one.name}{sorted(one.labels.items())}": one.value
            for metric in proxy.parts.metrics.registry.collect()
            for one in metric.samples
            if one.name.startswith("saywhy")
            and one.name.endswith(("_total", "_count"))
            and "lane" not in one.labels
            and one.name != "saywhy_handshakes_total"  # this lane alone keeps and resumes connections to origins
        }

    before = counts()
    for host, how in ASKED:
        with suppress(AssertionError), opened(proxy, way, host) as client:
            client.sendall(request(proxy, way, host=host, **how))
            Answers(client).next(str(how.get("method", "GET")))
    proxy.wait_for(lambda: proxy.door.open_connections == 0, "the clients to be counted out", 10)
    proxy.parts.stop()
    lines = [json.loads(line) for line in proxy.decisions.splitlines()]
    for line in lines:
        for changes in ("at", "time", "microseconds", "reference"):
            line.pop(changes, None)
    return lines, {name: value - before.get(name, 0.0) for name, value in counts().items() if value != before.get(name)}


@WAYS
def test_each_request_has_one_line_and_one_count_as_in_the_other_lane(
    tmp_path: Path, origin: ScriptedOrigin, test_authority: TestAuthority, way: str
) -> None:
    def hello_or_cut(served: Served) -> None:
        while True:
            head = served.head()
            if b"/cut" in head:
                return
            if b"POST" in head:
                served.body(2)
            served.answer(b"" if b"HEAD" in head else b"hello")

    origin.script = hello_or_cut
    told = []
    for thin in (True, False):
        folder = tmp_path / str(thin)
        folder.mkdir()
        proxy = inside(folder, origin.port, test_authority.path, POLICY)
        proxy.thin_lane = thin
        proxy.start()
        told.append(lines_and_counts(proxy, way))
        proxy.stop()
    (thin_lines, thin_counts), (lines, counts) = told
    assert thin_lines == lines
    assert len(lines) >= len(ASKED)
    assert thin_counts == counts
    assert counts


# What is left.
@pytest.fixture
def collected_by_hand() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held() -> int:
    kinds = (SSL.Connection, LaneConnection, Origin, Turn)
    return sum(isinstance(one, kinds) for one in gc.get_objects())


def leave(proxy: InsideProxy, origin: ScriptedOrigin, way: str, what: str) -> None:
    before = len(origin.served)
    host = "blocked.test" if what == "a refusal" else "good.test"
    version = "1.0" if what == "handed over" else "1.1"
    with opened(proxy, way, host) as client:
        client.sendall(request(proxy, way, host=host, version=version))
        if what == "the client goes":
            proxy.wait_for(lambda: len(origin.served) > before and origin.served[-1].data, "the origin to be asked")
            return
        with suppress(AssertionError):
            Answers(client).next()


@WAYS
@pytest.mark.usefixtures("collected_by_hand")
@pytest.mark.parametrize(
    "what", ["an answer", "a refusal", "handed over", "an answer that is cut", "the client goes", "an origin that goes"]
)
def test_nothing_is_left(proxy: InsideProxy, origin: ScriptedOrigin, way: str, what: str) -> None:
    scripts = {
        "an answer that is cut": says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", then=lambda _: None),
        "an origin that goes": lambda _: None,
        "the client goes": says(),
    }
    origin.script = scripts.get(what, says_hello)
    for _ in range(5):
        leave(proxy, origin, way, what)
    proxy.wait_for(lambda: held() == 0, "everything to be free", 10)


@pytest.mark.usefixtures("collected_by_hand")
@WAYS
def test_nothing_is_left_of_an_origin_that_is_not_there(proxy: InsideProxy, origin: ScriptedOrigin, way: str) -> None:
    origin.close()
    proxy.origin_port = free_port()
    proxy.write_policy(POLICY)
    proxy.parts.judge.in_force.engine = Engine(load_policy(proxy.policies))
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way))
        assert Answers(client).next()[0] == 502
    proxy.wait_for(lambda: held() == 0, "everything to be free", 10)


# Ending.
@WAYS
def test_a_download_is_busy_until_the_client_has_all_of_it(
    proxy: InsideProxy, origin: ScriptedOrigin, way: str
) -> None:
    """What is busy is waited for when the filter ends: a download is, also when the origin has sent the last of it."""
    size = 20_000_000

    def sends(served: Served) -> None:
        served.head()
        served.answer(b"x" * size)
        says_hello(served)

    origin.script = sends
    with opened(proxy, way) as idle, opened(proxy, way) as client:
        idle.sendall(request(proxy, way, host="blocked.test" if way == "http" else "good.test", path="/never-there"))
        assert Answers(idle).next()[0] == 403
        assert proxy.door.busy_inspected == 0
        client.sendall(request(proxy, way))
        left = size - len(client.recv(10))
        while left > 10_000_000:
            assert proxy.door.busy_inspected == 1
            left -= len(client.recv(65_536))
    proxy.wait_for(lambda: proxy.door.busy_inspected == 0, "the client to be gone")


@WAYS
def test_what_the_client_has_not_taken_is_busy_as_well(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The answer is over, and the end of it waits to be written."""
    with opened(proxy, way) as client:
        client.sendall(request(proxy, way))
        assert Answers(client).next() == HELLO
        one = next(iter(proxy.door._open))
        proxy.wait_for(lambda: proxy.door.busy_inspected == 0, "the request to be over")
        transport = one.transport
        monkeypatch.setattr(one, "transport", Unwritten(transport))
        assert proxy.door.busy_inspected == 1
        monkeypatch.setattr(one, "transport", transport)


class Unwritten:
    """A transport whose client is slow."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def get_write_buffer_size(self) -> int:
        return 1
