import asyncio
import socket
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

import pytest

from addons.policy.school import Reach
from addons.proxy.in_force import InForce
from addons.proxy.not_reachable import NotReachableError
from addons.proxy.outbound import Outbound, Portal, read_hosts
from addons.proxy.outbound_names import Names
from addons.proxy.unreachable import kind_of
from tests.decide.conftest import policy
from tests.proxy.name_server import NameServer, Says

PORTAL = Portal("why.school.internal", "127.0.0.1", 8081)


def resolver(
    names: Mapping[str, tuple[str, ...]],
    *networks: str,
    own: tuple[tuple[str, int], ...] = (),
    asked: Names | None = None,
    connect_seconds: float = 5.0,
) -> Outbound:
    school = policy([], reach=Reach(addresses=tuple(ip_network(one) for one in networks)))
    return Outbound(InForce(school), portal=PORTAL, own=own, hosts=names, names=asked, connect_seconds=connect_seconds)


def addresses(found: Outbound, host: str, port: int = 443) -> tuple[str, ...]:
    try:
        return asyncio.run(found.addresses(host, port))
    finally:
        found.close()


def refusal(found: Outbound, host: str, port: int = 443) -> str:
    with pytest.raises(NotReachableError) as error:
        addresses(found, host, port)
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


def test_an_answer_is_kept_so_that_what_was_checked_is_what_is_connected_to() -> None:
    with NameServer({"a.test": Says(("93.184.216.34",), ttl=30)}) as server:
        found = resolver({}, asked=Names(nameservers=[server.address]))

        async def twice() -> None:
            assert await found.addresses("a.test", 443) == ("93.184.216.34",)
            server.names["a.test"] = Says(("10.0.0.1",), ttl=30)
            assert await found.addresses("a.test", 443) == ("93.184.216.34",)

        asyncio.run(twice())
        found.close()


def test_many_who_ask_for_one_name_ask_once() -> None:
    with NameServer({"a.test": Says(("93.184.216.34",))}) as server:
        found = resolver({}, asked=Names(nameservers=[server.address]))

        async def all_at_once() -> None:
            await asyncio.gather(*(found.addresses("a.test", 443) for _ in range(50)))

        asyncio.run(all_at_once())
        found.close()
        assert server.asked["a.test"] <= 2  # for A and for AAAA


def test_a_name_that_does_not_exist() -> None:
    with NameServer({}) as server:
        assert (
            refusal(resolver({}, asked=Names(nameservers=[server.address])), "a.test") == NotReachableError.NO_SUCH_NAME
        )


def test_on_the_loop_every_connection_goes_through_it() -> None:
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


def test_a_connection_that_hangs_is_given_up() -> None:
    found = resolver({"open.test": ("127.0.0.1",)}, "127.0.0.0/8", connect_seconds=0.01)

    async def connect() -> None:
        loop = asyncio.get_running_loop()

        async def hangs(*_: object) -> None:
            await asyncio.Event().wait()

        loop.sock_connect = hangs  # type: ignore[method-assign, assignment]
        found.install(loop)
        with pytest.raises(NotReachableError) as error:
            await asyncio.open_connection("open.test", 1)
        assert kind_of(str(error.value)) == "upstream-timeout"

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
