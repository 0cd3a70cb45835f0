"""The self-test on the wire: it passes through a healthy filter, and its names lead nobody anywhere else."""

import urllib.request
from contextlib import suppress

import pytest
from prometheus_client.parser import text_string_to_metric_families

from saywhy.policy.address import canonical_url
from saywhy.policy.own_hosts import TEST_BLOCKED, TEST_INSPECTED, TEST_RELAYED
from saywhy.proxy.lane.own_origin import TOLD
from saywhy.serve.selfcheck.checks import Check, tried
from saywhy.serve.selfcheck.outcome import Outcome, found_at
from saywhy.serve.selfcheck.through_proxy import ThroughProxy
from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.http2_client import Http2Client
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get

OPEN = TOLD.encode()


def figures(process: FilterProcess) -> dict[str, float]:
    """What a scrape has, summed over labels but for the lane and the check."""
    with urllib.request.urlopen(f"http://127.0.0.1:{process.metrics_port}/metrics") as answer:
        text = answer.read().decode()
    found: dict[str, float] = {}
    for sample in (one for family in text_string_to_metric_families(text) for one in family.samples):
        name = " ".join([sample.name, *(sample.labels[key] for key in ("lane", "check") if key in sample.labels)])
        found[name] = found.get(name, 0.0) + sample.value
    return found


@pytest.mark.parametrize("check", list(Check))
def test_each_check_passes_through_a_healthy_filter(running: FilterProcess, check: Check) -> None:
    result = tried(check, ThroughProxy("127.0.0.1", running.listen_port, running.ca))
    assert (result.wrong, result.let_through) == ("", False)
    assert bool(result.found.reference) != check.startswith("allowed")


def test_no_figure_of_decisions_and_no_log_has_it_and_each_lane_is_met(running: FilterProcess) -> None:
    decided, log = figures(running), running.decisions
    for check in Check:
        tried(check, ThroughProxy("127.0.0.1", running.listen_port, running.ca))
    ended = "saywhy_request_duration_seconds_count"
    for lane, more in (("thin", 5), ("layers", 2)):
        wanted = decided[f"{ended} {lane}"] + more
        running.wait_for(lambda name=f"{ended} {lane}", wanted=wanted: figures(running)[name] >= wanted, lane)
    now = figures(running)
    same = ("saywhy_decisions_total", "saywhy_rule_decisions_total", "saywhy_category_decisions_total")
    assert [now.get(name) for name in same] == [decided.get(name) for name in same]
    assert running.decisions == log
    assert not [name for name in now if name.startswith("saywhy_selftest")]  # it was switched off here


@pytest.mark.parametrize(
    ("asked", "head"),
    [
        (f"GET http://{TEST_INSPECTED}:PORT/ HTTP/1.1\r\nHost: {TEST_INSPECTED}:PORT\r\n\r\n", b"HTTP/1.1 403 "),
        (f"GET http://{TEST_INSPECTED}:22/ HTTP/1.1\r\nHost: {TEST_INSPECTED}:22\r\n\r\n", b"HTTP/1.1 403 "),
        (f"GET http://{TEST_INSPECTED}:443/ HTTP/1.1\r\nHost: {TEST_INSPECTED}:443\r\n\r\n", b"HTTP/1.1 50"),
        (f"GET http://127.0.0.1:80/ HTTP/1.1\r\nHost: {TEST_INSPECTED}\r\n\r\n", b"HTTP/1.1 "),
        (f"GET http://{TEST_BLOCKED}/ HTTP/1.1\r\nHost: {TEST_INSPECTED}\r\n\r\n", b"HTTP/1.1 403 "),
        (f"POST http://{TEST_BLOCKED}/ HTTP/1.1\r\nHost: {TEST_BLOCKED}\r\nContent-Length: 1\r\n\r\nx", b"HTTP/1.1 403 "),
    ],
)  # fmt: skip
def test_its_names_lead_to_no_other_port_and_close_what_is_closed(
    running: FilterProcess, origin: Origin, asked: str, head: bytes
) -> None:
    with running.connect() as connection:
        connection.sendall(asked.replace("PORT", str(running.origin_port)).encode())
        answer = read_all(connection)
    assert answer.startswith(head)
    assert OPEN not in answer
    assert origin.connections == []


def test_a_websocket_gets_the_one_answer_and_no_tunnel(running: FilterProcess) -> None:
    upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    with running.tunnel(TEST_INSPECTED, 443, alpn=["http/1.1"]) as connection:
        connection.sendall(get(TEST_INSPECTED, headers=upgrade))
        assert b" 101 " not in read_all(connection).partition(b"\r\n")[0]


def test_another_name_inside_the_tunnel_is_not_spoken_to(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel(TEST_INSPECTED, 443, alpn=["http/1.1"]) as connection:
        connection.sendall(get(f"good.test:{running.origin_port}"))
        assert read_all(connection).startswith(b"HTTP/1.1 400 ")
    with running.connect() as connection:
        connection.sendall(f"CONNECT {TEST_RELAYED}:{running.origin_port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert read_head(connection).startswith(b"HTTP/1.1 ")
        with suppress(ConnectionError):  # what is no web is not passed on to anybody
            connection.sendall(b"SSH-2.0-x\r\n")
            assert connection.recv(100) == b""
    assert origin.connections == []


def test_over_http2_no_other_name_is_spoken_to_in_a_tunnel(running: FilterProcess) -> None:
    with Http2Client(running, TEST_BLOCKED) as client:
        client.authority = TEST_INSPECTED
        answer = client.answer(client.ask("/"))
    assert (answer.status, OPEN in answer.body) == (400, False)


def test_the_supervisor_runs_it_and_tells(own_filter: FilterProcess) -> None:
    own_filter.environment = {"SAYWHY_SELF_TEST": "on"}
    own_filter.start()
    own_filter.wait_for(lambda: "saywhy_selftest_timestamp_seconds" in figures(own_filter), "a run")
    found = figures(own_filter)
    assert {check: found[f"saywhy_selftest_ok {check}"] for check in Check} == dict.fromkeys(Check, 1)
    assert found["saywhy_selftest_let_through"] == 0
    with urllib.request.urlopen(f"http://127.0.0.1:{own_filter.metrics_port}/healthz") as answer:
        assert answer.read() == b"ok\n"


def test_mitmdump_has_none_and_its_names_end_in_a_refusal(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    through = ThroughProxy("127.0.0.1", mitmdump.listen_port, mitmdump.ca)
    found = {name: found_at(through, canonical_url(f"http://{name}/")) for name in (TEST_BLOCKED, TEST_INSPECTED)}
    assert found[TEST_BLOCKED].outcome is Outcome.BLOCKED
    assert found[TEST_INSPECTED].outcome is Outcome.FAULT
    assert origin.connections == []
