"""A client takes nothing for an answer that the origin did not say."""

import socket
import threading
from collections.abc import Iterator

import pytest

from bench.peers import client
from bench.peers.client import Answer, WrongAnswerError


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello",
    ],
    ids=["length", "chunks", "until the end"],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_answer_is_read_whole_however_it_arrives(
    ends: tuple[socket.socket, socket.socket], wire: bytes, step: int
) -> None:
    ours, theirs = ends

    def say() -> None:
        for start in range(0, len(wire), step):
            theirs.sendall(wire[start : start + step])
        theirs.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=say)
    thread.start()
    answer = client.get(ours, client.request("a.test", "/page"))
    thread.join()
    assert (answer.status, answer.body) == (200, b"hello")
    client.expect(answer, b"hello")


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"SSH-2.0-x\r\n\r\n",
    ],
)
def test_half_an_answer_is_none(ends: tuple[socket.socket, socket.socket], wire: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(wire)
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(WrongAnswerError):
        client.get(ours, client.request("a.test", "/page"))


@pytest.mark.parametrize("answer", [Answer(403, b"", b"hello"), Answer(200, b"", b"hullo"), Answer(200, b"", b"")])
def test_another_page_is_no_page(answer: Answer) -> None:
    with pytest.raises(WrongAnswerError):
        client.expect(answer, b"hello")


def test_a_block_page_has_the_proxys_own_words() -> None:
    client.expect_page(Answer(403, b"", b"<p>not at school</p>"), b"not at school")
    for body in (b"", b"not at school", b"<p>welcome</p>"):
        with pytest.raises(WrongAnswerError):
            client.expect_page(Answer(403, b"", body), b"not at school")


@pytest.mark.parametrize(("status", "leads_to"), [(302, "http://page.test/x"), (200, None)])
def test_only_a_redirect_leads_elsewhere(status: int, leads_to: str | None) -> None:
    assert client.location(Answer(status, b"X: y\r\nLocation: http://page.test/x\r\n", b"")) == leads_to
