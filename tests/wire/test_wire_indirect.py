"""Ways that lead somewhere else than their address says: another address inside it, and DNS inside web traffic."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from saywhy.explain.reference import References
from saywhy.serve.secret import REFERENCES, derived, ensure_secret
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.origin import Origin

HIDDEN_DNS = """
  - id: hidden-dns
    block: {categories: [encrypted-dns]}
    for: [students]
    why: It hides which names are looked up.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
carriers:
  reader: {domains: [fine.test], addresses: ["/read?page={address}"]}
"""


@pytest.fixture(scope="module")
def reading(
    shared_origin: Origin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    """A filter that knows a carrier and closes hidden DNS."""
    folder = tmp_path_factory.mktemp("indirect")
    process = FilterProcess(folder, shared_origin.port, test_authority.path, policy=POLICY.rstrip() + HIDDEN_DNS)
    process.start()
    yield process
    process.stop()


def answered(filtering: FilterProcess, host: str, path: str, headers: str = "", body: str = "") -> bytes:
    method = "POST" if body else "GET"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    with filtering.tunnel(host) as connection:
        named = f"{host}:{filtering.origin_port}"
        connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {named}\r\n{length}{headers}\r\n{body}".encode())
        return read_all(connection)


@pytest.mark.parametrize(
    "address", ["blocked.test/x", "https%3A%2F%2Fwww.blocked.test%2F", "https%253A%252F%252FBLOCKED.test", "//paths.test/shorts"]
)  # fmt: skip
def test_an_address_inside_a_carriers_is_decided_on(reading: FilterProcess, origin: Origin, address: str) -> None:
    answer = answered(reading, "fine.test", f"/read?page={address}")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"inside fine.test" in answer
    assert origin.connections == []


def test_its_allowed_twin_is_served(reading: FilterProcess, origin: Origin) -> None:
    assert b"hello from fine.test" in answered(reading, "fine.test", "/read?page=https%3A%2F%2Fgood.test%2F")
    assert b"hello from fine.test" in answered(reading, "fine.test", "/")
    assert origin.bytes_for("fine.test").count(b"GET ") == 2


def test_what_is_asked_for_is_the_site_inside(reading: FilterProcess) -> None:
    text = answered(reading, "fine.test", "/read?page=https%3A%2F%2Fblocked.test%2Fvideo%3Fsecret%3D1").decode()
    found = re.search(r"/ask/([\w.~-]+)", text)
    assert found is not None
    references = References(derived(ensure_secret(reading.state / "secret.key"), REFERENCES))
    reference = references.read(found[1], datetime.now(UTC))
    assert (reference.host, reference.url, reference.rule) == ("blocked.test", "https://blocked.test/video", "blocked")
    reading.wait_for(lambda: '"rule":"blocked"' in reading.decisions, "the line in the log", 5)
    blocked = [one for one in map(json.loads, reading.decisions.splitlines()) if one["rule"] == "blocked"]
    assert {one["host"] for one in blocked} == {"fine.test"}
    assert "secret" not in reading.decisions


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/dns-query?dns=AAABAAABAAAAAAAA", "", ""),
        ("/anything", "Accept: application/dns-message\r\n", ""),
        ("/anything", "Content-Type: application/dns-message\r\n", "xx"),
        ("/anything", "Accept: text/html\r\nAccept: Application/DNS-Message;q=0.5\r\n", ""),
    ],
)
def test_hidden_dns_is_known_by_its_form(
    reading: FilterProcess, origin: Origin, path: str, headers: str, body: str
) -> None:
    answer = answered(reading, "good.test", path, headers, body)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"hidden-dns" in answer or b"It hides which names are looked up." in answer
    assert origin.connections == []


def test_other_requests_to_the_same_host_are_served(reading: FilterProcess, origin: Origin) -> None:
    answer = answered(reading, "good.test", "/dns-query", "Accept: text/html\r\n")
    assert not answer.startswith(b"HTTP/1.1 403 ")
    assert origin.connections
