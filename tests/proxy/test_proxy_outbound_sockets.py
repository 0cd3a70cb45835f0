import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop

from saywhy.proxy.outbound import sockets as outbound_sockets
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.sockets import connected, error_kind_of

type Run = Callable[[Coroutine[Any, Any, Any]], Any]

HOLE, CLOSED, OPEN, ALSO_OPEN = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"
NO_WAY = "255.255.255.255"  # no TCP leads there; the kernel says so at once


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.param
    return found


@pytest.fixture
def port() -> Iterator[int]:
    """One port: HOLE's queue is full, nothing listens at CLOSED, the others are open."""
    with socket.create_server((OPEN, 0)) as is_open:
        found: int = is_open.getsockname()[1]
        with socket.create_server((ALSO_OPEN, found)), socket.create_server((HOLE, found), backlog=0) as full:
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(full.getsockname())
            yield found
            for one in waiting:
                one.close()


async def not_connected(addresses: list[str], port: int) -> str:
    with pytest.raises(NotReachableError) as error:
        await connected(asyncio.Protocol, addresses, port)
    return error.value.kind


async def peer(addresses: list[str], port: int) -> tuple[str, int, float]:
    """Where the connection leads, how many protocols were made for it, and the seconds it took."""
    made: list[asyncio.Protocol] = []

    def factory() -> asyncio.Protocol:
        made.append(asyncio.Protocol())
        return made[-1]

    loop = asyncio.get_running_loop()
    began = loop.time()
    transport, protocol = await connected(factory, addresses, port)
    took = loop.time() - began
    assert made == [protocol]
    assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    host: str = transport.get_extra_info("peername")[0]
    transport.close()
    return host, len(made), took


@pytest.mark.parametrize(
    ("addresses", "reached"),
    [
        ([OPEN], OPEN),
        ([OPEN, ALSO_OPEN], OPEN),
        ([CLOSED, OPEN], OPEN),
        ([HOLE, OPEN], OPEN),
        ([CLOSED, HOLE, CLOSED, OPEN], OPEN),
        (["2001:db8::1", OPEN], OPEN),  # no way to the other family, or none that answers
        ([HOLE, HOLE, ALSO_OPEN], ALSO_OPEN),
    ],
)
def test_the_first_address_that_answers_is_taken(run: Run, port: int, addresses: list[str], reached: str) -> None:
    host, made, _ = run(peer(addresses, port))
    assert (host, made) == (reached, 1)


def test_one_that_fails_costs_no_waiting_and_one_that_hangs_a_quarter_of_a_second(run: Run, port: int) -> None:
    _, _, after_failure = run(peer([CLOSED, OPEN], port))
    _, _, after_hanging = run(peer([HOLE, OPEN], port))
    assert after_failure < outbound_sockets.ATTEMPT_DELAY_SECONDS
    assert outbound_sockets.ATTEMPT_DELAY_SECONDS * 0.9 < after_hanging < 5 * outbound_sockets.ATTEMPT_DELAY_SECONDS


@pytest.mark.parametrize("addresses", [[CLOSED], [CLOSED, CLOSED], [NO_WAY, CLOSED], [CLOSED, NO_WAY]])
def test_a_refusal_tells_more_than_no_way_to_another_address(run: Run, port: int, addresses: list[str]) -> None:
    assert run(not_connected(addresses, port)) == NotReachableError.REFUSED


@pytest.mark.parametrize("addresses", [[NO_WAY], [NO_WAY, NO_WAY]])
def test_no_way_to_any(run: Run, port: int, addresses: list[str]) -> None:
    assert run(not_connected(addresses, port)) == NotReachableError.NO_WAY


def test_who_is_cancelled_leaves_no_socket_behind(run: Run, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[socket.socket] = []

    class Counted(socket.socket):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(outbound_sockets.socket, "socket", Counted)

    async def given_up() -> None:
        attempt = asyncio.ensure_future(connected(asyncio.Protocol, [HOLE, HOLE], port))
        await asyncio.sleep(0.3)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt

    run(given_up())
    attempts = [one for one in made if one.type == socket.SOCK_STREAM][-2:]
    assert len(attempts) == 2
    assert [one.fileno() for one in attempts] == [-1, -1]


def test_no_more_than_sixteen_addresses_are_tried(run: Run, port: int) -> None:
    assert run(not_connected([CLOSED] * 16 + [OPEN], port)) == NotReachableError.REFUSED


def test_a_machine_out_of_sockets_says_so(run: Run, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "too many open files")

    async def out_of_sockets() -> str:
        monkeypatch.setattr(outbound_sockets.socket, "socket", none_left)
        kind = await not_connected([OPEN, ALSO_OPEN], port)
        monkeypatch.undo()
        return kind

    assert run(out_of_sockets()) == NotReachableError.NO_WAY


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ECONNREFUSED, NotReachableError.REFUSED),
        (errno.ETIMEDOUT, NotReachableError.TIMED_OUT),
        (errno.EHOSTUNREACH, NotReachableError.NO_WAY),
        (errno.ENETUNREACH, NotReachableError.NO_WAY),
        (errno.EMFILE, NotReachableError.NO_WAY),
    ],
)
def test_what_the_operating_system_says_has_a_kind(code: int, kind: str) -> None:
    assert error_kind_of(OSError(code, "")) == kind
