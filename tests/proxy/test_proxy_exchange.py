"""A request and its answer between two ends that are lists; cut at any place the client has the same."""

import itertools
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.http.answers import AnswerBuffer, AnswerHead
from saywhy.proxy.lane.exchange import Exchange
from saywhy.proxy.lane.plain_request import Place, PlainRequest, read_plain
from saywhy.proxy.lane.verdict import Verdict


class Client:
    """The client's side."""

    def __init__(self) -> None:
        self.sent = b""
        self.said: list[object] = []

    def send(self, data: bytes) -> None:
        self.sent += data

    def take_head(self, answer: AnswerHead) -> bool:
        self.said.append(answer.status)
        return True

    def ask_again(self) -> None:
        self.said.append("again")

    def broke(self) -> None:
        self.said.append("broke")

    def unanswered(self, error: str) -> None:
        self.said.append(error)

    def cut(self) -> None:
        self.said.append("cut")

    def await_kinds(self, answer: AnswerHead) -> None:
        """No rule about files."""

    def waits_on(self) -> None:
        raise AssertionError

    def refuse_kinds(self, closed: object) -> None:
        raise AssertionError

    def answered(self, *, keeps: bool) -> None:
        self.said.append(("answered", keeps))

    def read_client(self, wanted: bool) -> None:
        self.said.append(("read", wanted))


class Origin:
    """The origin's side, which is its own transport."""

    usable = True
    why_gone = ""

    verdict = Verdict("1", "192.0.2.1", "https", "good.test", 443)

    def __init__(self, answered: int = 0) -> None:
        self.buffer, self.answered, self.bound, self.asks = AnswerBuffer(), answered, False, None
        self.transport = self
        self.sent = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.closed, self.asks = True, None


def request(method: str = "GET", *fields: str) -> PlainRequest:
    lines = "\r\n".join([f"{method} /a HTTP/1.1", "Host: good.test", *fields, "", ""])
    read = read_plain(lines.encode(), Place("https", "good.test", 443))
    assert read is not None
    return read


def begun(asked: PlainRequest, answered: int = 0) -> tuple[Client, Origin, Exchange]:
    client, origin = Client(), Origin(answered)
    exchange = Exchange(client, asked, cast("Any", None))
    exchange.begin(cast("Any", origin))
    return client, origin, exchange


OK = b"HTTP/1.1 200 OK\r\n"
FIVE = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX: y\r\n\r\n"
AS_CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWERS = [
    (FIVE, True, FIVE, "kept"),
    (OK + b"Content-Length: 0\r\n\r\n", True, OK + b"Content-Length: 0\r\n\r\n", "kept"),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + FIVE, True, FIVE, "kept"),
    (b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", True, b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", "kept"),
    (FIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\nAlt-Svc: h3\r\n\r\n"), True, FIVE, "closed"),
    (FIVE + b"more", True, FIVE, "closed"),
    (FIVE.replace(b"HTTP/1.1", b"HTTP/1.0"), True, FIVE, "closed"),
]


@given(answer=st.sampled_from(ANSWERS), cuts=st.lists(st.integers(1, 120)))
def test_a_whole_answer_is_passed_on_however_it_comes(answer: tuple[bytes, bool, bytes, str], cuts: list[int]) -> None:
    said, keeps, passed, origin_is = answer
    client, origin, exchange = begun(request())
    for piece in pieces(said, cuts):
        if origin.asks is not None:
            exchange.answer_came(piece)
    assert client.sent == passed
    assert client.said[-1] == ("answered", keeps)
    whole_at_once = origin_is == "closed" and not said.endswith(b"more")
    assert origin.closed is whole_at_once or said.endswith(b"more")


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(cuts=st.lists(st.integers(1, 120)))
def test_chunks_are_written_anew(cuts: list[int]) -> None:
    client, origin, exchange = begun(request())
    for piece in pieces(CHUNKS, cuts):
        exchange.answer_came(piece)
    assert client.sent.startswith(AS_CHUNKS)
    assert client.sent.endswith(b"0\r\n\r\n")
    assert sum(client.sent.count(letter) for letter in (b"llo", b"X: y")) <= 1
    assert client.said[-1] == ("answered", True)
    assert not origin.closed


def test_what_has_no_length_ends_with_its_connection() -> None:
    client, _, exchange = begun(request())
    exchange.answer_came(OK + b"\r\nhe")
    exchange.answer_came(b"llo")
    exchange.answer_ended("")
    assert client.sent == AS_CHUNKS + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    assert client.said[-1] == ("answered", True)


@pytest.mark.parametrize(
    ("said", "error"), [(OK + b"\r\nhe", "OpenSSL Error"), (FIVE[:-2], ""), (CHUNKS[:-6], ""), (CHUNKS[:60], "")]
)
def test_what_is_cut_short_is_never_whole(said: bytes, error: str) -> None:
    client, origin, exchange = begun(request())
    exchange.answer_came(said)
    exchange.answer_ended(error)
    assert client.said[-1] == "cut"
    assert not client.sent.endswith(b"0\r\n\r\n")
    assert origin.closed


def test_a_malformed_chunk_cuts_the_answer() -> None:
    client, _, exchange = begun(request())
    exchange.answer_came(AS_CHUNKS + b"2\r\nhex\r\n")
    assert client.said[-1] == "cut"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 O"])
def test_without_a_head_there_is_no_answer(said: bytes) -> None:
    client, _, exchange = begun(request())
    if said:
        exchange.answer_came(said)
    exchange.answer_ended("")
    assert client.said == ["the head of the answer is cut short" if said else "server closed connection"]
    assert client.sent == b""


@pytest.mark.parametrize(
    ("method", "answered", "said"),
    [("GET", 1, "again"), ("GET", 0, "server closed connection"), ("POST", 1, "server closed connection")],
)
def test_a_kept_connection_that_had_closed_is_nobodys_fault(method: str, answered: int, said: str) -> None:
    client, _, exchange = begun(request(method), answered)
    exchange.answer_ended("")
    assert client.said == [said]


def test_an_origin_that_has_gone_with_its_handshake_is_told_at_once() -> None:
    client, origin = Client(), Origin()
    origin.usable, origin.why_gone = False, "gone"
    Exchange(client, request(), cast("Any", None)).begin(cast("Any", origin))
    assert client.said == ["gone"]
    assert origin.sent == b""


def test_another_connection_may_be_the_right_one_once() -> None:
    client, _, exchange = begun(request())
    misdirected = b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"
    exchange.answer_came(misdirected)
    assert client.said == ["again"]
    exchange.begin(cast("Any", Origin()))
    exchange.answer_came(misdirected)
    assert client.said == ["again", 421, ("answered", True)]


@pytest.mark.parametrize(
    ("fields", "answer"),
    [(["Authorization: NTLM abc"], FIVE), ([], FIVE.replace(b"\r\n\r\n", b"\r\nWWW-Authenticate: Negotiate\r\n\r\n"))],
)
def test_a_connection_on_which_somebody_signs_in_is_bound(fields: list[str], answer: bytes) -> None:
    _, origin, exchange = begun(request("GET", *fields))
    exchange.answer_came(answer)
    assert origin.bound


def test_a_body_goes_on_in_pieces_also_where_the_answer_comes_before_its_end() -> None:
    client, origin, exchange = begun(request("POST", "Content-Length: 10"))
    exchange.send_body(b"12345")
    assert origin.sent.endswith(b"Content-Length: 10\r\n\r\n12345")
    assert not exchange.waits
    exchange.answer_came(FIVE)
    assert client.said == [200]
    exchange.send_body(b"67890")
    assert origin.sent.endswith(b"1234567890")
    assert client.said[-1] == ("answered", True)


def test_while_the_origin_takes_nothing_the_client_is_not_read() -> None:
    client, _, exchange = begun(request("POST", "Content-Length: 10"))
    exchange.origin_is_full()
    exchange.origin_takes_more()
    assert client.said == [("read", False), ("read", True)]
