"""Where a device reaches the proxy and the portal."""

import pytest

from saywhy.portal.devices.place import DeviceSources, Place

EVERYWHERE = (Place("0.0.0.0", 8080),)
ONE = (Place("10.1.0.5", 8080),)
HERE = (Place("127.0.0.1", 8080),)
BOTH = (Place("::", 8080), Place("0.0.0.0", 8080))


@pytest.mark.parametrize(
    ("listening", "host", "relayed", "proxy"),
    [
        (EVERYWHERE, "10.1.0.5:8081", None, "10.1.0.5:8080"),
        (EVERYWHERE, "filter.school.example:8081", None, "filter.school.example:8080"),
        (EVERYWHERE, "wpad.school.example", None, "wpad.school.example:8080"),
        (EVERYWHERE, "[2001:db8::5]:8081", None, None),
        (BOTH, "[2001:db8::5]:8081", None, "[2001:db8::5]:8080"),
        (ONE, "10.1.0.5:8081", None, "10.1.0.5:8080"),
        (ONE, "filter.school.example:8081", None, "10.1.0.5:8080"),
        (ONE, "10.1.0.6:8081", None, None),
        (HERE, "127.0.0.1:8081", None, "127.0.0.1:8080"),
        (HERE, "localhost:8081", None, "localhost:8080"),
        (HERE, "10.1.0.5:8081", None, None),  # it listens for its own machine alone
        (HERE, "filter.school.example", None, None),
        ((*HERE, *ONE), "10.1.0.5:8081", None, "10.1.0.5:8080"),
        (EVERYWHERE, "why.school.internal", "10.1.0.5:8080", "10.1.0.5:8080"),
        (BOTH, "why.school.internal", "[2001:db8::5]:8080", "[2001:db8::5]:8080"),
        (EVERYWHERE, "why.school.internal", ":0", None),
    ],
)
def test_the_proxy_is_told_as_the_device_reaches_it(
    listening: tuple[Place, ...], host: str, relayed: str | None, proxy: str | None
) -> None:
    found = DeviceSources(listening=listening).proxy_for(host, relayed)
    assert (None if found is None else str(found)) == proxy


def test_what_somebody_said_counts_before_all_that_is_seen() -> None:
    told = Place("filter.school.example", 3128)
    sources = DeviceSources(listening=HERE, portal=Place("0.0.0.0", 8081), told=told)
    assert sources.proxy_for("why.school.internal", "172.17.0.2:8080") == told
    assert sources.portal_for("why.school.internal", "172.17.0.2:8080") == Place("filter.school.example", 8081)


@pytest.mark.parametrize(
    ("portal", "host", "relayed", "at"),
    [
        (Place("0.0.0.0", 8081), "10.1.0.5:8081", None, "10.1.0.5:8081"),
        (Place("0.0.0.0", 80), "filter.school.example", None, "filter.school.example:80"),
        (Place("0.0.0.0", 8081), "why.school.internal", "10.1.0.5:8080", "10.1.0.5:8081"),
        (Place("127.0.0.1", 8081), "why.school.internal", "127.0.0.1:8080", "127.0.0.1:8081"),
        (Place("127.0.0.1", 8081), "why.school.internal", "10.1.0.5:8080", None),
    ],
)
def test_the_portal_without_the_proxy(portal: Place, host: str, relayed: str | None, at: str | None) -> None:
    found = DeviceSources(listening=EVERYWHERE, portal=portal).portal_for(host, relayed)
    assert (None if found is None else str(found)) == at


@pytest.mark.parametrize("text", ["", ":", "a", "a:x", "a:70000", "a:1/b", "u@a:1", "a:1?q", "[::1:1"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.read(text) is None
