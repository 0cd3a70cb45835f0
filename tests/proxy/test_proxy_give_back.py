"""Memory is given back after a wave of connections, and not all the time."""

import pytest

from addons.proxy.give_back import AT_MOST_EVERY, ENOUGH, GiveBack, trim


@pytest.mark.parametrize(("ended", "times"), [(0, 0), (ENOUGH - 1, 0), (ENOUGH, 1), (10 * ENOUGH, 1)])
def test_it_takes_a_wave(ended: int, times: int) -> None:
    given: list[None] = []
    back = GiveBack(lambda: given.append(None))
    for _ in range(ended):
        back.count()
    back.look(1000)
    back.look(1000 + 2 * AT_MOST_EVERY)
    assert len(given) == times


def test_not_more_often_than_now_and_then() -> None:
    given: list[float] = []
    back = GiveBack(lambda: given.append(now))
    for second in range(0, 300, 10):
        now = float(second)
        for _ in range(ENOUGH):
            back.count()
        back.look(now)
    assert given == [0, 60, 120, 180, 240]


def test_glibc_takes_it() -> None:
    trim()
