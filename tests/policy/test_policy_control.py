"""What a service offers to networks: which hosts it is for, and how it is told."""

import pytest

from saywhy.policy.address import canonical_url
from saywhy.policy.control import Control, Means
from saywhy.policy.pattern import parse_pattern

BING = Control(
    "bing", "safe_search", hosts=frozenset({"www.bing.example"}), domains=frozenset({"edge.bing.example"}),
    closed=frozenset({"cn.bing.example"}), refused_at=(parse_pattern("login.bing.example/refused"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("host", "is_for"),
    [
        ("www.bing.example", True),
        ("x.www.bing.example", False),
        ("edge.bing.example", True),
        ("a.b.edge.bing.example", True),
        ("bing.example", False),
        ("cn.bing.example", False),
        ("www.cn.bing.example", False),
    ],
)
def test_hosts_are_alone_and_domains_have_subdomains(host: str, is_for: bool) -> None:
    assert BING.is_for(host) is is_for


@pytest.mark.parametrize(
    ("address", "refuses"),
    [
        ("https://login.bing.example/refused?continue=x", True),
        ("https://login.bing.example//REFUSED/more", True),
        ("https://login.bing.example/refusedly", False),
        ("https://www.bing.example/refused", False),
    ],
)
def test_where_it_sends_wrong_accounts(address: str, refuses: bool) -> None:
    assert BING.refuses_at(canonical_url(address)) is refuses


@pytest.mark.parametrize(
    ("means", "relayed", "inside"),
    [
        (Means("safe.example"), "by connecting to safe.example", "by connecting to safe.example"),
        (Means("safe.example", (("a", "1"),)), "by connecting to safe.example", "by the header a: 1"),
        (Means(headers=(("a", "1"), ("b", "2"))), "by the header a: 1 and b: 2", "by the header a: 1 and b: 2"),
        (Means(parameters=(("vm", "r"),)), "by the parameter vm=r", "by the parameter vm=r"),
    ],
)
def test_how_it_is_switched_on_is_told(means: Means, relayed: str, inside: str) -> None:
    assert (means.told(inside=False), means.told(inside=True)) == (relayed, inside)
    assert means.needs_inside is not bool(means.address)
