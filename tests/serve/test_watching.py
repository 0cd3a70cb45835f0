"""Who is silent, and when another is started: by clocks that are passed in."""

import pytest

from saywhy.serve.watching import HANGS, Restarts, Silence


@pytest.mark.parametrize(
    ("looks", "silent"),
    [
        ([], 0.0),
        ([(100.0, False)], 0.0),
        ([(100.0, False), (100.25, False), (100.5, False)], 0.5),
        ([(100.0, False), (100.25, False), (100.5, True)], 0.0),
        ([(100.0, True), (100.25, False), (100.5, True), (100.75, False)], 0.25),
        # who looks was asleep: stopped for an hour, or its machine suspended
        ([(100.0, True), (3700.0, False)], 0.5),
        ([(100.0, True), (3700.0, False), (3700.25, False), (7300.0, False)], 1.25),
        ([(100.0, True), (3700.0, True)], 0.0),
    ],
)
def test_silence_is_counted_by_looks(looks: list[tuple[float, bool]], silent: float) -> None:
    counted = Silence()
    for now, heard in looks:
        counted.look(now, heard=heard)
    assert counted.seconds == silent


def test_one_that_hangs_is_found_within_five_seconds_and_one_that_is_slow_is_not() -> None:
    hung, slow = Silence(), Silence()
    for tenth in range(1, 51):
        hung.look(tenth / 10, heard=False)
        slow.look(tenth / 10, heard=tenth % 30 == 0)
        if hung.seconds > HANGS:
            break
    assert tenth / 10 < 4.5
    assert slow.seconds < HANGS


def test_who_ends_again_and_again_is_waited_for_and_who_has_lived_is_not() -> None:
    restarts, now, pauses = Restarts(), 0.0, []
    for lives in (0.1, 0.1, 0.1, 2.0, 2.0, 2.0, 2.0, 60.0, 2.0):
        restarts.started(now)
        pause = restarts.ended(now + lives)
        now += lives
        assert restarts.may_start(now) == (pause == 0)
        now += pause
        assert restarts.may_start(now)
        pauses.append(round(pause, 3))
    # never two starts within a second
    assert pauses == [0.9, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 0.0, 0.0]
