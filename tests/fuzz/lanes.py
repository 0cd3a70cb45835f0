"""The same bytes in both lanes, without a socket: what the thin lane does, alone or before it hands over, the other does alone."""

import asyncio
from functools import cache
from random import Random

from mitmproxy import options
from mitmproxy.proxy.layers.http import HTTPMode

from tests.fuzz.lane_driving import LaneDriver, OtherLane
from tests.fuzz.mutating import pieces
from tests.fuzz.peers import Http1Origin
from tests.wire.reading_answers import read_answers


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def try_requests(data: bytes, chance: Random, settings: options.Options) -> None:
    """Requests of a client: the same answers, and the same requests at the origins."""
    _runner().run(_requests(data, chance, settings))


async def _requests(data: bytes, chance: Random, settings: options.Options) -> None:
    mode = chance.choice((HTTPMode.regular, HTTPMode.transparent))
    thin, other = LaneDriver(settings, mode, Http1Origin), OtherLane(settings, mode, Http1Origin)
    for piece in pieces(data, chance):
        await thin.feed(piece)
        other.feed(piece)
    _same(thin, other)
    if chance.random() < 0.5:
        await thin.end()
        other.end()
    assert not thin.fell, thin.fell


def try_answers(data: bytes, chance: Random, settings: options.Options) -> None:
    """Answers of an origin: the same ones at the client."""
    _runner().run(_answers(data, chance, settings))


async def _answers(data: bytes, chance: Random, settings: options.Options) -> None:
    def origin() -> Http1Origin:
        return Http1Origin(data)

    method, closes = chance.choice((b"GET", b"GET", b"HEAD", b"POST", b"PUT")), chance.random() < 0.7
    body = b"Content-Length: 5\r\n\r\nhello" if method in (b"POST", b"PUT") else b"\r\n"
    asked = method + b" /1 HTTP/1.1\r\nHost: good.test\r\n" + body
    mode = HTTPMode.transparent
    thin, other = LaneDriver(settings, mode, origin), OtherLane(settings, mode, origin)
    await thin.feed(asked)
    other.feed(asked)
    if closes:
        await thin.close_origins()
        other.close_origins()
    assert not thin.fell, thin.fell
    assert thin.other is None
    if (
        b"205" not in data and b"407" not in data
    ):  # the lanes differ in these on purpose, or the policy's half makes the page
        _same(thin, other)


def _same(thin: LaneDriver, other: OtherLane) -> None:
    """Pages are told apart by their status alone: each has its own words here."""
    ours, theirs = (
        [(one.status, b"" if one.status in (502, 503) else one.body, one.whole) for one in read_answers(said)]
        for said in (thin.said, bytes(other.seen.client))
    )
    assert ours == theirs, f"the thin lane says {ours}, the other {theirs}"
    assert thin.closed == other.seen.closed, f"closed: {thin.closed}, the other {other.seen.closed}"
    assert thin.heard == other.heard, f"the thin lane asks {thin.heard}, the other {other.heard}"
