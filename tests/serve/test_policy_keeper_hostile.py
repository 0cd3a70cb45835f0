"""The keeper and files that would hold a reader up; and its own thread."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.rollback import roll_back
from tests.serve.keeping import CHANGED, NAMES, NOW, School


def sparse(path: Path) -> None:
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(1024**3)


def bomb(path: Path) -> None:
    lines = [f"{chr(98 + one)}: &{chr(98 + one)} [{', '.join([f'*{chr(97 + one)}'] * 9)}]" for one in range(20)]
    path.write_text("a: &a [x, x]\n" + "\n".join(lines))


def many_aliases(path: Path) -> None:
    path.write_text("a: &a x\nb: [" + "*a," * 2_000_000 + "]\n")


def deep(path: Path) -> None:
    path.write_text("[" * 1_000_000)


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def link(target: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return make


HOSTILE = {
    "1 GB": sparse,
    "alias bomb": bomb,
    "aliases": many_aliases,
    "deep": deep,
    "pipe": pipe,
    "device": link("/dev/zero"),
    "link to itself": link("bets.txt"),
    "links in a circle": link("../lists/bets.txt"),
    "link to the folder": link(".."),
}


@pytest.mark.parametrize("name", ["zzz.yaml", "school.yaml", "lists/bets.txt"])
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_would_hold_a_reader_up_is_refused_at_once(
    school: School, make: Callable[[Path], None], name: str
) -> None:
    school.start()
    first = school.in_force
    make(school.folder / name)
    begun = time.thread_time()
    assert school.look() == first
    assert time.thread_time() - begun < 1
    assert Path(name).name in school.problems


class TestRunning:
    """The keeper's own thread."""

    def wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_it_takes_what_is_good_and_refuses_the_rest(self, school: School, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        school.start()
        first = school.in_force
        keeper: PolicyKeeper = school.keeper
        keeper.start(school.records)
        try:
            for make in HOSTILE.values():
                failed = school.records.failed
                make(school.folder / "zzz.yaml")
                self.wait(lambda failed=failed: school.records.failed > failed)  # type: ignore[misc]
                assert school.in_force == first
                (school.folder / "zzz.yaml").unlink()
                self.wait(lambda: school.revisions.folder_state.since is None)
            school.save(CHANGED)
            self.wait(lambda: school.in_force != first)
            roll_back(school.revisions, first, "ann", NOW)
            self.wait(lambda: school.records.rolled_back[-1])
            assert school.in_force == first
        finally:
            keeper.stop()

    def test_a_list_that_is_still_being_written_is_waited_for(self, school: School) -> None:
        school.start()
        first = school.in_force
        school.keeper.start(school.records)
        try:
            target = school.folder / "lists" / "bets.txt"
            for count in range(1, 11):  # a slow copy: at no moment does it rest for long
                target.write_text("\n".join(NAMES[:count]) + "\nmore.example\n" * (count == 10))
                time.sleep(0.02)
            self.wait(lambda: school.in_force != first)
        finally:
            school.keeper.stop()
        assert len(school.revisions.history()) == 2
        assert school.records.failed == 0
