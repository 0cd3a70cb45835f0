"""Ports, addresses written as numbers and private addresses: what may be opened at all."""

from ipaddress import ip_address, ip_network

import pytest

from saywhy.decide.access import target_of_host, target_of_url
from saywhy.decide.decision import Reason
from saywhy.decide.reach import address_allowed, refused_by_reach
from saywhy.policy.school import Reach

OPEN = Reach()
OURS = Reach(frozenset({80, 8080}), (ip_network("10.30.0.0/16"), ip_network("93.184.216.0/24")))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://a.example/", None),
        ("https://blocked.why.school.internal/", Reason.TEST),
        ("http://BLOCKED.why.school.internal.:8443/a", Reason.TEST),
        ("https://a.blocked.why.school.internal/", None),
        ("https://a.example:8443/", Reason.PORT),
        ("http://a.example:22/", Reason.PORT),
        ("http://93.184.216.34/", Reason.ADDRESS_LITERAL),
        ("http://1572395042/", Reason.ADDRESS_LITERAL),
        ("http://127.0.0.1/", Reason.PRIVATE_ADDRESS),
        ("http://0x7f.1/", Reason.PRIVATE_ADDRESS),
        ("http://2130706433/", Reason.PRIVATE_ADDRESS),
        ("http://0/", Reason.PRIVATE_ADDRESS),
        ("http://10.0.0.1/", Reason.PRIVATE_ADDRESS),
        ("http://169.254.169.254/latest/meta-data", Reason.PRIVATE_ADDRESS),
        ("http://[::1]/", Reason.PRIVATE_ADDRESS),
        ("http://[::ffff:10.0.0.1]/", Reason.PRIVATE_ADDRESS),
        ("http://[64:ff9b::a00:1]/", Reason.PRIVATE_ADDRESS),
        ("http://[2002:a00:1::]/", Reason.PRIVATE_ADDRESS),
        ("http://[2606:2800:220:1::]/", Reason.ADDRESS_LITERAL),
    ],
)
def test_where_policy_names_nothing(url: str, reason: Reason | None) -> None:
    assert refused_by_reach(OPEN, target_of_url(url)) is reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.example:8080/", None),
        ("https://a.example/", Reason.PORT),  # 443 is not among the ports named
        ("http://10.30.0.9:8080/", None),
        ("http://10.31.0.9:8080/", Reason.PRIVATE_ADDRESS),
        ("http://93.184.216.34/", None),
    ],
)
def test_what_policy_names_is_not_refused(url: str, reason: Reason | None) -> None:
    assert refused_by_reach(OURS, target_of_url(url)) is reason


def test_a_name_is_refused_by_its_port_alone() -> None:
    assert refused_by_reach(OPEN, target_of_host("a.example")) is None
    assert refused_by_reach(OPEN, target_of_host("a.example", 22)) is Reason.PORT


@pytest.mark.parametrize(
    ("address", "allowed", "where_named"),
    [
        ("93.184.216.34", True, True),
        ("10.30.0.9", False, True),
        ("10.31.0.9", False, False),
        ("224.0.0.1", False, False),
        ("100.64.0.1", False, False),
        ("2606:2800:220:1::", True, True),
        ("fd00::1", False, False),
        ("ff02::1", False, False),
        ("::ffff:10.30.0.9", False, False),  # an IPv4 network that is named is named as IPv4
        ("64:ff9b::a1e:9", False, True),  # NAT64 of 10.30.0.9
        ("64:ff9b::a1f:9", False, False),
        ("2001:0:1::f5e1:fff6", False, False),  # Teredo of 10.30.0.9
    ],
)
def test_an_address_that_a_name_stands_for(address: str, allowed: bool, where_named: bool) -> None:
    assert address_allowed(OPEN, ip_address(address)) is allowed
    assert address_allowed(OURS, ip_address(address)) is where_named
