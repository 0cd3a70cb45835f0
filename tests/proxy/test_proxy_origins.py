"""Connections to origins that are kept: for the same verdict alone, so many, for so long."""

import asyncio
from typing import Any, cast

from saywhy.proxy.lane import origins
from saywhy.proxy.lane.origins import MOST_KEPT_OF_ONE, Origin, Origins
from saywhy.proxy.lane.verdict import Verdict
from tests.proxy.test_proxy_tls_transport import runs

VERDICT = Verdict("1", "192.0.2.1", "http", "good.test", 80)


class Transport:
    """A socket's transport that only ends."""

    ended = False

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def resume_reading(self) -> None:
        pass


def kept(by: Origins, verdict: Verdict = VERDICT, *, bound: bool = False) -> Origin:
    one = Origin(by, verdict)
    one.transport = cast("Any", Transport())
    one.bound, one.gone = bound, False
    by.keep(one)
    return one


def keeping(seconds: float = 60.0) -> Origins:
    return Origins(cast("Any", None), cast("Any", None), 1.0, seconds)


@runs
async def test_it_is_for_the_same_verdict_alone() -> None:
    by = keeping()
    one = kept(by)
    for other in (
        Verdict("2", "192.0.2.1", "http", "good.test", 80),
        Verdict("1", "192.0.2.2", "http", "good.test", 80),
        Verdict("1", "192.0.2.1", "https", "good.test", 80),
        Verdict("1", "192.0.2.1", "http", "www.good.test", 80),
        Verdict("1", "192.0.2.1", "http", "good.test", 81),
    ):
        assert by.take(other) is None
    assert by.take(Verdict(*[getattr(VERDICT, name) for name in Verdict.__slots__])) is one
    assert by.take(VERDICT) is None


@runs
async def test_the_one_that_answered_last_comes_first_and_one_that_has_gone_never() -> None:
    by = keeping()
    first, second, third = (kept(by) for _ in range(3))
    third.eof_received()
    second.transport.abort()
    assert by.take(VERDICT) is first
    assert by.take(VERDICT) is None


@runs
async def test_one_on_which_somebody_signed_in_is_not_kept() -> None:
    by = keeping()
    assert kept(by, bound=True).gone
    assert by.take(VERDICT) is None


@runs
async def test_what_comes_without_being_asked_for_ends_it() -> None:
    by = keeping()
    one = kept(by)
    one.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert one.transport.is_closing()
    assert by.take(VERDICT) is None


@runs
async def test_so_many_are_kept_of_one_and_of_all(monkeypatch: Any) -> None:
    monkeypatch.setattr(origins, "MOST_KEPT", 10)
    by = keeping()
    of_one = [kept(by) for _ in range(MOST_KEPT_OF_ONE + 2)]
    assert [one.gone for one in of_one] == [False] * MOST_KEPT_OF_ONE + [True] * 2
    others = [kept(by, Verdict("1", f"192.0.2.{number}", "http", "good.test", 80)) for number in range(2, 8)]
    assert sum(not one.gone for one in [*of_one, *others]) == 10
    assert of_one[0].gone


@runs
async def test_after_its_time_it_is_closed() -> None:
    by = keeping(0.0)
    one = kept(by)
    await asyncio.sleep(0.01)
    assert one.gone
    assert by.take(VERDICT) is None
