"""A search that may come from somebody in distress, on real connections: the page that cares in both lanes, and what is written down."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.inside import inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2

CARING = """
care:
  people: [{name: The safeguarding team, where: Room 12}]
searches: {look_for: [self-harm]}
apps:
  find: {label: Find, domains: [good.test, h2.test, fine.test], searches: ["/hello?q={words}"]}
"""
RULE = """
  - id: cares
    block: {categories: [self-harm]}
    locked: true
    care: true
    why: You are not alone.
    decided: {by: Governors, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
"""
POLICY = POLICY.replace("\napps:\n", CARING) + RULE.lstrip("\n")


def inside_tls(proxy: FilterProcess, site: str, path: str) -> bytes:
    with proxy.tunnel(site) as connection:
        connection.sendall(get(f"{site}:{proxy.origin_port}", path))
        return read_all(connection)


def http2(proxy: FilterProcess, site: str, path: str) -> bytes:
    status, body = over_http2(proxy, site, path)
    return f"HTTP/2 {status} \r\n\r\n".encode() + body


@pytest.mark.parametrize("thin", [True, False], ids=["thin lane", "the other lane"])
def test_a_search_brings_the_page_and_its_words_are_kept_nowhere(
    tmp_path: Path, origin: Origin, test_authority: TestAuthority, thin: bool
) -> None:
    proxy = inside(tmp_path, origin.port, test_authority.path, POLICY)
    proxy.thin_lane = thin
    proxy.start()
    try:
        ways: list[tuple[Callable[[FilterProcess, str, str], bytes], str]] = [
            (inside_tls, "fine.test"), (inside_tls, "good.test"), (http2, "h2.test"),
        ]  # fmt: skip
        for ask, site in ways:
            head, _, page = ask(proxy, site, "/hello?q=i+want+to+kill+myself").partition(b"\r\n\r\n")
            assert b" 403 " in head.splitlines()[0]
            assert b"The safeguarding team" in page
            for untold in (b"kill", b"self-harm", b"cares", b"reference"):
                assert untold not in head + page.split(b"</style>")[-1], untold
            assert b" 200 " in ask(proxy, site, "/hello?q=volcano").splitlines()[0]
    finally:
        proxy.stop()
    lines = [json.loads(one) for log in tmp_path.rglob("decisions-*.jsonl") for one in log.read_text().splitlines()]
    cared = [one for one in lines if one.get("care")]
    assert [one["rule"] for one in cared] == ["cares"] * len(ways)
    assert "kill" not in json.dumps(lines)
