"""Requests said well and badly, in the kinds that parsers of HTTP/1.1 are tried with, and what has to come of each.

`{at}` is the scheme and authority where a whole address is wanted (to the proxy itself), and nothing in a tunnel; `{host}`
is what Host has to say. A case ends with a plain request for `/end`, which is answered where the connection goes on.
"""

from dataclasses import dataclass

BAD = (400,)
UNCLEAR = (400, 200)  # refused for what it says, not for how it is framed: the connection goes on
CUT = ()  # the connection ends without a word, or waits
SERVED = (200, 200)  # and the connection goes on


@dataclass(frozen=True, slots=True)
class Case:
    """`comes`: the statuses of the answers, that of `/end` among them, at the proxy itself. `end`: `/end` is asked for."""

    name: str
    data: bytes
    comes: tuple[int, ...]
    end: bool = True
    inside: tuple[int, ...] | None = None  # in CONNECT, where that is something else

    def statuses(self, *, inside: bool) -> tuple[int, ...]:
        """What comes."""
        return self.inside if inside and self.inside is not None else self.comes

    def pieces(self, *, inside: bool) -> tuple[bytes, ...]:
        """What is sent: the case and its end apart, so that the end does not hang on it."""
        end = b"GET {at}/end HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" if self.end else b""
        at = b"" if inside else b"http://good.test:{port}"
        return tuple(
            one.replace(b"{at}", at).replace(b"{host}", b"good.test:{port}") for one in (self.data, end) if one
        )


def _line(name: str, line: bytes, comes: tuple[int, ...], more: bytes = b"") -> Case:
    return Case(f"line: {name}", line + b"\r\nHost: {host}\r\n" + more + b"\r\n", comes)


def _head(name: str, lines: bytes, comes: tuple[int, ...]) -> Case:
    return Case(f"head: {name}", b"GET {at}/ HTTP/1.1\r\n" + lines + b"\r\n", comes)


def _field(name: str, lines: bytes, comes: tuple[int, ...] = SERVED) -> Case:
    return _head(name, b"Host: {host}\r\n" + lines, comes)


def _body(name: str, lines: bytes, body: bytes, comes: tuple[int, ...], method: bytes = b"POST") -> Case:
    return Case(f"body: {name}", method + b" {at}/ HTTP/1.1\r\nHost: {host}\r\n" + lines + b"\r\n" + body, comes)


_METHODS = [
    *(_line(one.decode(), one + b" {at}/ HTTP/1.1", SERVED) for one in (
        b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"PROPFIND", b"REPORT", b"SEARCH", b"SOURCE", b"MKCOL",
    )),
    _line("TRACE", b"TRACE {at}/ HTTP/1.1", SERVED),
    _line("a method that nobody knows", b"ABRA {at}/ HTTP/1.1", SERVED),
    _line("a method of 60 letters", b"A" * 60 + b" {at}/ HTTP/1.1", SERVED),
    _line("M-SEARCH", b"M-SEARCH {at}/ HTTP/1.1", CUT),  # the front door wants three capitals first
    _line("GET in lower case", b"get {at}/ HTTP/1.1", CUT),
    _line("a method with a slash", b"GET/ {at}/ HTTP/1.1", BAD),
    _line("a method with a comma", b"GET,POST {at}/ HTTP/1.1", BAD),
    _line("PRI of HTTP/2", b"PRI * HTTP/2.0", BAD),
]  # fmt: skip

_TARGETS = [
    *(_line(f"target {one!r}", b"GET {at}" + one + b" HTTP/1.1", SERVED) for one in (
        b"/", b"/a/b/c.html", b"/?", b"/?a=b&c=d", b"/a;b=c,d", b"/a%20b", b"/%c3%a9", b"/a//b", b"/./a", b"/a/../b", b"/..", b"/a'b(c)", b"/a|b",
        b"/a[b]", b"/a{b}", b"/a^b", b"/a%5cb", b"/%", b"/%zz", b"/a`b", b'/a"b', b"/<a>", b"/a?b?c", b"/a?b=%", b"/a?b=%zz", b"/a:80", b"/@a", b"/a@b", b"/a=b", b"/~a", b"/*", b"/a?http://blocked.test/",
        b"/" + b"a" * 8_000, b"/?" + b"a" * 30_000,
    )),
    *(_line(f"target {one!r}", b"GET {at}" + one + b" HTTP/1.1", UNCLEAR) for one in (b"/%2e%2e%2fa", b"/a%00b", b"/%c0%af")),
    *(_line(f"target {one!r}", b"GET {at}" + one + b" HTTP/1.1", BAD) for one in (b"/a b", b"/a\tb", b"/a\x0bb", b"/a\x7fb", b"/a\0b")),
    *(_line(f"target {one!r}", b"GET {at}" + one + b" HTTP/1.1", SERVED) for one in (b"/a#b", b"/#", b"/a\\b")),
    Case("line: a target in UTF-8", b"GET {at}/\xc3\xa9 HTTP/1.1\r\nHost: {host}\r\n\r\n", BAD, inside=SERVED),
    Case("line: a target that is no UTF-8", b"GET {at}/\xff HTTP/1.1\r\nHost: {host}\r\n\r\n", BAD, inside=UNCLEAR),
    _line("target of the whole server", b"OPTIONS * HTTP/1.1", SERVED),
    _line("no slash", b"GET {at}a HTTP/1.1", BAD),
    _line("a query alone", b"GET {at}?a HTTP/1.1", BAD),
    _line("a closed path", b"GET {at}/never HTTP/1.1", (403, 200)),
    _line("a closed path, encoded", b"GET {at}/%6eever HTTP/1.1", (403, 200)),
    _line("a closed path, by dots", b"GET {at}/a/../never HTTP/1.1", (403, 200)),
    _line("a closed path, doubled slash", b"GET {at}//never HTTP/1.1", (403, 200)),
    _line("a closed path, in capitals", b"GET {at}/NEVER HTTP/1.1", (403, 200)),
    _line("a closed path, posted to", b"POST {at}/never HTTP/1.1", (403, 200), b"Content-Length: 0\r\n"),
    _line("a closed path, HEAD", b"HEAD {at}/never HTTP/1.1", (403, 200)),
]  # fmt: skip

_VERSIONS = [
    _line("HTTP/1.0", b"GET {at}/ HTTP/1.0", (200,)),
    _line("HTTP/1.0 that keeps", b"GET {at}/ HTTP/1.0", SERVED, b"Connection: keep-alive\r\n"),
    *(_line(f"version {one!r}", b"GET {at}/" + one, BAD) for one in (
        b" HTTP/1.2", b" HTTP/2.0", b" HTTP/0.9", b" HTTP/1.", b" HTTP/1", b" HTTP/11.1", b" HTTP/1.1.1", b" HTTP/ 1.1", b" HTTP\\1.1", b" http/1.1", b" HTTP/1,1",
        b" HTTP/+1.1", b" HTTP/1.1 ", b" HTTP/1.1\t", b" HTTP/1.1 HTTP/1.1", b"  HTTP/1.1", b"\tHTTP/1.1", b" HTTP/1.1\0", b" ICE/1.0", b"",
    )),
]  # fmt: skip

_HOSTS = [
    *(_head(f"Host {one!r}", b"Host:" + one + b"\r\n", SERVED) for one in (
        b" {host}", b"{host}", b"\t{host}", b"  {host}  ", b" {host}\t", b" GOOD.test:{port}", b" good.test.:{port}", b" good%2etest:{port}",
    )),
    *(_head(f"Host {one!r}", b"Host:" + one + b"\r\n", UNCLEAR) for one in (
        b" good.test:0{port}", b"", b" ", b"\xa0{host}", b" good.test\xad:{port}", b" \xa0{host}\xa0", b" good test", b" a@{host}", b" {host}/", b" {host}?", b" {host}#", b" {host},{host}", b" {host}, {host}", b" http://{host}", b" good.test:x", b" :{port}", b" [::1", b" good..test:{port}",
        b" good.test:999999", b" good.test:-1", b" good.test:+{port}", b" {host} {host}", b" good.test:{port}:{port}",
    )),
    Case("head: a Host in UTF-8", b"GET {at}/ HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", SERVED, inside=UNCLEAR),  # it counts for nothing beside a whole address
    _head("Host in capitals", b"HOST: {host}\r\n", SERVED),
    _head("Host after others", b"X: y\r\nHost: {host}\r\nZ: z\r\n", SERVED),
    _head("no Host", b"", UNCLEAR),
    _head("two Hosts", b"Host: {host}\r\nHost: {host}\r\n", BAD),
    _head("two Hosts in two cases", b"Host: {host}\r\nhost: {host}\r\n", BAD),
    _head("Host folded", b"Host:\r\n {host}\r\n", BAD),
    _head("Host with a space before its colon", b"Host : {host}\r\n", BAD),
]  # fmt: skip

_FIELDS = [
    *(_field(f"{one!r}", one + b"\r\n") for one in (
        b"X:", b"X: ", b"X:\t", b"X:y", b"X:  y  ", b"X: a:b", b"X: \xc3\xa9", b"X: \xff", b"X: a\tb", b"x-Y_z.1!#$%&'*+^`|~: 1", b"X: y\r\nX: z", b"X: y\r\nx: z", b"X: ,", b"0: 1", b"_: 1",
        b"Cookie: a=b\r\nCookie: c=d", b"Cookie: ", b"Cookie: a=b; c=d", b"Cookie:a=b\r\nX: y\r\ncookie:c=d", b"Accept: */*", b"Accept: a\r\nAccept: b", b"Content-Type: text/html\r\nContent-Type: a",
        b"TE: trailers", b"TE: gzip", b"Trailer: X", b"Keep-Alive: timeout=5", b"Proxy-Authorization: Basic eDp5", b"Proxy-Authenticate: x", b"HTTP2-Settings: x", b"Authorization: NTLM x",
        b"Authorization: Basic eDp5", b"X-Forwarded-For: 1.2.3.4", b"Via: 1.1 x", b"Forwarded: for=1.2.3.4", b"Alt-Used: x", b"Range: bytes=0-", b"If-None-Match: *", b"Max-Forwards: 0", b"Upgrade-Insecure-Requests: 1",
        b"X-HTTP-Method-Override: DELETE", b"X-Method-Override: GET", b"Content-Encoding: gzip", b"Accept-Encoding: gzip, br, zstd", b"Sec-Fetch-Dest: image", b"Origin: null", b"Pragma: no-cache",
        b"Content-Disposition: attachment", b"Content-Range: bytes 0-1/2", b"Early-Data: 1", b"Priority: u=1", b"X: " + b"y" * 60_000,
    )),
    *(_field(f"{one!r}", one + b"\r\n", BAD) for one in (
        b"X : y", b"X\t: y", b" X: y", b"\tX: y", b": y", b"X", b"X y: z", b"X(: y", b"X\xc3\xa9: y", b"X[]: y", b"X: a\0b", b"X: a\x01b", b"X: a\x7fb", b"X: a\x0bb", b"X: a\x0cb", b"X: a\rb", b"X: a\r", b"X: a\n", b"X: a\nY: b",
        b"X: a\r\n b", b"X: a\r\n\tb", b"X: a\r\n ", b"X\0: a", b"\0", b"X:\0", b'"X": y', b"X;: y", b"\xef\xbb\xbfX: y", b"X: a\r\n: b", b"X: a\r\r\n", b"\r",
    )),
    _field("70,000 bytes in a field", b"X: " + b"y" * 70_000 + b"\r\n", (431,)),
    _field("70,000 bytes in many", b"X: yyyyyyyyyyyy\r\n" * 4_200, (431,)),
    Case("head: bare line feeds", b"GET {at}/ HTTP/1.1\nHost: {host}\n\n", BAD),
    Case("head: a bare line feed at its end", b"GET {at}/ HTTP/1.1\r\nHost: {host}\r\n\n", BAD),
    Case("head: a bare line feed after the first line", b"GET {at}/ HTTP/1.1\nHost: {host}\r\n\r\n", BAD),
    Case("head: bare returns", b"GET {at}/ HTTP/1.1\rHost: {host}\r\r", BAD),
]  # fmt: skip

_CONNECTIONS = [
    *(_field(f"Connection {one!r}", b"Connection:" + one + b"\r\n", (200,)) for one in (
        b" close", b"close", b" Close", b" CLOSE ", b" close, X", b" X,close", b" keep-alive, close", b" close, close", b" ,close,", b" close\r\nConnection: keep-alive", b" keep-alive\r\nConnection: close", b" \tclose\t",
    )),
    *(_field(f"Connection {one!r}", b"Connection:" + one + b"\r\nX: secret\r\nY: z\r\n") for one in (
        b" keep-alive", b" Keep-Alive", b"", b" ,", b" X", b" x, y", b" keep-alive, X", b" close2", b" closed", b"  , X", b" te", b" TE, X", b" Cookie", b" Keep-Alive\r\nConnection: X", b" X; close", b' "close"', b" clo se", b" upgrade",
        b" X, X", b" Proxy-Authorization", b" accept", b" authorization", b" expect", b" connection",
    )),
    *(_field(f"Connection {one!r}", b"Connection:" + one + b"\r\n", BAD) for one in (
        b" Host", b" keep-alive, host", b" content-length", b" Transfer-Encoding", b" X\r\nConnection: host", b" content-type",
    )),
    _field("Proxy-Connection: close", b"Proxy-Connection: close\r\n", (200,)),
    _field("Proxy-Connection: keep-alive", b"Proxy-Connection: Keep-Alive\r\n"),
    _field("Proxy-Connection: x, close", b"Proxy-Connection: x, close\r\n", (200,)),
    _field("Connection and Proxy-Connection that differ", b"Connection: keep-alive\r\nProxy-Connection: close\r\n", (200,)),
    _field("two of Proxy-Connection", b"Proxy-Connection: keep-alive\r\nProxy-Connection: keep-alive\r\n"),
]  # fmt: skip

_LENGTHS = [
    _body("a length", b"Content-Length: 5\r\n", b"hello", SERVED),
    _body("a length of nought", b"Content-Length: 0\r\n", b"", SERVED),
    _body("no length", b"", b"", SERVED),
    _body("a length without a space", b"Content-Length:5\r\n", b"hello", SERVED),
    _body("a length with blanks", b"Content-Length: \t 5 \t\r\n", b"hello", SERVED),
    _body("a length, in capitals", b"CONTENT-LENGTH: 5\r\n", b"hello", SERVED),
    *(_body(f"{method.decode()} with a body", b"Content-Length: 5\r\n", b"hello", SERVED, method) for method in (b"GET", b"HEAD", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"PROPFIND")),
    *(_body(f"{method.decode()} with chunks", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", SERVED, method) for method in (b"GET", b"HEAD", b"PUT", b"DELETE")),
    _body("a length of 100,000", b"Content-Length: 100000\r\n", b"x" * 100_000, SERVED),
    _body("a body that is a request", b"Content-Length: 38\r\n", b"GET /smuggled HTTP/1.1\r\nHost: a\r\nX: y\r\n"[:38], SERVED),
    _body("less than the length", b"Content-Length: 5000\r\n", b"hello", CUT),
    _body("more than the length", b"Content-Length: 5\r\n", b"hello\r\n", SERVED),
    _body("junk after the length", b"Content-Length: 5\r\n", b"hello?junk", (200, 400)),
    *(_body(f"the length {one!r}", b"Content-Length:" + one + b"\r\n", b"hello", BAD) for one in (
        b"", b" ", b" +5", b" -5", b" 005", b" 5 5", b" 5,5", b" 5, 5", b" 5,6", b" 0x5", b" 5.0", b" 5e0", b" five", b" 5;", b" \xd9\xa5", b" 9999999999999999999", b" 18446744073709551621", b" 5\r\nContent-Length: 5", b" 5\r\nContent-Length: 6",
        b" 5\r\ncontent-length: 0", b' "5"', b" 5_0", b" 5\0", b" ,5", b" 5,",
    )),
]  # fmt: skip

_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_CHUNKS = [
    *(_body(f"chunks {one[:40]!r}", _CHUNKED, one, SERVED) for one in (
        b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n", b"A\r\n0123456789\r\n0\r\n\r\n", b"a\r\n0123456789\r\n0\r\n\r\n", b"00005\r\nhello\r\n000\r\n\r\n", b"5;x\r\nhello\r\n0\r\n\r\n", b"5;x=y\r\nhello\r\n0;z\r\n\r\n",
        b'5;x="y;z"\r\nhello\r\n0\r\n\r\n', b"5 \r\nhello\r\n0\r\n\r\n", b"5\t\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\nHost: z\r\nContent-Length: 9\r\n\r\n",
        b"5;\r\nhello\r\n0\r\n\r\n", b"2\r\n\r\n\r\n0\r\n\r\n", b"3e8\r\n" + b"x" * 1_000 + b"\r\n0\r\n\r\n",
    )),
    *(_body(f"chunks {one[:40]!r}", _CHUNKED, one, CUT) for one in (
        b"5\r\nhello!\r\n0\r\n\r\n", b"5\r\nhell\r\n0\r\n\r\n", b"g\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"5\rhello\r0\r\r", b"5\r\nhello0\r\n\r\n", b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n", b"5 ;x\r\nhello\r\n0\r\n\r\n", b"5 5\r\nhello\r\n0\r\n\r\n", b"5,\r\nhello\r\n0\r\n\r\n", b"5_0\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n", b"10000000000000005\r\nhello\r\n0\r\n\r\n", b"5;\0\r\nhello\r\n0\r\n\r\n", b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX : y\r\n\r\n", b"5\r\nhello\r\n0\r\nX\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\n\r\n", b"5\r\nhello\r\n0\r\n X: y\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\0\r\n\r\n", b"5\r\nhello\r\n", b"5\r\nhe", b"5;" + b"x" * 5_000 + b"\r\nhello\r\n0\r\n\r\n", b"\r\n", b"five\r\nhello",
    )),
    *(_body(f"the coding {one!r}", b"Transfer-Encoding:" + one + b"\r\n", b"5\r\nhello\r\n0\r\n\r\n", SERVED) for one in (b" chunked", b"chunked", b" Chunked", b" CHUNKED ", b"\tchunked\t")),
    *(_body(f"the coding {one!r}", b"Transfer-Encoding:" + one + b"\r\n", b"5\r\nhello\r\n0\r\n\r\n", BAD) for one in (
        b"", b" ", b" identity", b" gzip", b" gzip, chunked", b" chunked, gzip", b" chunked, chunked", b" chunked, identity", b" identity, chunked", b" chunked;a=b", b" xchunked", b" chunkedx", b" chunked,", b" ,chunked", b' "chunked"', b" chun ked", b" chunked\0", b" chunked\x0b",
        b" chunked\r\nTransfer-Encoding: chunked", b" chunked\r\nTransfer-Encoding: identity", b" chunked\r\nContent-Length: 5", b" chunked\r\nContent-Length: 0", b" identity\r\nContent-Length: 5", b"\r\n chunked",
    )),
    _body("a length, then chunks", b"Content-Length: 5\r\n" + _CHUNKED, b"0\r\n\r\n", BAD),
    _body("a name that is nearly the coding's", b"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", b"hello", SERVED),
    Case("body: chunks with HTTP/1.0", b"POST {at}/ HTTP/1.0\r\nHost: {host}\r\n" + _CHUNKED + b"\r\n0\r\n\r\n", BAD),
]  # fmt: skip

_GET = b"GET {at}/1 HTTP/1.1\r\nHost: {host}\r\n\r\n"
_POST = b"POST {at}/2 HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nhello"
_PIECES = b"POST {at}/3 HTTP/1.1\r\nHost: {host}\r\n" + _CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n"
_NEVER = b"POST {at}/never HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nhello"
_HEAD_OF = b"HEAD {at}/4 HTTP/1.1\r\nHost: {host}\r\n\r\n"
_PIPELINES = [
    Case("pipeline: three plain", _GET * 3, (200,) * 4),
    Case("pipeline: bodies between", _POST + _GET + _POST, (200,) * 4),
    Case("pipeline: chunks between", _GET + _PIECES + _POST + _PIECES, (200,) * 5),
    Case("pipeline: refusals between", _NEVER + _GET + _NEVER + _POST, (403, 200, 403, 200, 200)),
    Case("pipeline: HEAD between", _HEAD_OF + _GET + _HEAD_OF, (200,) * 4),
    Case("pipeline: one that closes", _GET + _GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + _GET, (200, 200)),
    Case("pipeline: one of HTTP/1.0", _GET + _GET.replace(b"HTTP/1.1", b"HTTP/1.0") + _GET, (200, 200)),
    Case("pipeline: junk after one", _GET + b"\x16\x03\x01\x02\x00", (200, 400)),
    Case("pipeline: a head of bare line feeds after one", _GET + _GET.replace(b"\r\n", b"\n"), (200, 400)),
    Case("pipeline: empty lines between", _GET + b"\r\n\r\n" + _GET + b"\r\n", (200,) * 3),
    Case("pipeline: nine empty lines between", _GET + b"\r\n" * 9 + _GET, (200,) * 3),
    Case("pipeline: a bare line feed between", _GET + b"\n" + _GET, (200, 400)),
    Case("pipeline: NUL between", _GET + b"\0" + _GET, (200, 400)),
    Case("pipeline: a return between", _GET + b"\r" + _GET, (200, 400)),
    Case("pipeline: fifty", _GET * 50, (200,) * 51),
    Case("pipeline: another place inside", _GET + b"GET http://blocked.test:{port}/ HTTP/1.1\r\nHost: blocked.test:{port}\r\n\r\n", (200, 403, 200), inside=(200, 400, 200)),
    Case("pipeline: CONNECT after one", _GET + b"CONNECT good.test:{port} HTTP/1.1\r\nHost: {host}\r\n\r\n", (200, 200), inside=(200, 400)),
]  # fmt: skip

_UPGRADE = b"Connection: Upgrade\r\nUpgrade: "
_SWITCHES = [
    *(_field(f"Upgrade {one!r}", _UPGRADE + one + b"\r\n") for one in (b"h2c", b"websocket", b"TLS/1.0", b"foo/2, bar", b"", b"h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")),
    _field("Upgrade without Connection", b"Upgrade: websocket\r\n"),
    _field("a WebSocket that the origin does not know", _UPGRADE + b"websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"),
    _body("Upgrade with a body", _UPGRADE + b"h2c\r\nContent-Length: 5\r\n", b"hello", SERVED),
    _body("Expect: 100-continue", b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"hello", (100, 200, 200)),
    _body("Expect in capitals", b"EXPECT: 100-Continue\r\nContent-Length: 5\r\n", b"hello", (100, 200, 200)),
    _body("Expect with chunks", b"Expect: 100-continue\r\n" + _CHUNKED, b"5\r\nhello\r\n0\r\n\r\n", (100, 200, 200)),
    _body("Expect without a body", b"Expect: 100-continue\r\n", b"", (100, 200, 200)),
    _body("Expect with nothing", b"Expect: 100-continue\r\nContent-Length: 0\r\n", b"", (100, 200, 200)),
    _body("an Expect that nobody knows", b"Expect: a-miracle\r\nContent-Length: 5\r\n", b"hello", SERVED),
    _body("two of Expect", b"Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5\r\n", b"hello", SERVED),
]  # fmt: skip

_REFUSED = [
    Case(f"refused: {name}", method + b" {at}/never HTTP/1.1\r\nHost: {host}\r\n" + lines + b"\r\n", (comes, 200))
    for name, method, lines, comes in [
        ("a frame", b"GET", b"Sec-Fetch-Dest: iframe\r\n", 403),
        ("a page, or a frame", b"GET", b"Accept: text/html\r\n", 403),
        ("a picture", b"GET", b"Accept: image/webp,*/*\r\nSec-Fetch-Dest: image\r\n", 403),
        ("a font", b"GET", b"Sec-Fetch-Dest: font\r\nOrigin: https://lessons.test\r\n", 403),
        ("an event stream", b"GET", b"Accept: text/event-stream\r\nOrigin: null\r\n", 403),
        ("a fetch of another origin", b"PUT", b"Sec-Fetch-Dest: empty\r\nOrigin: https://lessons.test\r\nContent-Length: 0\r\n", 403),
        ("its preflight", b"OPTIONS", b"Origin: https://lessons.test\r\nAccess-Control-Request-Method: PUT\r\n", 204),
        ("gRPC", b"POST", b"Content-Type: application/grpc+proto\r\nContent-Length: 0\r\n", 200),
        ("gRPC of a browser", b"POST", b"Content-Type: application/grpc-web\r\nContent-Length: 0\r\n", 200),
        ("a WebSocket", b"GET", b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n", 403),
    ]
]  # fmt: skip

_JUNK = [
    Case(f"junk: {one[:20]!r}", one, comes, end=False)
    for one, comes in [
        (b"GET", ()), (b"GET ", ()), (b"GET {at}/", ()), (b"GET {at}/ HTTP/1.1\r\nHost", ()), (b"GET {at}/ HTTP/1.1\r\nHost: {host}", ()), (b"GET {at}/ HTTP/1.1\r\nHost: {host}\r\n\r", ()),
        (b"GETGETGET\r\n\r\n", BAD), (b"AAA\0\0\0\r\n\r\n", BAD), (b"GET\r\n\r\n", BAD), (b"GET / \r\n\r\n", BAD), (b"GET\n\n", BAD), (b"AAA" * 30_000, (431,)), (b"HTTP/1.1 200 OK\r\n\r\n", BAD), (b"GET {at}/\r\n\r\n", BAD),
    ]
]  # fmt: skip

CASES = [
    *_METHODS, *_TARGETS, *_VERSIONS, *_HOSTS, *_FIELDS, *_CONNECTIONS, *_LENGTHS, *_CHUNKS, *_PIPELINES, *_SWITCHES, *_REFUSED, *_JUNK,
]  # fmt: skip
