"""Files that may have been cut off: held back until they stood unchanged for longer, or somebody says that it is meant."""

import os
from dataclasses import dataclass

import pytest

from saywhy.policy.changes.cut_short import CUT_SHORT
from saywhy.serve.holding_back import STOOD
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.rollback import confirm, roll_back
from tests.serve.keeping import GOOD, NAMES, NOW, School

SECTIONS = GOOD[GOOD.index("categories:") :]
LAST = """  - id: last
    block: {domains: [last.test]}
    why: {risk: It is the last.}
    decided: {by: IT, on: 2026-09-01}
    review_by: 2027-09-01
    owner: it
"""
WITHOUT = SECTIONS + GOOD[: GOOD.index("categories:")]  # the rules at the end
WHOLE = WITHOUT + LAST
CUT_LIST = "\n".join(NAMES[:8]) + "\n"


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(school: School) -> Clock:
    clock = Clock()
    school.save(WHOLE)

    def keeper() -> PolicyKeeper:
        return PolicyKeeper(school.folder, school.revisions, lambda: NOW, elapsed=clock)

    school.make_keeper = keeper
    return clock


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("school.yaml", WITHOUT, "its end is missing, with rule last"),
        ("lists/bets.txt", CUT_LIST, "its last name and 1 more"),
    ],
)
def test_it_waits_and_is_told_and_then_taken(school: School, clock: Clock, name: str, text: str, says: str) -> None:
    school.start()
    first = school.in_force
    assert school.look(text, name) == first
    assert says in school.problems
    assert f"{name}:" in school.problems
    assert "leave it unchanged for 60 seconds" in school.problems
    assert [one.code for one in school.revisions.folder_state.problems] == [CUT_SHORT]
    clock.seconds += STOOD - 1
    assert school.look() == first
    clock.seconds += 2
    assert school.look() != first
    assert school.problems == ""


def test_a_writer_that_goes_on_is_taken_at_once(school: School, clock: Clock) -> None:
    school.start()
    first = school.in_force
    assert school.look(WITHOUT) == first
    clock.seconds += 3
    assert school.look(WHOLE.replace("It is the last", "It was the last")) not in ("", first)


def test_each_change_begins_the_wait_anew(school: School, clock: Clock) -> None:
    school.start()
    first = school.in_force
    school.look(WITHOUT)
    clock.seconds += STOOD - 1
    assert school.look(WITHOUT + "# more\n") == first
    clock.seconds += STOOD - 1
    assert school.look() == first
    clock.seconds += 2
    assert school.look() != first


def test_whoever_means_it_says_so(school: School, clock: Clock) -> None:
    school.start()
    first = school.in_force
    school.look(WITHOUT)
    confirm(school.revisions)
    assert school.look() != first


def test_what_was_in_force_once_waits_as_well(school: School, clock: Clock) -> None:
    """A file that was added to at its end, and is cut off where that began."""
    school.save(WITHOUT)
    school.start()
    second = school.look(WHOLE)
    assert school.look(WITHOUT) == second
    clock.seconds += STOOD + 1
    assert school.look() != second


def test_at_a_start_it_waits_too(school: School, clock: Clock) -> None:
    school.start()
    first = school.in_force
    school.save(WITHOUT)
    policy = school.start()
    assert policy is not None
    assert policy.revision == first == school.in_force
    clock.seconds += STOOD + 1
    assert school.look() != first


def test_a_rollback_does_not_wait(school: School, clock: Clock) -> None:
    school.save(WITHOUT)
    school.start()
    first = school.in_force
    school.look(WHOLE)
    roll_back(school.revisions, None, "ann", NOW)
    assert school.look() == first


def test_while_the_disk_is_full_it_waits_until_it_is_meant(
    school: School, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    school.start()
    first = school.in_force
    with monkeypatch.context() as patched:
        patched.setattr(os, "statvfs", lambda _: os.statvfs_result((0,) * 10))
        school.look(WITHOUT)
        clock.seconds += 2 * STOOD
        assert school.look() == first
        assert "the disk is full" in school.problems
    clock.seconds += STOOD + 1
    assert school.look() != first


def test_the_keeper_looks_again_by_itself(school: School, clock: Clock) -> None:
    school.make_keeper = lambda: PolicyKeeper(
        school.folder, school.revisions, lambda: NOW, poll=0.01, settled=0.02, stood=0.3
    )
    school.start()
    first = school.in_force
    school.keeper.start(school.records)
    try:
        school.save(WITHOUT)
        school.until(lambda: school.problems != "")
        assert school.in_force == first
        school.until(lambda: school.in_force != first)
    finally:
        school.keeper.stop()


ODD = "a\x1b[31m\nproxy INFO all is well.yaml"


def test_an_odd_name_of_a_file_writes_no_line_of_its_own(
    school: School, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "saywhy.serve.policy_keeper")
    school.save("groups: {odd: {label: Odd}}\n", ODD)
    school.start()
    school.save("groupz: {}\n", ODD)
    school.look()
    school.save("groups: {odd: {label: Odder}}\n", ODD)
    school.look()
    told = "".join(record.getMessage() for record in caplog.records)
    assert "all is well.yaml" in told
    assert "\x1b" not in told
    assert "\nproxy" not in told
