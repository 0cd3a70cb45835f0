"""Issuers' certificates are fetched within bounds, shared, and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from saywhy.proxy.tls.issuers import (
    FAILURE_KEPT_SECONDS,
    KEPT_SECONDS,
    MOST_BYTES,
    MOST_KEPT,
    Issuers,
    read_certificates,
)
from tests.wire.issuing import issue

ONE = issue(None, "One", ca=True)
BUNDLE = pkcs7.serialize_certificates([ONE.certificate], serialization.Encoding.DER)
AT = "http://aia.test/one"
OK = b"HTTP/1.1 200 OK\r\n"


class Server:
    """Answers every connection with the same bytes, once `may_answer`. Counts them, and keeps what was asked."""

    def __init__(self, answer: bytes, *, stays: bool = False) -> None:
        self.answer = answer
        self.stays = stays
        self.asked: list[bytes] = []
        self.opened: list[tuple[str, int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        await self.may_answer.wait()
        writer.write(self.answer)
        if self.stays:
            await reader.read()
        writer.close()

    async def open(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.opened.append((host, port))
        return await asyncio.open_connection("127.0.0.1", self.port)

    def run[T](self, do: Callable[[], Awaitable[T]]) -> T:
        async def running() -> T:
            server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            async with server:
                return await do()

        return asyncio.run(running())


def answer(body: bytes, head: bytes = OK) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def fetched(server: Server, address: str = AT) -> int:
    issuers = Issuers(server.open)
    return len(server.run(lambda: issuers.at(address)))


@pytest.mark.parametrize(
    "sent",
    [
        answer(ONE.der),
        answer(ONE.pem),
        answer(BUNDLE),
        OK + b"\r\n" + ONE.der,
        OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(ONE.der) + ONE.der + b"\r\n0\r\n\r\n",
    ],
    ids=["DER", "PEM", "PKCS#7", "until the end", "in chunks"],
)
def test_a_certificate_is_read_however_it_is_sent(sent: bytes) -> None:
    assert fetched(Server(sent)) == 1


@pytest.mark.parametrize(
    "sent",
    [
        answer(b"nothing"),
        answer(b""),
        answer(ONE.der, b"HTTP/1.1 404 Not Found\r\n"),
        answer(b"", b"HTTP/1.1 302 Found\r\nLocation: http://aia.test/two\r\n"),
        answer(ONE.der + bytes(MOST_BYTES)),
        answer(ONE.der)[:-1],
        OK + b"X: " + b"x" * 100_000,
        b"\x16\x03\x01",
        b"",
    ],
    ids=["no certificate", "empty", "not there", "elsewhere", "too long", "cut", "a long head", "no HTTP", "hung up"],
)
def test_anything_else_gives_nothing(sent: bytes) -> None:
    server = Server(sent)
    assert fetched(server) == 0
    assert len(server.opened) == 1


def test_what_is_sent_says_nothing_about_who_asks() -> None:
    server = Server(answer(ONE.der))
    fetched(server, "http://AIA.test:8080/one?two")
    assert server.opened == [("aia.test", 8080)]
    assert server.asked[0].lower() == (
        b"get /one?two http/1.1\r\nhost: aia.test:8080\r\naccept: */*\r\nconnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    "address", ["https://aia.test/", "ldap://aia.test/", "http://", "http://a b/", "", "http://x/" + "x" * 9_000]
)
def test_only_an_address_of_http_is_gone_to(address: str) -> None:
    server = Server(answer(ONE.der))
    assert fetched(server, address) == 0
    assert server.opened == []


def test_where_one_may_not_connect_to_there_is_nothing() -> None:
    async def refuse(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise ConnectionRefusedError(host, port)

    assert asyncio.run(Issuers(refuse).at(AT)) == ()


def test_a_fetch_has_its_time() -> None:
    server = Server(b"", stays=True)
    issuers = Issuers(server.open, limit=0.05)
    assert server.run(lambda: issuers.at(AT)) == ()


def test_all_who_wait_share_one_fetch_and_one_who_leaves_ends_it_for_nobody() -> None:
    server = Server(answer(ONE.der))
    issuers = Issuers(server.open)

    async def several() -> list[object]:
        server.may_answer.clear()
        waiting = [asyncio.create_task(issuers.at(AT)) for _ in range(30)]
        await asyncio.sleep(0)
        waiting.pop().cancel()
        server.may_answer.set()
        return list(await asyncio.gather(*waiting))

    assert server.run(several) == [(ONE.certificate,)] * 29
    assert len(server.opened) == 1


@pytest.mark.parametrize(("sent", "seconds"), [(answer(ONE.der), KEPT_SECONDS), (b"", FAILURE_KEPT_SECONDS)])
def test_what_came_of_it_is_kept_for_a_while(sent: bytes, seconds: float) -> None:
    server = Server(sent)
    now = [0.0]
    issuers = Issuers(server.open, clock=lambda: now[0])
    counts = []

    async def again() -> None:
        for at in (0.0, seconds - 1, seconds + 1):
            now[0] = at
            await issuers.at(AT)
            counts.append(len(server.opened))

    server.run(again)
    assert counts == [1, 1, 2]


def test_no_more_is_kept_than_the_limit() -> None:
    async def refuse(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise ConnectionRefusedError(host, port)

    issuers = Issuers(refuse)

    async def many() -> None:
        for number in range(MOST_KEPT + 20):
            await issuers.at(f"http://aia.test/{number}")

    asyncio.run(many())
    assert len(issuers._kept) == MOST_KEPT


def test_of_a_bundle_a_few_are_taken() -> None:
    many = pkcs7.serialize_certificates([ONE.certificate] * 50, serialization.Encoding.DER)
    assert len(read_certificates(many)) <= 8
