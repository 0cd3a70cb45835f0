"""Handshakes are counted as what they were: full ones, sessions taken up again, and those that were saved."""

from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from OpenSSL import SSL
from prometheus_client import CollectorRegistry

from saywhy.observe.lane_figures import HANDSHAKES, LaneFigures
from saywhy.proxy.mitm.handshake_counts import HandshakeCounts
from saywhy.proxy.tls.resumption import is_resumed
from tests.wire.certificates import TestAuthority

type Ends = tuple[SSL.Connection, SSL.Connection]


def shaken(client: SSL.Connection, server: SSL.Connection) -> Ends:
    """Two ends in memory, after their handshake and a word from the server, with which tickets come (RFC 8446 4.6.1)."""
    client.set_connect_state()
    server.set_accept_state()
    pairs = ((client, server), (server, client))
    for _ in range(4):
        for one, other in pairs:
            with suppress(SSL.WantReadError):
                one.do_handshake()
            with suppress(SSL.WantReadError):
                other.bio_write(one.bio_read(65_536))
    server.send(b"hello")
    client.bio_write(server.bio_read(65_536))
    assert client.recv(16) == b"hello"
    return client, server


@pytest.fixture
def ends(tmp_path: Path) -> list[Ends]:
    """A full handshake, and one that takes its session up again: the client's end and the server's."""
    serving, asking = SSL.Context(SSL.TLS_SERVER_METHOD), SSL.Context(SSL.TLS_CLIENT_METHOD)
    leaf = str(TestAuthority(tmp_path).leaf("good.test"))
    serving.use_certificate_chain_file(leaf)
    serving.use_privatekey_file(leaf)
    serving.set_session_id(b"saywhy")
    first = shaken(SSL.Connection(asking, None), SSL.Connection(serving, None))
    session = first[0].get_session()
    assert session is not None
    again = SSL.Connection(asking, None)
    again.set_session(session)
    return [first, shaken(again, SSL.Connection(serving, None))]


def test_both_ends_know_whether_a_session_was_taken_up(ends: list[Ends]) -> None:
    assert [[is_resumed(one) for one in both] for both in ends] == [[False, False], [True, True]]


def test_each_is_counted_as_what_it_was(ends: list[Ends]) -> None:
    registry = CollectorRegistry()
    counts = HandshakeCounts(LaneFigures(registry))
    for client, server in ends:
        counts.tls_established_client(cast("Any", SimpleNamespace(ssl_conn=server)))
        counts.tls_established_server(cast("Any", SimpleNamespace(ssl_conn=client)))
    for connected in (None, 1.0, 3.0):  # none; there already; made for this request
        server_conn, request = SimpleNamespace(timestamp_tls_setup=connected), SimpleNamespace(timestamp_start=2.0)
        counts.responseheaders(cast("Any", SimpleNamespace(server_conn=server_conn, request=request)))
    for side, kind in HANDSHAKES:
        assert registry.get_sample_value("saywhy_handshakes_total", {"side": side, "kind": kind}) == 1, (side, kind)
