"""Grants found by looking up are those that asking each in turn would find."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saywhy.decide.grants as grants_module
from saywhy.decide.access import Access, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.grants import Grants
from saywhy.decide.matching import facts_of
from saywhy.policy.address import path_to_compare
from saywhy.policy.criterion import Key
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from tests.decide.conftest import MONDAY_TEN, engine

SCHOOL = engine([])
DEVICES = ("10.30.9.1", "10.30.9.2", "10.30.0.0/16", "fd00::1", "fd00::/64", "0.0.0.0/0")
scopes = st.one_of(
    st.sampled_from(["students", "year9", "staff"]).map(lambda group: GrantScope(frozenset({group}))),
    st.sampled_from(DEVICES).map(lambda device: GrantScope(device=device)),
    st.sampled_from(DEVICES).map(lambda device: GrantScope(frozenset({"year9"}), device)),
)
whats = st.sampled_from(
    [
        GrantTarget(site="a.example"),
        GrantTarget(site="example"),
        GrantTarget(app="tiktok"),
        GrantTarget(page=parse_pattern("a.example/watch")),
        GrantTarget(page=parse_pattern("a.example/*/x")),
        GrantTarget(page=parse_pattern("example/watch?v=1")),
    ]
)
granted = st.lists(
    st.builds(
        lambda who, what, start, hours: Grant(
            "g",
            who,
            what,
            MONDAY_TEN + timedelta(hours=start),
            MONDAY_TEN + timedelta(hours=start + hours),
            weighed=frozenset({ANY_RULE}),
        ),
        scopes,
        whats,
        st.integers(-3, 3),
        st.integers(1, 4),
    ),
    max_size=12,
)
targets: st.SearchStrategy[Target] = st.sampled_from(
    [
        target_of_host("www.a.example"),
        target_of_url("https://a.example/watch/1?v=1"),
        target_of_url("https://www.a.example/y/x"),
        target_of_url("https://b.example/Watch?v=1"),
        target_of_url("https://m.tiktok.com/"),
    ]
)


def holds(grant: Grant, access: Access) -> bool:
    """Whether one grant opens the access, asked of it alone (its key is known to be right)."""
    if not grant.starts <= access.at < grant.ends:
        return False
    network, device = grant.who.network, access.subject.device
    by_device = network is not None and device is not None and device.version == network.version and device in network
    if not by_device and not grant.who.groups & access.subject.groups:
        return False
    page, url = grant.what.page, access.target.url
    return page is None or (url is not None and page.covers_path(path_to_compare(url.path), url.query))


def key_of(grant: Grant) -> Key:
    what = grant.what
    return ("app", what.app) if what.app else ("host", what.site or (what.page.host if what.page else ""))


@settings(max_examples=300)
@given(
    granted,
    targets,
    st.sampled_from(["year9", "staff"]),
    st.sampled_from([None, "10.30.9.1", "fd00::1"]),
    st.integers(-4, 7),
)
def test_the_first_that_holds_is_found(
    grants: list[Grant], target: Target, group: str, device: str | None, hours: int
) -> None:
    subject = subject_in(SCHOOL.policy, (group,), device=None if device is None else ip_address(device))
    access = Access(subject, target, MONDAY_TEN + timedelta(hours=hours))
    keys = facts_of(SCHOOL, access).keys
    asked = (one for key in keys for one in grants if key_of(one) == key and holds(one, access))
    assert Grants(grants).opening(access, keys, SCHOOL.policy.default) is next(asked, None)


def test_many_grants_for_one_site_are_not_read_through(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        Grant(
            str(n),
            GrantScope(device=f"10.{n // 250}.{n % 250}.1"),
            GrantTarget(site="a.example"),
            MONDAY_TEN,
            MONDAY_TEN + timedelta(hours=1),
            weighed=frozenset({ANY_RULE}),
        )
        for n in range(5_000)
    ]
    grants = Grants(many)
    subject = subject_in(SCHOOL.policy, ("year9",), device=ip_address("10.7.9.1"))
    access = Access(subject, target_of_host("a.example"), datetime(2026, 11, 23, 10, 30, tzinfo=UTC))
    looked_at: list[float] = []
    look = grants_module._Held.first

    def counting(held: grants_module._Held, at: float) -> object:
        looked_at.append(at)
        return look(held, at)

    monkeypatch.setattr(grants_module._Held, "first", counting)
    assert grants.opening(access, [("host", "a.example")], SCHOOL.policy.default) is many[7 * 250 + 9]
    assert len(looked_at) == 1
