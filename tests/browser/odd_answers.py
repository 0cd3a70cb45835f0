"""Answers as odd servers have given them, and an origin that gives them: byte for byte, then its connection closes.

Chromium says what each of them means. Where the filter means otherwise on purpose, `otherwise` says why.
"""

import gzip
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_PAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"


@dataclass(frozen=True, slots=True)
class Odd:
    """An answer. `otherwise`: why the filter does not take it as Chromium does, or passes on another one."""

    data: bytes
    method: str = "GET"
    otherwise: str = ""


def _begun(first: bytes, otherwise: str = "") -> Odd:
    """With an odd first line."""
    return Odd(first + b"\r\nX-A: b\r\n\r\nhello", otherwise=otherwise)


def _named(fields: bytes, body: bytes = b"hello", otherwise: str = "") -> Odd:
    """With odd fields."""
    return Odd(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + body, otherwise=otherwise)


def _chunked(body: bytes, fields: bytes = b"Transfer-Encoding: chunked\r\n", version: bytes = b"1.1") -> Odd:
    return Odd(b"HTTP/" + version + b" 200 OK\r\n" + fields + b"\r\n" + body)


_HELLO: Final = b"5\r\nhello\r\n0\r\n\r\n"
_THREE_DIGITS: Final = "HTTP/2, and strict readers of HTTP/1.1, know statuses of three digits alone"
_NO_HEAD: Final = "a page without a head, or with half of one, could be anything"
_CONTROL: Final = "strict readers refuse control characters: the field is left out"

ODD: Final[dict[str, Odd]] = {
    # the first line
    "plain": _begun(b"HTTP/1.1 200 OK"),
    "version 1.0": _begun(b"HTTP/1.0 404 Not Found"),
    "small letters": _begun(b"http/1.1 200 ok"),
    "mixed letters": _begun(b"hTTp/1.1 200 ok"),
    "no status": _begun(b"HTTP/1.1"),
    "no version": _begun(b"HTTP 201 OK"),
    "no minor version": _begun(b"HTTP/1 201 OK"),
    "version 0.9": _begun(b"HTTP/0.9 201 OK"),
    "version 1.2": _begun(b"HTTP/1.2 201 OK"),
    "version 2": _begun(b"HTTP/2 201"),
    "version 11.1": _begun(b"HTTP/11.1 201 OK"),
    "version 1.10": _begun(b"HTTP/1.10 201 OK"),
    "version of letters": _begun(b"HTTP/a.b 201 OK"),
    "version with more": _begun(b"HTTP/1.1.1 201 OK"),
    "letters after HTTP": _begun(b"HTTPX/1.1 201 OK"),
    "many blanks": _begun(b"HTTP/1.1   201   Fine  thanks"),
    "tab in the line": _begun(b"HTTP/1.1\t201 OK"),
    "no reason": _begun(b"HTTP/1.1 201"),
    "letters on the status": _begun(b"HTTP/1.1 201OK"),
    "status with a point": _begun(b"HTTP/1.1 201.7 OK"),
    "status with a sign": _begun(b"HTTP/1.1 +201 OK"),
    "negative status": _begun(b"HTTP/1.1 -201 OK"),
    "status of letters": _begun(b"HTTP/1.1 abc OK"),
    "status of one digit": _begun(b"HTTP/1.1 2 OK", _THREE_DIGITS),
    "status of two digits": _begun(b"HTTP/1.1 20 OK", _THREE_DIGITS),
    "status of four digits": _begun(b"HTTP/1.1 2000 OK", _THREE_DIGITS),
    "status of ten digits": _begun(b"HTTP/1.1 2000000000 OK", _THREE_DIGITS),
    "status with zeros": _begun(b"HTTP/1.1 0201 OK"),
    "status 0": _begun(b"HTTP/1.1 0 OK", _THREE_DIGITS),
    "status 299": _begun(b"HTTP/1.1 299 OK"),
    "status 599": _begun(b"HTTP/1.1 599 OK"),
    "status 600": _begun(b"HTTP/1.1 600 OK"),
    "status 999": _begun(b"HTTP/1.1 999 OK"),
    "reason in latin": _begun(b"HTTP/1.1 201 Tr\xe8s bien"),
    "reason with controls": _begun(b"HTTP/1.1 201 a\x01b"),
    "empty line before": Odd(b"\r\n" + _PAGE),
    "four bytes before": Odd(b"x\r\n\n" + _PAGE),
    "five bytes before": Odd(b"abc\r\n" + _PAGE),
    "another protocol": _begun(b"ICY 200 OK", _NO_HEAD),
    "no head": Odd(b"hello, this is no answer"),
    "nothing": Odd(b""),
    "the beginning of a line": Odd(b"HTTP/1.1 200 O", otherwise=_NO_HEAD),
    "a head without its end": Odd(b"HTTP/1.1 200 OK\r\nX-A: b\r\n", otherwise=_NO_HEAD),
    # answers before the answer
    "early hints": Odd(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + _PAGE),
    "continue, twice": Odd(b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + _PAGE),
    "early hints, and no more": Odd(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a switch that nobody asked for": Odd(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + _PAGE,
        otherwise="whoever switches protocols speaks no HTTP from there on",
    ),
    "continue with a length": Odd(b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" + _PAGE),
    # fields
    "line feeds": Odd(b"HTTP/1.1 200 OK\nX-A: b\nContent-Length: 5\n\nhello"),
    "a mixed end": Odd(b"HTTP/1.1 200 OK\r\nX-A: b\n\r\nhello"),
    "another mixed end": Odd(b"HTTP/1.1 200 OK\r\nX-A: b\r\n\nhello"),
    "carriage returns alone": Odd(b"HTTP/1.1 200 OK\rX-A: b\rContent-Length: 5\r\n\r\nhello"),
    "two carriage returns": Odd(b"HTTP/1.1 200 OK\r\r\nX-A: b\r\r\n\r\r\nhello", otherwise=_NO_HEAD),
    "a line of blanks": _named(b"X-A: b\r\n \r\nX-B: c\r\n"),
    "folded": _named(b"X-A: b\r\n\t c\r\nX-B: d\r\n"),
    "folded before any field": _named(b" X-A: b\r\nX-B: c\r\n"),
    "folded twice": _named(b"X-A: b\r\n c\r\n d\r\n"),
    "folded length": _named(b"Content-Length:\r\n 5\r\n", b"hello and more"),
    "a fold on a line that is none": _named(b"X-A: b\r\nno colon\r\n c\r\nX-B: d\r\n"),
    "no colon": _named(b"no colon\r\nX-A: b\r\n"),
    "blank in a name": _named(b"X A: b\r\nX-B: c\r\n"),
    "odd bytes in a name": _named(b"X(A): b\r\nX\xe9: c\r\nX-B: d\r\n"),
    "no name": _named(b": b\r\nX-B: c\r\n"),
    "blank before the colon": _named(b"X-A : b\r\nX-B\t: c\r\n"),
    "blank before the colon of a length": _named(b"Content-Length : 5\r\n", b"hello and more"),
    "no value": _named(b"X-A:\r\nX-B: \r\n"),
    "colons in a value": _named(b"X-A: b: c::\r\n"),
    "control in a value": _named(b"X-A: a\x01b\r\nX-B: c\r\n", otherwise=_CONTROL),
    "tab in a value": _named(b"X-A: a\tb\r\n"),
    "delete in a value": _named(b"X-A: a\x7fb\r\nX-B: c\r\n", otherwise=_CONTROL),
    "zero byte in a value": _named(b"X-A: a\0b\r\n"),
    "zero byte in a name": _named(b"X\0A: b\r\n"),
    "form feed around a value": _named(b"X-A: \x0cb\x0c\r\nX-B: \x0b\r\n", otherwise=_CONTROL),
    "latin value": _named(b"X-A: caf\xe9\r\n"),
    "several equal names": _named(b"X-A: b\r\nx-a: c\r\nX-A: d\r\n"),
    "a long value": _named(b"X-A: " + b"y" * 200_000 + b"\r\n"),
    "too long a head": _named(b"X-A: " + b"y" * 300_000 + b"\r\n"),
    "many fields": _named(b"".join(b"X-%d: y\r\n" % number for number in range(2_000))),
    # lengths
    "no length": _named(b""),
    "a length": _named(b"Content-Length: 5\r\n"),
    "a length of zero": _named(b"Content-Length: 0\r\n"),
    "more than the length": _named(b"Content-Length: 5\r\n", b"hello and more"),
    "less than the length": _named(b"Content-Length: 9\r\n"),
    "nothing of the length": _named(b"Content-Length: 9\r\n", b""),
    "a length of letters": _named(b"Content-Length: five\r\n", b"hello and more"),
    "a length with a sign": _named(b"Content-Length: +5\r\n", b"hello and more"),
    "a negative length": _named(b"Content-Length: -5\r\n", b"hello and more"),
    "a length with zeros": _named(b"Content-Length: 0005\r\n", b"hello and more"),
    "a length with a point": _named(b"Content-Length: 5.0\r\n", b"hello and more"),
    "a length with more": _named(b"Content-Length: 5;x\r\n", b"hello and more"),
    "a length with a blank": _named(b"Content-Length: 5 5\r\n", b"hello and more"),
    "a length in hexadecimal": _named(b"Content-Length: 0x5\r\n", b"hello and more"),
    "an empty length": _named(b"Content-Length:\r\n", b"hello and more"),
    "a length beyond 63 bits": _named(b"Content-Length: 9223372036854775808\r\n"),
    "a length beyond 64 bits": _named(b"Content-Length: 18446744073709551621\r\n", b"hello and more"),
    "a length of 19 digits": _named(b"Content-Length: 0000000000000000005\r\n", b"hello and more"),
    "two equal lengths": _named(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello and more"),
    "two equal lengths in one": _named(b"Content-Length: 5, 5\r\n", b"hello and more"),
    "two lengths": _named(b"Content-Length: 5\r\nContent-Length: 6\r\n"),
    "two lengths in one": _named(b"Content-Length: 5, 6\r\n"),
    "a length and an empty one": _named(b"Content-Length: 5\r\nContent-Length:\r\n", b"hello and more"),
    "a length and one of letters": _named(b"Content-Length: 5\r\nContent-Length: x\r\n", b"hello and more"),
    "equal lengths, written differently": _named(b"Content-Length: 5\r\nContent-Length: 05\r\n", b"hello and more"),
    # chunks
    "chunks": _chunked(_HELLO),
    "chunks and a length": _chunked(_HELLO, b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
    "chunks and lengths that differ": _chunked(
        _HELLO, b"Content-Length: 3\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
    ),
    "chunks in capitals": _chunked(_HELLO, b"TRANSFER-ENCODING: CHUNKED\r\n"),
    "chunks of version 1.0": _chunked(_HELLO, version=b"1.0"),
    "chunks of version 1.2": _chunked(_HELLO, version=b"1.2"),
    "chunks of version 2.0": _chunked(_HELLO, version=b"2.0"),
    "chunks without a version": Odd(b"HTTP 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO),
    "gzip, chunked": _chunked(_HELLO, b"Transfer-Encoding: gzip, chunked\r\n"),
    "chunked, gzip": _chunked(_HELLO, b"Transfer-Encoding: chunked, gzip\r\n"),
    "chunked, chunked": _chunked(_HELLO, b"Transfer-Encoding: chunked, chunked\r\n"),
    "chunked in two fields": _chunked(_HELLO, b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
    "chunked with a parameter": _chunked(_HELLO, b"Transfer-Encoding: chunked;q=1\r\n"),
    "chunked in quotes": _chunked(_HELLO, b'Transfer-Encoding: "chunked"\r\n'),
    "chunked with a vertical tab": _chunked(_HELLO, b"Transfer-Encoding: \x0bchunked\r\n"),
    "xchunked": _chunked(_HELLO, b"Transfer-Encoding: xchunked\r\n"),
    "identity": _chunked(_HELLO, b"Transfer-Encoding: identity\r\n"),
    "identity and a length": _chunked(b"hello and more", b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n"),
    "no coding": _chunked(_HELLO, b"Transfer-Encoding:\r\n"),
    "chunked, folded": _chunked(_HELLO, b"Transfer-Encoding:\r\n chunked\r\n"),
    "chunked before a blank and a colon": _chunked(_HELLO, b"Transfer-Encoding : chunked\r\n"),
    "chunks with line feeds": _chunked(b"5\nhello\n0\n\n"),
    "chunks with blanks": _chunked(b"5  \r\nhello\r\n0 \r\n\r\n"),
    "chunks with a blank before": _chunked(b" 5\r\nhello\r\n0\r\n\r\n"),
    "chunks with a tab": _chunked(b"5\t\r\nhello\r\n0\r\n\r\n"),
    "chunks with zeros": _chunked(b"00000000000000000005\r\nhello\r\n000\r\n\r\n"),
    "chunks with extensions": _chunked(b'5;x="y"\r\nhello\r\n0;z\r\n\r\n'),
    "chunks with a blank and an extension": _chunked(b"5 ;x\r\nhello\r\n0\r\n\r\n"),
    "chunks with a long extension": _chunked(b"5;" + b"x" * 15_000 + b"\r\nhello\r\n0\r\n\r\n"),
    "chunks with too long an extension": _chunked(b"5;" + b"x" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"),
    "chunks with a carriage return": _chunked(b"5\rx\r\nhello\r\n0\r\n\r\n"),
    "chunks with two carriage returns": _chunked(b"5\r\r\nhello\r\n0\r\n\r\n"),
    "chunks in capitals and not": _chunked(b"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
    "a chunk in decimal with 0x": _chunked(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a sign": _chunked(b"+5\r\nhello\r\n0\r\n\r\n"),
    "a negative chunk": _chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk without a size": _chunked(b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk of letters": _chunked(b"xyz\r\nhello\r\n0\r\n\r\n"),
    "a chunk with an extension alone": _chunked(b";x\r\nhello\r\n0\r\n\r\n"),
    "a chunk beyond 63 bits": _chunked(b"8000000000000000\r\nhello"),
    "a chunk longer than it said": _chunked(b"5\r\nhello and more\r\n0\r\n\r\n"),
    "a chunk without its end": _chunked(b"5\r\nhello0\r\n\r\n"),
    "a chunk that is cut": _chunked(b"9\r\nhello"),
    "no last chunk": _chunked(b"5\r\nhello\r\n"),
    "no end of the last chunk": _chunked(b"5\r\nhello\r\n0\r\n"),
    "the last chunk without its line": _chunked(b"5\r\nhello\r\n0"),
    "no chunk at all": _chunked(b""),
    "bytes after the last chunk": _chunked(_HELLO + b"and more"),
    "trailers": _chunked(b"5\r\nhello\r\n0\r\nX-A: b\r\nX-B: c\r\n\r\n"),
    "trailers that are none": _chunked(b"5\r\nhello\r\n0\r\nnot: \0 read\r\n: x\r\n y\r\n\r\n"),
    "long trailers": _chunked(b"5\r\nhello\r\n0\r\n" + b"X-A: bbbbbbbbbbbbbbbbbbb\r\n" * 1_000 + b"\r\n"),
    # no body
    "204": Odd(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "204 with bytes": Odd(b"HTTP/1.1 204 No Content\r\n\r\nhello"),
    "204 with a length": Odd(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
    "204 with a length and no bytes": Odd(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"),
    "204 with chunks": Odd(b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO),
    "205": Odd(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello"),
    "304 with bytes": Odd(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello"),
    "HEAD with bytes": Odd(_PAGE, "HEAD"),
    "HEAD with a length": Odd(_PAGE.removesuffix(b"hello"), "HEAD"),
    "HEAD with lengths that differ": Odd(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "HEAD"
    ),
    "HEAD with chunks": Odd(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _HELLO, "HEAD"),
    # what the fields say
    "a redirect": Odd(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\n\r\n"),
    "a redirect to a blank": Odd(b"HTTP/1.1 302 Found\r\nLocation:  /pl/../plain \r\n\r\n"),
    "a redirect in latin": Odd(b"HTTP/1.1 302 Found\r\nLocation: /plain?caf\xe9\r\n\r\n"),
    "a redirect to nowhere": Odd(b"HTTP/1.1 302 Found\r\n\r\nhello"),
    "a redirect to nothing": Odd(b"HTTP/1.1 302 Found\r\nLocation:\r\n\r\nhello"),
    "a redirect to two equal places": Odd(b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nLocation: /plain\r\n\r\n"),
    "a redirect to two places": Odd(
        b"HTTP/1.1 302 Found\r\nLocation: /plain\r\nLocation: /204\r\n\r\n"
    ),
    "a page with two locations": _named(b"Location: /plain\r\nLocation: /204\r\n"),
    "two dispositions": _named(
        b"Content-Disposition: inline\r\nContent-Disposition: attachment\r\n"
    ),
    "two equal dispositions": _named(b"Content-Disposition: inline\r\nContent-Disposition: inline\r\n"),
    "two types": _named(b"Content-Type: text/html\r\nContent-Type: text/plain\r\n"),
    "two types that are one": _named(b"Content-Type: text/html\r\nContent-Type: charset=utf-8\r\n"),
    "gzip": _named(b"Content-Encoding: gzip\r\n", gzip.compress(b"hello", mtime=0)),
    "x-gzip": _named(b"Content-Encoding: X-GZIP\r\n", gzip.compress(b"hello", mtime=0)),
    "gzip with more behind it": _named(b"Content-Encoding: gzip\r\n", gzip.compress(b"hello", mtime=0) + b"more"),
    "gzip that is cut": _named(b"Content-Encoding: gzip\r\n", gzip.compress(b"hello" * 99, mtime=0)[:-9]),
    "gzip that is none": _named(b"Content-Encoding: gzip\r\n"),
    "a coding that nobody knows": _named(b"Content-Encoding: rot13\r\n"),
    "gzip, twice": _named(b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0)),
    "a type that is none": _named(b"Content-Type: what ever\r\n"),
    "what Connection names": _named(
        b"Connection: X-A\r\nX-A: b\r\n", otherwise="what is for one connection alone goes no further"
    ),
    "a connection that closes": _named(b"Connection: close\r\nContent-Length: 5\r\n"),
    "Proxy-Connection": _named(b"Proxy-Connection: keep-alive\r\nContent-Length: 5\r\n"),
    "Keep-Alive": _named(b"Keep-Alive: timeout=5\r\nContent-Length: 5\r\n"),
    "Upgrade": _named(b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 5\r\n"),
    "a cookie that is none": _named(b"Set-Cookie: =;;;\r\nSet-Cookie: a=b\x01\r\n"),
    "407": Odd(
        b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\nhello"
    ),
    "206 that nobody asked for": Odd(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/9\r\n\r\nhello"),
    "416 that nobody asked for": Odd(b"HTTP/1.1 416 No\r\nContent-Range: bytes */9\r\n\r\nhello"),
    "421": Odd(b"HTTP/1.1 421 No\r\n\r\nhello"),
    "408": Odd(b"HTTP/1.1 408 Late\r\nConnection: close\r\n\r\nhello"),
}  # fmt: skip


class OddOrigin:
    """Answers `/NAME` with the odd answer of that name, and `/` with a page."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.shutdown(
            socket.SHUT_RDWR
        )  # else the thread would take the connections of the next socket with this number
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._speak, args=(self._socket.accept()[0],), daemon=True).start()

    def _speak(self, connection: socket.socket) -> None:
        with suppress(OSError, IndexError), connection:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := connection.recv(65_536)):
                    return
                head += piece
            name = head.split(b" ")[1].decode().strip("/").partition("?")[0]
            connection.sendall(ODD[name.replace("_", " ")].data if name.replace("_", " ") in ODD else _PAGE)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):  # so that what is still unread resets nothing
                pass
