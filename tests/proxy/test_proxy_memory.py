"""Memory is given back after a wave of connections, and not all the time."""

from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL

from saywhy.proxy.memory import AT_MOST_EVERY, ENOUGH, MemoryTrim, fresh_buffers, trim
from tests.wire.certificates import TestAuthority


@pytest.mark.parametrize(("ended", "times"), [(0, 0), (ENOUGH - 1, 0), (ENOUGH, 1), (10 * ENOUGH, 1)])
def test_it_takes_a_wave(ended: int, times: int) -> None:
    given: list[None] = []
    back = MemoryTrim(lambda: given.append(None))
    for _ in range(ended):
        back.count()
    back.look(1000)
    back.look(1000 + 2 * AT_MOST_EVERY)
    assert len(given) == times


def test_not_more_often_than_now_and_then() -> None:
    given: list[float] = []
    back = MemoryTrim(lambda: given.append(now))
    for second in range(0, 300, 10):
        now = float(second)
        for _ in range(ENOUGH):
            back.count()
        back.look(now)
    assert given == [0, 60, 120, 180, 240]


def test_glibc_takes_it() -> None:
    trim()


def test_buffers_are_exchanged_where_nothing_waits_in_them(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path)
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    leaf = str(authority.leaf("a.test"))
    context.use_privatekey_file(leaf)
    context.use_certificate_file(leaf)
    here, there = SSL.Connection(context), SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    here.set_accept_state()
    there.set_connect_state()
    for _ in range(4):
        for one, other in ((there, here), (here, there)):
            with suppress(SSL.WantReadError):
                one.do_handshake()
            carry(one, other)
    for size in (100, 100_000):
        for one, other in ((there, here), (here, there)):
            one.sendall(bytes(size))
            fresh_buffers(one)  # what was written is still to be fetched: nothing happens
            carry(one, other)
            fresh_buffers(one)
            fresh_buffers(other)  # what came is still to be read
            received = 0
            while received < size:
                received += len(other.recv(65_536))
            fresh_buffers(other)


def carry(one: SSL.Connection, other: SSL.Connection) -> None:
    with suppress(SSL.WantReadError):
        while True:
            other.bio_write(one.bio_read(65_536))
