"""What is wrong is told once, over and over until somebody has heard it, and when it is over."""

import os
from collections.abc import Iterator

import pytest

from saywhy.observe.labels import ALARMS
from saywhy.serve.alarms import Alarm, Alarms, AlarmsHeard, AlarmWatch, as_kinds, tell_supervisor


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[AlarmsHeard]:
    heard = AlarmsHeard()
    for name, value in {name: str(number) for name, number in heard.descriptors.items()}.items():
        monkeypatch.setenv(name, value)
    yield heard
    heard.child_has_it()
    heard.close()


def test_the_kinds_are_those_that_are_counted() -> None:
    assert set(Alarm) == ALARMS


def test_changes_are_told_once_and_the_beginning_as_well(caplog: pytest.LogCaptureFixture) -> None:
    wrong = {Alarm.LISTS: "", Alarm.REFUSING: ""}
    told: list[Alarms] = []
    kinds: list[set[str]] = []
    watch = AlarmWatch(
        {alarm: lambda alarm=alarm: wrong[alarm] for alarm in wrong},  # type: ignore[misc]
        told.append,
        as_kinds(lambda now: kinds.append(set(now))),
    )
    for _ in range(2):
        watch.poll()
    wrong[Alarm.LISTS], wrong[Alarm.REFUSING] = "damaged", "nothing is in force"
    for _ in range(2):
        watch.poll()
    wrong[Alarm.LISTS] = "gone"
    watch.poll()
    wrong[Alarm.LISTS] = wrong[Alarm.REFUSING] = ""
    for _ in range(2):
        watch.poll()
    assert told == [
        {},
        {Alarm.LISTS: "damaged", Alarm.REFUSING: "nothing is in force"},
        {Alarm.LISTS: "gone", Alarm.REFUSING: "nothing is in force"},
        {},
    ]
    assert kinds == [set(), {"lists", "refusing"}, {"lists", "refusing"}, set()]
    assert caplog.text.count("ALARM: nothing is in force") == 1
    assert "damaged" not in caplog.text  # whoever knows that logs it
    assert "the alarm is over: lists" in caplog.text


def test_who_did_not_hear_is_told_again() -> None:
    attempts: list[Alarms] = []

    def full(alarms: Alarms) -> None:
        attempts.append(alarms)
        if len(attempts) < 3:
            raise BlockingIOError

    watch = AlarmWatch({Alarm.LISTS: lambda: "gone"}, full)
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            watch.poll()
    for _ in range(2):
        watch.poll()
    assert attempts == [{Alarm.LISTS: "gone"}] * 3


def test_a_part_that_raises_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise ZeroDivisionError("odd")

    watch = AlarmWatch({Alarm.LISTS: broken})
    watch.start()
    watch.stop()
    assert "alarms could not be told, trying again: odd" in caplog.text


def test_a_child_is_heard_by_its_supervisor(heard: AlarmsHeard) -> None:
    tell = tell_supervisor()
    assert heard.now == {}
    tell({Alarm.SEALED: "“closed”\nto us"})
    tell({Alarm.SEALED: "gone", Alarm.REFUSING: "x" * 5_000})
    heard.hear()
    assert heard.now == {Alarm.SEALED: "gone", Alarm.REFUSING: "x" * 900}
    heard.hear()
    assert heard.now[Alarm.SEALED] == "gone"
    tell({})
    heard.hear()
    assert heard.now == {}


def test_where_nobody_listens_for_long_the_last_word_still_comes_through(heard: AlarmsHeard) -> None:
    tell = tell_supervisor()

    def tell_a_lot() -> None:
        for number in range(1_000):
            tell({Alarm.LISTS: f"{number} {'x' * 500}"})

    with pytest.raises(BlockingIOError):
        tell_a_lot()
    heard.hear()
    tell({Alarm.LISTS: "the last"})
    heard.hear()
    assert heard.now == {Alarm.LISTS: "the last"}


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"odd": "kind"}', b"\xff"])
def test_a_line_that_is_none_changes_nothing(heard: AlarmsHeard, line: bytes) -> None:
    tell_supervisor()({Alarm.LISTS: "gone"})
    os.write(heard.writing, line + b"\n")
    heard.hear()
    assert heard.now == {Alarm.LISTS: "gone"}


def test_a_sign_of_life_is_no_alarm_and_ends_none(heard: AlarmsHeard) -> None:
    tell = tell_supervisor()
    tell({Alarm.LISTS: "gone"})
    heard.hear()
    assert heard.signs == 0, "what is wrong is told by another thread than the one that does the work"
    tell.is_alive()
    heard.hear()
    assert heard.now == {Alarm.LISTS: "gone"}
    assert heard.signs == 1
    while True:  # until nothing fits into the pipe any more
        try:
            tell({Alarm.LISTS: "gone"})
        except BlockingIOError:
            break
    tell.is_alive()


def test_a_child_that_has_ended_is_heard_to_its_end(heard: AlarmsHeard) -> None:
    tell_supervisor()({Alarm.LISTS: "gone"})
    os.close(heard.writing)
    assert not heard.is_over
    for _ in range(2):
        heard.hear()
    assert heard.now == {Alarm.LISTS: "gone"}
    assert heard.is_over
    heard.writing = os.open(os.devnull, os.O_WRONLY)  # for the fixture to close
