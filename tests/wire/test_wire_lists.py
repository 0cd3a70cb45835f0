"""Lists that are added and taken away while the filter runs."""

import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.http2_client import Http2Client
from tests.wire.inside import InsideProxy, inside
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_relay import issuer
from tests.wire.test_wire_reload import metric, status

BETS = """
categories:
  gambling: {label: Gambling, domains: [bets.test]}
rules:
  - id: bets
    block: {categories: [gambling]}
    why: {risk: Betting takes your money.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def lists(own_filter: FilterProcess, *arguments: object) -> int:
    command = [str(Path(sys.executable).with_name("saywhy")), "lists", *map(str, arguments)]
    command += ["--lists", str(own_filter.state / "lists")]
    return subprocess.run(command, check=False, capture_output=True).returncode


def test_a_list_is_in_force_within_seconds_and_a_failed_update_is_counted(
    own_filter: FilterProcess, origin: Origin
) -> None:
    own_filter.policy = POLICY.replace("rules:", BETS.strip(), 1)
    own_filter.start()
    assert (status(own_filter, "good.test"), status(own_filter, "fine.test")) == (200, 200)
    source = own_filter.folder / "names.txt"
    source.write_text("good.test\nother.example\nmore.example\n")
    assert lists(own_filter, "add", "mine/bets", source, "--category", "gambling") == 0
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 403, "the list to be taken", 5)
    assert status(own_filter, "fine.test") == 200
    own_filter.wait_for(lambda: '"categories":["gambling"]' in own_filter.decisions, "the line in the log", 5)

    source.write_text("fine.test\n")
    assert lists(own_filter, "update") == 1
    own_filter.wait_for(
        lambda: metric(own_filter, "saywhy_list_update_failures_total") == 1, "the failure to be counted", 5
    )
    assert (status(own_filter, "good.test"), status(own_filter, "fine.test")) == (403, 200)

    assert lists(own_filter, "remove", "mine/bets") == 0
    own_filter.wait_for(lambda: status(own_filter, "good.test") == 200, "the list to be gone", 5)


def test_an_expression_has_its_own_hosts_decrypted_and_no_other(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.policy = POLICY.replace("rules:", BETS.strip(), 1)
    own_filter.start()
    source = own_filter.folder / "bets"
    source.mkdir()
    (source / "domains").write_text("casino.example\n")
    (source / "expressions").write_text("^[0-9.]+/search\n(^|[./-])poker([./-]|$)\n")
    assert lists(own_filter, "add", "bets", source, "--category", "gambling") == 0
    own_filter.wait_for(lambda: metric(own_filter, "saywhy_listed_names") >= 1, "the list to be taken", 5)
    assert "Test origins" in decrypted_by(own_filter, "fine.test")

    (source / "expressions").write_text("^[0-9.]+/search\n^fine\\.test/poker\n")
    assert lists(own_filter, "update") == 0
    own_filter.wait_for(lambda: "Test School" in decrypted_by(own_filter, "fine.test"), "the site to be looked into", 5)


def decrypted_by(own_filter: FilterProcess, host: str) -> str:
    try:
        with own_filter.tunnel(host) as connection:
            return issuer(connection)
    except ssl.SSLEOFError:  # a relay that began just before the change is ended by it
        return ""


def test_a_sealed_address_is_closed_and_never_written_down(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    page = f"http://good.test:{own_filter.origin_port}/secret-page?id=7"
    source = own_filter.folder / "sealed.txt"
    source.write_text(f"{page}\n")
    command = [str(Path(sys.executable).with_name("saywhy")), "lists", "seal", "iwf", str(source), "--kind", "urls"]
    sealed = subprocess.run([*command, "--state", str(own_filter.state)], check=False, capture_output=True, text=True)
    assert (sealed.returncode, "secret" in sealed.stdout) == (0, False), sealed.stderr

    def asked() -> bytes:
        with own_filter.connect() as connection:
            connection.sendall(get(f"good.test:{own_filter.origin_port}", page))
            return read_all(connection)

    own_filter.wait_for(lambda: b" 403 " in asked()[:20], "the sealed list to be taken", 5)
    answer = asked()
    assert b"Internet Watch Foundation" in answer or b"against the law" in answer
    assert b"good.test" not in answer
    assert b"secret-page" not in answer
    assert status(own_filter, "good.test") == 200
    own_filter.wait_for(lambda: '"reason":"locked"' in own_filter.decisions, "the log")
    locked = [line for line in own_filter.decisions.splitlines() if '"reason":"locked"' in line]
    assert all(line.count("(not written down)") == 2 for line in locked)  # host and path: a list may hold a whole site
    assert not any(word in line for line in locked for word in ("secret", "good.test"))

    shutil.rmtree(own_filter.state / "lists/.sealed")
    own_filter.wait_for(lambda: "ALARM" in own_filter.output, "the alarm", 5)
    assert b" 403 " in asked()[:20]
    assert metric(own_filter, 'saywhy_faults_total{kind="sealed"}') == 1


@pytest.fixture
def proxy(tmp_path: Path, origin: Origin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    """A filter whose lists are taken when a test says so."""
    one = inside(tmp_path, origin.port, test_authority.path, POLICY.replace("rules:", BETS.strip(), 1))
    one.start()
    yield one
    one.stop()


def test_lists_that_are_exchanged_under_load_count_from_the_next_request_on(proxy: InsideProxy) -> None:
    """Kept connections of every kind, asked at once after each exchange, while others ask all the time."""
    source = proxy.folder / "names.txt"
    source.write_text("good.test\nother.example\n")
    assert lists(proxy, "add", "mine/bets", source, "--category", "gambling") == 0
    ending = threading.Event()
    busy = [threading.Thread(target=ask_until, args=(proxy, ending)) for _ in range(4)]
    for one in busy:
        one.start()
    try:
        with Http2Client(proxy, "goodrsa.test") as client, proxy.connect() as plain:
            for number in range(4):
                closed = ("good.test", "goodrsa.test")[number % 2]
                source.write_text(f"{closed}\nother.example\n")
                assert lists(proxy, "update") == 0
                proxy.parts.engine_watch.poll()
                for host in ("good.test", "goodrsa.test"):
                    authority = f"{host}:{proxy.origin_port}"
                    plain.sendall(get(authority, f"http://{authority}/"))
                    answer = read_all(plain)
                    assert answer.startswith(b"HTTP/1.1 403 " if host == closed else b"HTTP/1.1 200 "), (number, answer)
                assert client.answer(client.ask("/")).status == (403 if closed == "goodrsa.test" else 200)
    finally:
        ending.set()
        for one in busy:
            one.join(20)


def test_a_relay_ends_when_a_list_closes_its_site(proxy: InsideProxy) -> None:
    source = proxy.folder / "names.txt"
    source.write_text("fine.test\n")
    with proxy.tunnel("fine.test") as relayed:
        assert "Test origins" in issuer(relayed)
        assert lists(proxy, "add", "mine/bets", source, "--category", "gambling") == 0
        proxy.parts.engine_watch.poll()
        relayed.settimeout(5)
        with suppress(OSError):
            assert relayed.recv(100) == b""


def ask_until(proxy: InsideProxy, ending: threading.Event) -> None:
    while not ending.is_set():
        with proxy.connect() as connection:
            for host in ("good.test", "blocked.test", "goodrsa.test") * 5:
                authority = f"{host}:{proxy.origin_port}"
                connection.sendall(get(authority, f"http://{authority}/"))
                assert read_all(connection)
