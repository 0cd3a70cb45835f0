import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import uvloop

from saywhy.policy.school import Reach
from saywhy.proxy.fault_kinds import fault_kind_of
from saywhy.proxy.in_force import InForce
from saywhy.proxy.outbound.names import Names
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Outbound, Portal, read_hosts
from tests.decide.conftest import engine
from tests.proxy.name_server import NameServer, Says

type Run = Callable[[Coroutine[Any, Any, Any]], Any]

PORTAL = Portal("why.school.internal", "127.0.0.1", 8081)
PUBLIC = "93.184.216.34"


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.param
    return found


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.fixture
def black_hole() -> Iterator[socket.socket]:
    """A socket whose queue is full: the kernel answers no more attempts to connect to it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        yield full
        for one in waiting:
            one.close()


def resolver(
    written: Mapping[str, tuple[str, ...]], *networks: str, own: tuple[tuple[str, int], ...] = (), **settings: Any
) -> Outbound:
    school = engine([], reach=Reach(addresses=tuple(ip_network(one) for one in networks)))
    return Outbound(InForce(school), portal=PORTAL, own=own, hosts=written, **settings)


def addresses(found: Outbound, host: str, port: int = 443) -> tuple[str, ...]:
    try:
        return asyncio.run(found.addresses(host, port))
    finally:
        found.close()


def refusal(found: Outbound, host: str, port: int = 443) -> str:
    with pytest.raises(NotReachableError) as error:
        addresses(found, host, port)
    return error.value.kind


async def not_connected(found: Outbound, host: str, port: int) -> str:
    with pytest.raises(NotReachableError) as error:
        await found.connect(asyncio.Protocol, host, port)
    return error.value.kind


def test_a_public_address_is_given() -> None:
    assert addresses(resolver({"a.test": ("93.184.216.34",)}), "a.test") == ("93.184.216.34",)


@pytest.mark.parametrize(
    "found",
    [
        ("127.0.0.1",), ("10.1.2.3",), ("192.168.1.1",), ("172.16.0.1",), ("169.254.169.254",), ("100.64.0.1",), ("0.0.0.0",),
        ("224.0.0.1",), ("255.255.255.255",), ("::1",), ("fe80::1%eth0",), ("fd00::1",), ("ff02::1",), ("::ffff:10.0.0.1",),
        ("64:ff9b::7f00:1",), ("2002:7f00:1::",), ("93.184.216.34", "10.0.0.1"),
    ],
)  # fmt: skip
def test_a_private_address_is_refused_even_beside_a_public_one(found: tuple[str, ...]) -> None:
    assert refusal(resolver({"a.test": found}), "a.test") == NotReachableError.PRIVATE


def test_a_private_address_that_policy_names_is_given() -> None:
    assert addresses(resolver({"a.test": ("10.1.2.3",)}, "10.1.0.0/16"), "a.test") == ("10.1.2.3",)
    assert refusal(resolver({"a.test": ("10.2.2.3",)}, "10.1.0.0/16"), "a.test") == NotReachableError.PRIVATE


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "0.0.0.0"])
def test_the_filters_own_ports_are_refused_whatever_policy_names(address: str) -> None:
    found = resolver({"a.test": (address,)}, "0.0.0.0/0", own=(("0.0.0.0", 9090),))
    assert refusal(found, "a.test", 9090) == NotReachableError.OWN
    assert addresses(resolver({"a.test": (address,)}, "0.0.0.0/0", own=(("0.0.0.0", 9090),)), "a.test", 80) == (
        address,
    )


def test_the_portals_name_leads_to_the_portal_and_to_nothing_else() -> None:
    assert addresses(resolver({}), "why.school.internal", 8081) == ("127.0.0.1",)
    assert (
        refusal(resolver({"why.school.internal": ("127.0.0.1",)}), "why.school.internal", 9090)
        == NotReachableError.PRIVATE
    )


def test_without_a_policy_nothing_is_resolved() -> None:
    found = Outbound(InForce(), portal=PORTAL, hosts={"a.test": ("93.184.216.34",)})
    assert refusal(found, "a.test") == NotReachableError.PRIVATE


class TestNames:
    @pytest.mark.parametrize(
        "says", [("10.0.0.1",), (PUBLIC, "10.0.0.1"), ("2606:4700::1", "::1"), ("::ffff:10.0.0.1",)]
    )
    def test_a_private_answer_is_refused_even_beside_a_public_one(self, run: Run, says: tuple[str, ...]) -> None:
        with NameServer({"a.test": Says(says)}) as server:
            kind = run(not_connected(resolver({}, names=Names(nameservers=[server.address])), "a.test", 443))
        assert kind == NotReachableError.PRIVATE

    def test_an_answer_that_turns_private_is_refused_when_it_is_asked_for_again(self, run: Run) -> None:
        now = [0.0]

        async def rebinding() -> None:
            with NameServer({"a.test": Says((PUBLIC,), ttl=0)}) as server:
                found = resolver({}, names=Names(nameservers=[server.address], clock=lambda: now[0]))
                assert await found.addresses("a.test", 443) == (PUBLIC,)
                server.names["a.test"] = Says(("127.0.0.1",), ttl=0)
                assert await found.addresses("a.test", 443) == (PUBLIC,)  # what was checked is what is connected to
                now[0] = 6
                assert await not_connected(found, "a.test", 443) == NotReachableError.PRIVATE

        run(rebinding())

    def test_another_policy_looks_at_a_kept_answer_again(self, run: Run) -> None:
        in_force = InForce(engine([], reach=Reach(addresses=(ip_network("10.0.0.0/8"),))))

        async def changed() -> None:
            with NameServer({"a.test": Says(("10.0.0.1",))}) as server:
                found = Outbound(in_force, portal=PORTAL, names=Names(nameservers=[server.address]))
                assert await found.addresses("a.test", 443) == ("10.0.0.1",)
                in_force.engine = engine([])
                with pytest.raises(NotReachableError):
                    await found.addresses("a.test", 443)

        run(changed())

    @pytest.mark.parametrize("says", [Says(), None])
    def test_a_failure_is_told(self, run: Run, says: Says | None) -> None:
        with NameServer({"a.test": says}) as server:
            names = Names(nameservers=[server.address], limit=0.1)
            kind = run(not_connected(resolver({}, names=names), "a.test", 443))
        assert kind == (NotReachableError.NAME_TIMED_OUT if says is None else NotReachableError.NO_SUCH_NAME)


class TestConnecting:
    def test_a_stream_is_as_asyncio_makes_it(self, run: Run, listening: socket.socket) -> None:
        async def speak() -> None:
            found = resolver({"open.test": ("127.0.0.1",)}, "127.0.0.0/8")
            reader, writer = await found.open_stream("open.test", listening.getsockname()[1])
            accepted, _ = listening.accept()
            assert writer.get_extra_info("peername") == listening.getsockname()
            assert writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            writer.write(b"asked")
            await writer.drain()
            assert accepted.recv(5) == b"asked"
            accepted.sendall(b"answered")
            accepted.close()
            assert await reader.read() == b"answered"
            writer.close()
            await writer.wait_closed()

        run(speak())

    def test_the_portals_name_leads_to_where_it_listens(self, run: Run, listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        found = Outbound(InForce(engine([])), portal=Portal("why.school.internal", "127.0.0.1", port))

        async def to_portal() -> Any:
            transport, _ = await found.connect(asyncio.Protocol, "why.school.internal", port)
            transport.close()
            return transport.get_extra_info("peername")

        assert run(to_portal()) == ("127.0.0.1", port)

    def test_nothing_listens(self, run: Run) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            found = resolver({"a.test": ("127.0.0.1",)}, "127.0.0.0/8")
            kind = run(not_connected(found, "a.test", closed.getsockname()[1]))
        assert kind == NotReachableError.REFUSED

    @pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.1", "127.0.0.1")])
    def test_what_never_answers_is_given_up_within_the_limit(
        self, run: Run, black_hole: socket.socket, addresses: tuple[str, ...]
    ) -> None:
        found = resolver({"a.test": addresses}, "127.0.0.0/8", connect_seconds=0.4)
        kind = run(not_connected(found, "a.test", black_hole.getsockname()[1]))
        assert kind == NotReachableError.TIMED_OUT
        assert fault_kind_of(kind) == "upstream-timeout"

    @pytest.mark.parametrize("host", ["10.0.0.1", "::1", "::ffff:10.0.0.1", "169.254.169.254"])
    def test_a_private_address_as_a_host_is_refused(self, run: Run, host: str) -> None:
        assert run(not_connected(resolver({}), host, 443)) == NotReachableError.PRIVATE


def test_on_asyncios_own_loop_every_connection_goes_through_it() -> None:
    found = resolver({"open.test": ("127.0.0.1",), "closed.test": ("10.0.0.1",)}, "127.0.0.0/8")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        async def connect() -> None:
            found.install(asyncio.get_running_loop())
            _, writer = await asyncio.open_connection("open.test", port)
            writer.close()
            for host in ("closed.test", "10.0.0.1", "::1"):
                with pytest.raises(NotReachableError):
                    await asyncio.open_connection(host, port)

        asyncio.run(connect())
    found.close()


def test_on_asyncios_own_loop_what_hangs_is_given_up_too() -> None:
    found = resolver({"open.test": ("127.0.0.1",)}, "127.0.0.0/8", connect_seconds=0.01)

    async def connect() -> None:
        loop = asyncio.get_running_loop()

        async def hangs(*_: object) -> None:
            await asyncio.Event().wait()

        loop.sock_connect = hangs  # type: ignore[method-assign, assignment]
        found.install(loop)
        with pytest.raises(NotReachableError) as error:
            await asyncio.open_connection("open.test", 1)
        assert fault_kind_of(str(error.value)) == "upstream-timeout"

    asyncio.run(connect())
    found.close()


def test_a_hosts_file_is_read_as_usual(tmp_path: Path) -> None:
    file = tmp_path / "hosts"
    file.write_text("# ours\n127.0.0.1 A.test b.test # two\n\n::1 a.test\n")
    assert read_hosts(file) == {"a.test": ("127.0.0.1", "::1"), "b.test": ("127.0.0.1",)}


@pytest.mark.parametrize("line", ["a.test 127.0.0.1", "127.0.0.1 a/b", "127.0.0 x.test"])
def test_a_mistake_in_a_hosts_file_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "hosts"
    file.write_text(f"127.0.0.1 a.test\n{line}\n")
    with pytest.raises(ValueError, match=r"hosts:2:1: "):
        read_hosts(file)


def test_who_did_not_answer_is_not_tried_again_at_once() -> None:
    found = resolver({"open.test": ("127.0.0.1",)}, "127.0.0.0/8", connect_seconds=0.0)

    async def connect() -> None:
        for _ in range(2):
            with pytest.raises(NotReachableError) as error:
                await found.connect(asyncio.Protocol, "open.test", 1)
            assert error.value.kind == NotReachableError.TIMED_OUT
            found._connect_seconds = 5.0  # the second time it would be refused

    asyncio.run(connect())
    found.close()


@pytest.mark.parametrize(
    ("host", "address", "port_is_open"),
    [("why.school.internal", "127.0.0.1", True), ("a.test", "127.0.0.1", False), ("b.test", "10.0.0.1", True)],
)
def test_where_an_origin_names_nothing_of_the_schools_own_is_opened(
    listening: socket.socket, host: str, address: str, port_is_open: bool
) -> None:
    port = listening.getsockname()[1]
    reach = Reach(frozenset({port if port_is_open else 80}), (ip_network("127.0.0.0/8"),))
    portal = Portal("why.school.internal", "127.0.0.1", port)
    found = Outbound(InForce(engine([], reach=reach)), portal=portal, hosts={host: (address,)})
    with pytest.raises(NotReachableError, match=NotReachableError.PRIVATE):
        asyncio.run(found.open_to_named(host, port))


def test_where_an_origin_names_something_public_or_named_it_is_opened(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    reach = Reach(frozenset({port}), (ip_network("127.0.0.0/8"),))
    found = Outbound(InForce(engine([], reach=reach)), portal=PORTAL, hosts={"a.test": ("127.0.0.1",)})

    async def opened() -> None:
        _, writer = await found.open_to_named("a.test", port)
        writer.transport.abort()

    asyncio.run(opened())
