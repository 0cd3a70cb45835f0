"""The listening sockets, as supervisor and workers hand them on."""

import os
import socket

import pytest

from saywhy.serve.first_start import StartError
from saywhy.serve.listen_sockets import ListenSockets, sockets_from_parent
from saywhy.serve.settings import Endpoint
from tests.wire.filter_process import free_port


def test_a_worker_takes_what_came_before_it_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    sockets = ListenSockets([Endpoint("127.0.0.1", port), Endpoint("::1", port)])
    with socket.create_connection(("127.0.0.1", port)) as early:
        for name, descriptor in sockets.descriptors.items():
            monkeypatch.setenv(name, str(os.dup(descriptor)))
        sockets.close()
        sockets.close()
        four, six = sockets_from_parent(2)
        assert six.family is socket.AF_INET6
        taken, _ = four.accept()
        with taken:
            taken.sendall(b"!")
            assert early.recv(1) == b"!"
    four.close()
    six.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_where_one_is_taken_none_is_kept() -> None:
    free, taken = free_port(), free_port()
    with socket.create_server(("127.0.0.1", taken)):
        with pytest.raises(StartError, match=f"127.0.0.1:{taken} cannot be listened on"):
            ListenSockets([Endpoint("127.0.0.1", free), Endpoint("127.0.0.1", taken)])
        socket.create_server(("127.0.0.1", free)).close()


def test_a_queue_that_nobody_takes_from_is_full_once_no_more_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saywhy.serve.listen_sockets.BACKLOG", 2)
    port = free_port()
    sockets = ListenSockets([Endpoint("127.0.0.1", port)])
    waiting = []
    for _ in range(2):
        assert sockets.full == []
        waiting.append(socket.create_connection(("127.0.0.1", port)))
    assert sockets.full == [f"127.0.0.1:{port}"]
    with socket.socket(fileno=os.dup(next(iter(sockets.descriptors.values())))) as worker:
        worker.accept()[0].close()
        assert sockets.full == []
    for one in waiting:
        one.close()
    sockets.close()
