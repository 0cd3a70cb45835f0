"""The filter with a real PostgreSQL: what is asked and permitted is there, and filtering does not need it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.exceptions.postgresql_server import Server, postgresql_server
from tests.wire.filter_process import FilterProcess
from tests.wire.test_wire_blocked import get
from tests.wire.test_wire_workers import permitted


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # not in pytest's own folder, which is closed to other users
    with TemporaryDirectory(prefix="saywhy-postgresql-") as folder, postgresql_server(Path(folder)) as running:
        yield running


@pytest.fixture
def beside_postgresql(own_filter: FilterProcess, server: Server) -> FilterProcess:
    own_filter.environment = {"SAYWHY_DATABASE": server.empty()}
    return own_filter


def status(proxy: FilterProcess, host: str) -> int:
    with proxy.connect() as connection:
        connection.sendall(get(f"{host}:{proxy.origin_port}", f"http://{host}:{proxy.origin_port}/"))
        return int(connection.recv(65_536).split(b" ")[1])


def test_permits_are_kept_there_and_hold_while_it_does_not_answer(
    beside_postgresql: FilterProcess, server: Server
) -> None:
    proxy = beside_postgresql
    proxy.start()
    assert proxy.password("it")
    assert not (proxy.state / "saywhy.sqlite3").exists()
    assert status(proxy, "blocked.test") == 403
    permitted(proxy, "blocked.test", "blocked")
    proxy.wait_for(lambda: status(proxy, "blocked.test") == 200, "the permit", 5)
    os.kill(server.process, signal.SIGSTOP)  # what is asked of it hangs
    try:
        assert status(proxy, "blocked.test") == 200
        assert status(proxy, "locked.test") == 403
        assert status(proxy, "good.test") == 200
    finally:
        os.kill(server.process, signal.SIGCONT)


def test_a_start_while_it_is_away_filters_and_finds_it_later(own_filter: FilterProcess, server: Server) -> None:
    own_filter.environment = {"SAYWHY_DATABASE": f"postgresql://saywhy:secret@127.0.0.1:{server.port}/not_yet"}
    own_filter.start()
    assert status(own_filter, "blocked.test") == 403
    assert status(own_filter, "good.test") == 200
    assert "not_yet" in own_filter.output
    assert "secret" not in own_filter.output
    server._run("CREATE DATABASE not_yet")
    own_filter.wait_for(lambda: "The store can be used now" in own_filter.output, "it to be found", 60)
    assert own_filter.password("it")
