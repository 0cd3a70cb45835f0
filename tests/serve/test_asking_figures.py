"""The address of the metrics asked: what answers, what answers with something else, and what does not answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest

from saywhy.observe.health_told import HealthTold, WrongTold
from saywhy.serve.asking_figures import NoAnswerError, ask
from saywhy.serve.settings import Endpoint

FIGURES = b"saywhy_connections 3\n"


def answer(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status.encode(), len(body), body)


@contextmanager
def answering(answers: dict[str, bytes]) -> Iterator[Endpoint]:
    """Answers each path with these bytes; a path that is not there with silence."""
    listening = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def run() -> None:
        while True:
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            path = taken.recv(4_096).split(b" ")[1].decode()
            if path in answers:
                taken.sendall(answers[path])
                taken.close()
            else:
                kept.append(taken)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield Endpoint("127.0.0.1", listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for one in kept:
            one.close()


READY = answer("503 Service Unavailable", b'{"ready": false, "wrong": [{"kind": "lists", "text": "gone"}]}')
NOT_FOUND = answer("404 Not Found", b"Here are /metrics and /healthz.\n")
LINES = answer("503 Service Unavailable", b"worker 2, lists: gone\n")


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        ({"/healthz/ready": READY}, HealthTold(ready=False, wrong=(WrongTold("", "lists", "gone"),))),
        (
            {"/healthz/ready": NOT_FOUND, "/healthz": LINES},
            HealthTold(ready=False, wrong=(WrongTold("worker 2", "lists", "gone"),)),
        ),
        ({"/healthz/ready": NOT_FOUND, "/healthz": answer("200 OK", b"ok\n")}, HealthTold(ready=True)),
        ({}, None),
    ],
    ids=["json", "lines", "ok", "silence"],
)
def test_figures_and_health(health: dict[str, bytes], expected: HealthTold | None) -> None:
    with answering({"/metrics": answer("200 OK", FIGURES), **health}) as address:
        answers = ask(address, within=0.5 if not health else 5)
    assert answers.figures.connections.open == 3
    assert answers.health == expected


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "does not answer within 0.3 seconds"),
        ({"/metrics": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}, "answers with something else"),
        ({"/metrics": b"SSH-2.0-OpenSSH_9.2\r\n"}, "answers with something else"),
        ({"/metrics": answer("200 OK", b"<html>Hello</html>")}, "answers with something else"),
        ({"/metrics": answer("404 Not Found", b"")}, "answers with something else (status 404)"),
    ],
    ids=["silence", "cut", "ssh", "a page", "404"],
)
def test_what_is_no_answer_is_said(answers: dict[str, bytes], said: str) -> None:
    began = monotonic()
    with answering(answers) as address, pytest.raises(NoAnswerError) as refused:
        ask(address, within=0.3 if not answers else 5)
    assert f"{address} {said}" in str(refused.value)
    assert monotonic() - began < 3


def test_nobody_there_is_said() -> None:
    with answering({}) as address:
        pass
    with pytest.raises(NoAnswerError, match="Connection refused"):
        ask(address)
