"""The shipped firewall rules shut what leads past the filter and nothing else: real packets through real namespaces."""

from collections.abc import Iterable

import pytest

from tests.deploy.conftest import ADDRESSES, RULES, SchoolNetwork

SHUT = {
    "udp/443": "quic",
    "udp/80": "quic",
    "tcp/853": "hidden_dns",
    "udp/853": "hidden_dns",
    "udp/784": "hidden_dns",
    "udp/8853": "hidden_dns",
    "tcp/53": "foreign_dns",
    "udp/53": "foreign_dns",
    "tcp/80": "direct_web",
    "tcp/443": "direct_web",
    "tcp/8080": "direct_web",
    "tcp/8443": "direct_web",
    "udp/500": "vpn",
    "udp/1194": "vpn",
    "udp/1701": "vpn",
    "udp/4500": "vpn",
    "udp/51820": "vpn",
    "tcp/1194": "vpn",
    "tcp/1723": "vpn",
}
LEFT_ALONE = ("tcp/22", "tcp/993", "udp/123")  # what the school's own rules say of these still counts
AT_THE_FILTER = ("tcp/8080", "tcp/8081", "tcp/53", "udp/53")
AT_ONCE = 1.0  # seconds; silence would be 2
WAYS = pytest.mark.parametrize("way", [0, 1], ids=["IPv4", "IPv6"])


def outcomes(network: SchoolNetwork, where: str, address: str, ports: Iterable[str]) -> dict[str, str]:
    return {port: outcome for port, (outcome, _) in network.ask(where, address, *ports).items()}


@WAYS
def test_the_ways_past_the_filter_are_shut_at_once_and_counted(network: SchoolNetwork, way: int) -> None:
    world = ADDRESSES["world"][way]
    network.listen("world", *SHUT, *LEFT_ALONE)
    # without the rules every packet gets through: what is seen below is their doing
    assert set(outcomes(network, "client", world, (*SHUT, *LEFT_ALONE)).values()) == {"answered"}
    network.load(RULES)
    found = network.ask("client", world, *SHUT)
    assert {port: outcome for port, (outcome, _) in found.items()} == dict.fromkeys(SHUT, "refused")
    assert max(took for _, took in found.values()) < AT_ONCE
    assert outcomes(network, "client", world, LEFT_ALONE) == dict.fromkeys(LEFT_ALONE, "answered")
    expected = {name: sum(one == name for one in SHUT.values()) for name in SHUT.values()}
    assert network.counted() == expected


@WAYS
def test_the_filter_itself_goes_everywhere_and_devices_reach_it(network: SchoolNetwork, way: int) -> None:
    network.listen("world", *SHUT)
    network.listen("filter", *AT_THE_FILTER)
    network.load(RULES)
    assert set(outcomes(network, "filter", ADDRESSES["world"][way], SHUT).values()) == {"answered"}
    found = outcomes(network, "client", ADDRESSES["filter"][way], AT_THE_FILTER)
    assert found == dict.fromkeys(AT_THE_FILTER, "answered")
    assert set(network.counted().values()) == {0}


@WAYS
def test_a_filter_on_the_router_goes_everywhere_and_devices_reach_it(network: SchoolNetwork, way: int) -> None:
    router = {f"{name}{number}": f"{{ {ADDRESSES['router'][at]} }}" for name in ("filter", "dns") for at, number in ((0, 4), (1, 6))}  # fmt: skip
    network.listen("world", *SHUT)
    network.listen("router", *AT_THE_FILTER)
    network.load(RULES, **router)
    assert set(outcomes(network, "router", ADDRESSES["world"][way], SHUT).values()) == {"answered"}
    found = outcomes(network, "client", ADDRESSES["router"][way], AT_THE_FILTER)
    assert found == dict.fromkeys(AT_THE_FILTER, "answered")
    assert outcomes(network, "client", ADDRESSES["world"][way], ["tcp/443"]) == {"tcp/443": "refused"}


@WAYS
def test_dns_outside_is_open_to_the_servers_that_are_named(network: SchoolNetwork, way: int) -> None:
    network.listen("world", "udp/53", "tcp/53", "udp/443")
    four, six = ADDRESSES["world"]
    network.load(RULES, dns4=f"{{ 10.30.0.2, {four} }}", dns6=f"{{ {six} }}")
    found = outcomes(network, "client", ADDRESSES["world"][way], ("udp/53", "tcp/53", "udp/443"))
    assert found == {"udp/53": "answered", "tcp/53": "answered", "udp/443": "refused"}


def test_only_what_comes_in_from_the_schools_network_is_touched(network: SchoolNetwork) -> None:
    network.listen("client", "tcp/443")
    network.load(RULES)
    assert outcomes(network, "world", ADDRESSES["client"][0], ["tcp/443"]) == {"tcp/443": "answered"}


def test_the_rules_can_be_loaded_again_and_taken_away(network: SchoolNetwork) -> None:
    network.listen("world", "udp/443")
    for _ in range(2):
        network.load(RULES)
    assert outcomes(network, "client", ADDRESSES["world"][0], ["udp/443"]) == {"udp/443": "refused"}
    network.run("router", "nft", "delete", "table", "inet", "saywhy")
    assert outcomes(network, "client", ADDRESSES["world"][0], ["udp/443"]) == {"udp/443": "answered"}
