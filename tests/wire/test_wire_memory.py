"""What a connection took is free when it is over, without the garbage collector; and what is only kept goes sooner."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from mitmproxy.proxy.layer import Layer
from OpenSSL import SSL

from saywhy.proxy.door.open_connections import Limits
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import read_all
from tests.wire.http2_client import Http2Client
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

WAYS = [
    "an inspected site",
    "several requests",
    "an origin that is not there",
    "HTTP/2",
    "HTTP/2 to HTTP/1.1",
    "a block page",
]


@pytest.fixture
def proxy(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    """A filter that looks often at what is idle."""
    one = inside(tmp_path, origin.port, test_authority.path)
    one.limits = Limits(sweep_seconds=0.2, origin_seconds=0.1)
    one.start()
    yield one
    one.stop()


@pytest.fixture
def collected_by_hand() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def visit(proxy: InsideProxy, way: str) -> None:
    match way:
        case "HTTP/2" | "HTTP/2 to HTTP/1.1":
            with Http2Client(proxy, "h2.test" if way == "HTTP/2" else "goodrsa.test") as client:
                for _ in range(3):
                    assert client.answer(client.ask("/")).status == 200
        case _:
            host = {"an origin that is not there": "nowhere.test", "a block page": "blocked.test"}.get(way, "good.test")
            with proxy.tunnel(host) as connection:
                for _ in range(3 if way == "several requests" else 1):
                    connection.sendall(get(f"{host}:{proxy.origin_port}", "/"))
                    assert read_all(connection)


def held() -> tuple[int, int]:
    """Layers, and TLS connections of the filter."""
    every = gc.get_objects()
    return sum(isinstance(one, Layer) for one in every), sum(isinstance(one, SSL.Connection) for one in every)


@pytest.mark.usefixtures("collected_by_hand")
@pytest.mark.parametrize("way", WAYS)
def test_what_a_connection_took_is_free_when_it_is_over(proxy: InsideProxy, way: str) -> None:
    visit(proxy, way)
    proxy.wait_for(lambda: held() == (0, 0), "everything to be free")


@pytest.mark.usefixtures("collected_by_hand")
def test_connections_to_origins_go_with_their_streams(proxy: InsideProxy) -> None:
    """HTTP/2 from the client, HTTP/1.1 to the origin: each request has a connection of its own there."""
    with Http2Client(proxy, "goodrsa.test") as client:
        for _ in range(20):
            assert client.answer(client.ask("/")).status == 200
        proxy.wait_for(lambda: held()[1] <= 2, "the connections to the origin to be free")


@pytest.mark.usefixtures("collected_by_hand")
def test_a_connection_that_is_kept_lets_go_of_its_origin_after_a_while_and_serves_on(
    proxy: InsideProxy, origin: Origin
) -> None:
    with proxy.tunnel("good.test") as connection:
        for _ in range(2):
            connection.sendall(get(f"good.test:{proxy.origin_port}", "/"))
            assert b"hello from good.test" in read_all(connection)
            proxy.wait_for(lambda: held()[1] == 1, "the connection to the origin to be closed")
    assert origin.connections_for("good.test") == 2
