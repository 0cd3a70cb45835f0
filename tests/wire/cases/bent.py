"""Conversations that nobody wrote down: put together from parts, or seeds of other tests bent at random, and cut anywhere."""

import os
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from hypothesis import strategies as st

from tests.fuzz.mutating import bent
from tests.fuzz.subjects import SUBJECTS
from tests.wire.cases import answers, requests
from tests.wire.noting_origin import End, Said
from tests.wire.tricks import disagreement, framing, paths
from tests.wire.tricks.trick import Way as TrickWay
from tests.wire.two_filters import Talk, Way

EXAMPLES = int(os.environ.get("SAYWHY_LANE_EXAMPLES", "80"))

_METHODS = (
    b"GET",
    b"GET",
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"TRACE",
    b"QUERY",
    b"HEAd",
)
_TARGETS = (
    b"/", b"/", b"/a?b=c", b"/a/../b", b"/a//b", b"/%61%2Fb", b"/a;b?c;d", b"/never", b"/%6Eever", b"/x/../never?y", b"*", b"/a b", b"/a#b", b"/a\\b", b"/%2e%2e/", b"/\xc3\xa9", b"/%zz", b"", b"a", b"/" + b"a" * 5_000,
)  # fmt: skip
_AT = (b"http://good.test:{port}",) * 6 + (
    b"HTTP://good.test:{port}", b"http://GOOD.test:{port}", b"http://good.test.:{port}", b"http://a@good.test:{port}", b"http://good.test:0{port}", b"http://blocked.test:{port}", b"http://good.test", b"https://good.test:{port}", b"ws://good.test:{port}", b"http:good.test:{port}",
    b"//good.test:{port}", b"http://127.0.0.1:{port}", b"http://[::1]:{port}", b"",
)  # fmt: skip
_HOSTS = (b"Host: good.test:{port}\r\n",) * 8 + (
    b"host:good.test:{port}\r\n", b"Host:\tGOOD.TEST:{port} \r\n", b"Host: good.test.:{port}\r\n", b"Host: good.test\r\n", b"Host: blocked.test:{port}\r\n", b"Host: www.good.test:{port}\r\n", b"", b"Host:\r\n", b"Host: good.test:{port}\r\nHost: good.test:{port}\r\n",
    b"Host: a@good.test:{port}\r\n", b"Host: good.test:{port}, x\r\n",
)  # fmt: skip
_LINES = (
    b"X: y\r\n", b"Cookie: a=b\r\n", b"Cookie: c=d; e\r\n", b"cookie:f\r\n", b"Connection: keep-alive\r\n", b"Connection: close\r\n", b"Connection: Close\r\n", b"Connection: X\r\n", b"Connection: x, close\r\n", b"Connection: host\r\n", b"Connection: upgrade\r\n", b"Proxy-Connection: keep-alive\r\n",
    b"Proxy-Connection: close\r\n", b"Keep-Alive: timeout=5\r\n", b"TE: trailers\r\n", b"Trailer: X\r\n", b"Upgrade: websocket\r\n", b"Upgrade: h2c\r\n", b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n", b"Expect: 100-continue\r\n", b"Proxy-Authorization: Basic eDp5\r\n",
    b"X-HTTP-Method-Override: PUT\r\n", b"Content-Type: text/plain\r\n", b"Accept: text/html\r\n", b"Accept: application/dns-message\r\n", b"Accept-Encoding: gzip, br\r\n", b"Authorization: Negotiate x\r\n", b"Range: bytes=0-1\r\n", b"X: a\tb\xff\r\n", b"X:\r\n", b"X :y\r\n", b"X: y\r\n z\r\n", b"X: y\n", b"X: \0\r\n",
    b": y\r\n", b"X\r\n", b"X: " + b"y" * 9_000 + b"\r\n", b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n",
)  # fmt: skip
_BODIES = ((b"", b""),) * 4 + (
    (b"Content-Length: 0\r\n", b""), (b"Content-Length: 5\r\n", b"hello"), (b"Content-Length:7\r\n", b"GET / H"), (b"content-length: 5 \r\n", b"hello"), (b"Content-Length: 3\r\n", b"hello"), (b"Content-Length: 9\r\n", b"hello"), (b"Content-Length: +5\r\n", b"hello"), (b"Content-Length: 05\r\n", b"hello"),
    (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"), (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"), (b"Transfer-Encoding: chunked\r\n", b"3;x\r\nabc\r\n02\r\nde\r\n0\r\nX: y\r\n\r\n"), (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello!\r\n0\r\n\r\n"), (b"Transfer-Encoding: identity\r\n", b"hello"),
    (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), (b"Content-Length: 70000\r\n", b"x" * 70_000),
)  # fmt: skip
_SEEDS = tuple(
    seed.replace(b"good.test", b"good.test:{port}")
    for subject in SUBJECTS
    if subject.name in {"head", "chunks"}
    for seed in subject.seeds
    if not seed.startswith(b"CONNECT")
) + tuple(
    trick.talk.data
    for table in (framing, disagreement, paths)
    for trick in table.TRICKS
    if trick.talk.way is not TrickWay.H2 and len(trick.talk.data) < 2_000
)
_WORDS = tuple(word for subject in SUBJECTS if subject.name in {"head", "chunks"} for word in subject.words)
_ANSWERS = tuple(
    seed for subject in SUBJECTS if subject.name == "answers of HTTP/1.1" for seed in subject.seeds
) + tuple(b"".join(case.said.pieces) for case in answers.CASES)
_END = b"GET {at}/end HTTP/1.1\r\nHost: good.test:{port}\r\nConnection: close\r\n\r\n"


def cut(data: bytes, most: int = 4) -> st.SearchStrategy[tuple[bytes, ...]]:
    """The bytes in pieces."""

    def pieces(places: Sequence[int]) -> tuple[bytes, ...]:
        return tuple(data[start:end] for start, end in pairwise([0, *sorted(set(places)), len(data)]) if start < end)

    return st.lists(st.integers(0, len(data)), max_size=most).map(pieces)


@st.composite
def _built(draw: st.DrawFn) -> bytes:
    """A request put together from parts, of which most are usual ones."""
    odd = draw(st.booleans())
    method = draw(st.sampled_from(_METHODS))
    target = draw(st.sampled_from(_TARGETS if odd else _TARGETS[:8]))
    version = draw(st.sampled_from((b" HTTP/1.1",) * 9 + (b" HTTP/1.0", b" HTTP/1.2", b"")))
    host = draw(st.sampled_from(_HOSTS if odd else _HOSTS[:1]))
    lines = draw(st.lists(st.sampled_from(_LINES), max_size=4))
    at = draw(st.integers(0, len(lines)))
    announced, body = draw(st.sampled_from(_BODIES))
    head = [method, b" ", b"{at}", target, version, b"\r\n", *lines[:at], host, *lines[at:], announced, b"\r\n"]
    return b"".join([*head, body])


def _bent(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    return st.integers(0, 1 << 40).map(lambda number: bent(seeds, _WORDS, Random(number)))


_WRITTEN = st.sampled_from([case.data for case in requests.CASES if len(case.data) < 2_000])
_REQUESTS = st.one_of(_built(), _built(), _WRITTEN, _bent(_SEEDS))


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """One to four requests on one connection, and mostly a last one that ends it."""
    way = draw(st.sampled_from((Way.PROXY, Way.PROXY, Way.TUNNEL, Way.TLS)))
    said = b"".join(draw(st.lists(_REQUESTS, min_size=1, max_size=4))) + (b"" if draw(st.integers(0, 9)) == 0 else _END)
    at = draw(st.sampled_from(_AT)) if way is Way.PROXY else b""
    data = said.replace(b"{at}", at).replace(b"{host}", b"good.test:{port}")
    return Talk(way, draw(cut(data)), known=draw(st.booleans()))


@st.composite
def asked_and_said(draw: st.DrawFn) -> tuple[Talk, Said]:
    """A request for `/x`, and an answer to it, written down or bent.

    Nothing is asked after it: whether what an origin says too much is taken for the next answer is a matter of moments.
    """
    way = draw(st.sampled_from((Way.PROXY, Way.PROXY, Way.TLS)))
    answer = draw(st.one_of(st.sampled_from(_ANSWERS), _bent(_ANSWERS)).filter(lambda one: b"205" not in one))
    end = draw(st.sampled_from((End.CLOSE, End.CLOSE, End.KEEP)))
    said = Said(draw(cut(answer)), end, early=end is End.KEEP and draw(st.booleans()))
    at = b"http://good.test:{port}" if way is Way.PROXY else b""
    method = draw(st.sampled_from((b"GET", b"GET", b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"PROPFIND")))
    lines = b"Connection: close\r\n" if draw(st.booleans()) else b""
    body = b"hello" if draw(st.booleans()) else b""
    lines += b"Content-Length: 5\r\n" if body else b""
    asked = method + b" " + at + b"/x HTTP/1.1\r\nHost: good.test:{port}\r\n" + lines + b"\r\n" + body
    return Talk(way, draw(cut(asked))), said
