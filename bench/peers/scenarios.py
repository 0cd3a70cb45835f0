"""What is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.peers.http2 import Http2
from bench.peers.peer import Peer
from bench.peers.tasks import BlockPages, Bulk, HoldIdle, KeptAlive, NewConnections, PlainBlockPages, SchoolDay, Task

IDLE: Final = "idle"
HTTP2: Final = "inspected-http2"
IDLE_CONNECTIONS: Final = 10_000

type Make = Callable[[Peer, int, int], Task]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`make` gives the task of one client of several. A round ends after so many seconds or `most` steps of each client."""

    key: str
    title: str
    unit: str
    make: Make
    clients: int = 4
    seconds: float = 2.5
    most: int = 1_000_000
    rounds: int | None = None  # of a full run, where it is not as many as of the others
    warm_up: bool = True


def _new(kind: str) -> Make:
    return lambda peer, number, of: NewConnections(peer.way(inspected=kind == "inspected"), number, of, kind)


def _kept(kind: str) -> Make:
    return lambda peer, number, of: KeptAlive(peer.way(inspected=kind == "inspected"), number, of, kind)


def _pages(peer: Peer, number: int, of: int) -> Task:
    return BlockPages(peer.way(inspected=True), number, of, peer.page_words)


def _plain_pages(peer: Peer, number: int, of: int) -> Task:
    return PlainBlockPages(peer.way(inspected=False), number, of, peer.page_words)


def _http2(peer: Peer, number: int, of: int) -> Task:
    return Http2(peer.way(inspected=True), number, of)


def _bulk(*, relayed: bool) -> Make:
    return lambda peer, number, of: Bulk(peer.way(inspected=not relayed), number, of, relayed)


def _day(peer: Peer, number: int, of: int) -> Task:
    return SchoolDay(peer.way(inspected=False), number, of, peer.trust, peer.page_words)


def _idle(peer: Peer, number: int, of: int) -> Task:
    return HoldIdle(peer.way(inspected=False), number, of)


# Idle connections come first and the gigabytes last: memory that a proxy has had and kept would hide what they cost.
SCENARIOS: Final = (
    Scenario(IDLE, "Idle connections", "connections", _idle, rounds=1, warm_up=False),
    Scenario("relayed-new", "New TLS connections, relayed", "connections", _new("relayed")),
    Scenario("relayed-kept", "Kept-alive requests, relayed", "requests", _kept("relayed")),
    Scenario("inspected-new", "New TLS connections, inspected", "connections", _new("inspected")),
    Scenario("inspected-kept", "Kept-alive requests, inspected", "requests", _kept("inspected")),
    Scenario(HTTP2, "Kept-alive requests over HTTP/2, inspected", "requests", _http2),
    Scenario("plain-kept", "Kept-alive requests, plain HTTP", "requests", _kept("plain")),
    Scenario("block-pages", "Block pages over HTTPS", "pages", _pages),
    Scenario("block-pages-plain", "Block pages over plain HTTP", "pages", _plain_pages),
    Scenario("school-day", "A school day", "requests", _day, seconds=4.0),
    Scenario("bulk-relayed", "1 GB relayed", "GB", _bulk(relayed=True), clients=1, most=1, rounds=3, warm_up=False),
    Scenario(
        "bulk-inspected", "1 GB inspected", "GB", _bulk(relayed=False), clients=1, most=1, rounds=3, warm_up=False
    ),
)
