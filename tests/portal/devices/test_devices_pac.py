"""The PAC file, run by a real engine (that of Playwright's Node)."""

import json
import subprocess
from pathlib import Path

import playwright
import pytest

from saywhy.portal.devices.pac import pac_file
from saywhy.portal.devices.place import Place

NODE = Path(playwright.__file__).parent / "driver" / "node"
PROXY = "PROXY 10.1.0.5:8080"
WAYS = {
    "https://www.example.org/": PROXY,
    "http://why.school.internal/check": PROXY,
    "https://trust.why.school.internal/": PROXY,
    "http://intranet.school.example/": PROXY,
    "http://93.184.216.34/": PROXY,
    "http://10.1.0.9/": PROXY,
    "http://10.1.0.5:9090/": PROXY,  # the filter's machine, but not its portal
    "http://10.1.0.5:8081.evil.example/": PROXY,
    "http://[2001:db8::9]/": PROXY,  # no dot in it, and no local name
    "http://1572395042/": PROXY,  # an address, written as one number
    "http://0x5db8d822/": PROXY,
    "http://127.0.0.1.evil.example/": PROXY,
    "http://notlocal/": "DIRECT",
    "http://evillocal.example/": PROXY,
    "http://printer/": "DIRECT",
    "http://PRINTER.local/": "DIRECT",
    "http://printer.local./": "DIRECT",
    "http://localhost:3000/": "DIRECT",
    "http://app.localhost/": "DIRECT",
    "http://127.0.0.1:8000/": "DIRECT",
    "http://[::1]/": "DIRECT",
    "http://10.1.0.5:8081/proxy.pac": "DIRECT",
}


def ways(pac: str, urls: list[str]) -> list[str]:
    """What the function says of each address; hosts as Chromium hands them over, IPv6 ones with and without brackets."""
    script = f"""{pac}
    const asked = {json.dumps(urls)};
    const host = url => url.replace(/^[a-z]+:\\/\\//, "").replace(/\\/.*$/, "").replace(/:[0-9]+$/, "");
    const bare = url => host(url).replace(/^\\[|\\]$/g, "");
    for (const url of asked) if (FindProxyForURL(url, host(url)) !== FindProxyForURL(url, bare(url))) throw url;
    console.log(JSON.stringify(asked.map(url => FindProxyForURL(url, bare(url)))));"""
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_everything_but_what_is_near_goes_through_the_filter_and_nothing_around_it() -> None:
    pac = pac_file(Place("10.1.0.5", 8080), Place("10.1.0.5", 8081))
    assert dict(zip(WAYS, ways(pac, list(WAYS)), strict=True)) == WAYS
    assert pac.isascii()


@pytest.mark.parametrize(
    ("portal", "way"), [(None, PROXY), (Place("filter.school.example", 80), "DIRECT")], ids=["without", "with"]
)
def test_a_portal_on_the_usual_port_and_none(portal: Place | None, way: str) -> None:
    assert ways(pac_file(Place("10.1.0.5", 8080), portal), ["http://filter.school.example/check"]) == [way]


def test_an_ipv6_proxy_stands_in_brackets() -> None:
    assert ways(pac_file(Place("2001:db8::5", 8080), None), ["http://a.example/"]) == ["PROXY [2001:db8::5]:8080"]
