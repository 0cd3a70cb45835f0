from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from saywhy.policy.grant import Grant, GrantError, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern

NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)
WHO = GrantScope(groups=frozenset({"year9"}))
WHAT = GrantTarget(site="example.org")


def test_a_grant_names_a_group_or_a_device() -> None:
    with pytest.raises(GrantError, match="names a group or a device"):
        GrantScope()
    assert WHO.network is None
    assert GrantScope(device="10.30.7.9").network == ip_network("10.30.7.9/32")


def test_a_device_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        GrantScope(device="the library")


@pytest.mark.parametrize(
    ("page", "site", "app"),
    [
        (False, None, None),
        (True, "example.org", None),
        (False, "example.org", "tiktok"),
        (True, "example.org", "tiktok"),
    ],
)
def test_a_grant_opens_exactly_one_thing(page: bool, site: str | None, app: str | None) -> None:
    with pytest.raises(GrantError, match="exactly one"):
        GrantTarget(parse_pattern("example.org/a") if page else None, site, app)


@pytest.mark.parametrize("ends", [NOON, NOON - timedelta(seconds=1)])
def test_a_grant_ends_after_it_starts(ends: datetime) -> None:
    with pytest.raises(GrantError, match="ends after it starts"):
        Grant("g1", WHO, WHAT, NOON, ends)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(NOON.replace(tzinfo=None), NOON + timedelta(hours=1)), (NOON, (NOON + timedelta(hours=1)).replace(tzinfo=None))],
)
def test_a_grant_knows_its_time_zone(starts: datetime, ends: datetime) -> None:
    with pytest.raises(GrantError, match="time zone"):
        Grant("g1", WHO, WHAT, starts, ends)
