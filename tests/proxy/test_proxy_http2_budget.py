"""The purse of an HTTP/2 connection: floods empty it, browsers do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.mitm.http2_budget import FOR_A_PIECE, FrameBudget
from tests.wire.tricks import frames

PREFACE = 24


def taken(data: bytes, budget: FrameBudget | None = None, now: float = 0.0) -> str:
    return (budget or FrameBudget(0.0)).take(data, now)


@pytest.mark.parametrize(
    ("flood", "number"),
    [
        (frames.frame(frames.PING, bytes(8)), 1_200),
        (frames.frame(frames.SETTINGS), 500),
        (frames.frame(2, bytes(5), 0, 1), 2_500),  # PRIORITY
        (frames.frame(frames.WINDOW_UPDATE, b"\0\0\0\1"), 2_500),
        (frames.frame(frames.DATA, b"", 0, 1), 2_500),
        (frames.frame(frames.DATA, b"x", 0, 1), 2_500),
        (frames.frame(frames.CONTINUATION, b"x", 0, 1), 150),
        (frames.frame(frames.RST_STREAM, bytes(4), 0, 1), 250),
        (frames.frame(0xFA, b"x"), 1_200),
        (frames.request(frames.fields(b"a.test"), 1) + frames.frame(frames.RST_STREAM, bytes(4), 0, 1), 400),
    ],
)
def test_a_flood_is_noticed(flood: bytes, number: int) -> None:
    assert "frames" in taken(flood * number)


def test_a_flood_in_drops_is_noticed_as_well() -> None:
    budget = FrameBudget(0.0)
    told = [
        taken(bytes([one]), budget, at / 100_000) for at, one in enumerate(frames.frame(frames.PING, bytes(8)) * 1_500)
    ]
    assert any(told)


def test_a_head_that_never_ends_is_noticed() -> None:
    begun = frames.frame(frames.HEADERS, bytes(16_384), 0, 1)
    assert taken(begun + frames.frame(frames.CONTINUATION, bytes(16_384), 0, 1) * 16) == "a head without end"


def test_a_busy_browser_is_not() -> None:
    budget = FrameBudget(0.0, PREFACE)
    assert taken(frames.opening() + frames.frame(frames.WINDOW_UPDATE, b"\0\0\0\1"), budget) == ""
    for page in range(20):  # five hundred requests at once, each with a priority, some given up
        asked = frames.request(frames.fields(b"a.test"), 1) + frames.frame(0x10, b"u=1", 0, 0)
        assert taken(asked * 500 + frames.frame(frames.RST_STREAM, bytes(4), 0, 1) * 20, budget, page * 1.0) == ""


def test_a_long_download_pays_for_its_windows() -> None:
    budget = FrameBudget(0.0)
    for _ in range(65_536):  # 1 GB in pieces of 16 KB
        budget.earn(FOR_A_PIECE)
        assert taken(frames.frame(frames.WINDOW_UPDATE, b"\0\0\0\1") * 2, budget) == ""


def test_a_long_upload_costs_nothing() -> None:
    budget = FrameBudget(0.0)
    assert all(taken(frames.frame(frames.DATA, bytes(16_384), 0, 1), budget) == "" for _ in range(5_000))


def test_time_fills_the_purse_again() -> None:
    budget = FrameBudget(0.0)
    assert taken(frames.frame(frames.PING, bytes(8)) * 900, budget) == ""
    assert taken(frames.frame(frames.PING, bytes(8)) * 900, budget, 10.0) == ""
    assert taken(frames.frame(frames.PING, bytes(8)) * 900, budget, 10.0) != ""


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 300)), max_size=30), st.integers(1, 50))
def test_frames_are_found_however_they_come_in(kinds: list[tuple[int, int]], step: int) -> None:
    data = frames.PREFACE + b"".join(frames.frame(kind, bytes(size), 4) for kind, size in kinds)
    whole, pieces = FrameBudget(0.0, PREFACE), FrameBudget(0.0, PREFACE)
    told = whole.take(data, 0.0)
    dropped = [pieces.take(data[at : at + step], 0.0) for at in range(0, len(data), step)]
    assert told == "".join(dropped) == ""
    assert whole._left == pieces._left
    assert not whole.block_is_open
    assert not pieces.block_is_open


@pytest.mark.parametrize(
    ("data", "open_"),
    [
        (frames.frame(frames.HEADERS, bytes(5), 0, 1), True),
        (frames.frame(frames.HEADERS, bytes(5), 4, 1), False),
        (frames.frame(frames.HEADERS, bytes(5), 0, 1) + frames.frame(frames.CONTINUATION, bytes(5), 4, 1), False),
        (frames.frame(frames.HEADERS, bytes(5), 4, 1)[:4], True),
        (frames.frame(frames.HEADERS, bytes(500), 4, 1)[:40], True),
        (frames.frame(frames.DATA, bytes(500), 4, 1)[:40], False),
    ],
)
def test_a_head_that_has_begun_is_open(data: bytes, open_: bool) -> None:
    budget = FrameBudget(0.0)
    assert budget.take(data, 0.0) == ""
    assert budget.block_is_open is open_
