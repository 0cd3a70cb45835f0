"""One filter a state: held by a lock that ends with the process, whatever path leads to the folder."""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.serve import registry, running
from saywhy.serve.running import ABOUT, Held, HeldError, RunningFilter, find_running, hold, running_filter
from saywhy.serve.settings import Endpoint, Settings
from tests.second_user import as_service, give, run_as_service, two_users

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from saywhy.serve import registry
from saywhy.serve.running import hold
from tests.serve.test_running import settings_for
registry._places = lambda: ()
hold(settings_for(Path(sys.argv[1])), datetime(2026, 11, 23, 9, tzinfo=UTC))
print("held", flush=True)
time.sleep(60)
"""


def settings_for(state: Path) -> Settings:
    listen = (Endpoint("127.0.0.1", 8080), Endpoint("::1", 8080))
    return Settings(Path("/etc/hillside"), state, listen, Endpoint("127.0.0.1", 8081), Endpoint("127.0.0.1", 9090))


@pytest.fixture(autouse=True)
def own_places(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is written into this machine's folders."""
    place = tmp_path_factory.mktemp("places")
    monkeypatch.setattr(registry, "_places", lambda: (place / "none" / "none", place / "own"))
    return place / "own"


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = hold(settings_for(tmp_path / "state"), NOW)
    yield held
    held.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def never(_: float) -> None:
    raise AssertionError("it waits")


def at_once(_: float) -> None:
    pass


def test_it_says_what_it_uses_and_is_gone_with_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert running_filter(state) is None
    held = hold(settings_for(state), NOW, pause=never)
    about = running_filter(state)
    uses = state, Path("/etc/hillside"), state / "lists", ("127.0.0.1:8080", "[::1]:8080")
    assert about == RunningFilter(os.getpid(), NOW, *uses, metrics="127.0.0.1:9090")
    assert find_running() == (about,)
    held.close()
    assert running_filter(state) is None
    assert find_running() == ()
    assert list(state.iterdir()) == []
    hold(settings_for(state), NOW, pause=never).close()


@pytest.mark.parametrize("by", ["its path", "a link", "another way", "a folder that has moved"])
def test_a_second_one_is_refused_with_who_holds_it(tmp_path: Path, elsewhere: "subprocess.Popen[str]", by: str) -> None:
    (tmp_path / "link").symlink_to("state")
    (tmp_path / "b").mkdir()
    if by == "a folder that has moved":
        (tmp_path / "state").rename(tmp_path / "moved")
    state = {
        "its path": tmp_path / "state",
        "a link": tmp_path / "link",
        "another way": tmp_path / "b" / ".." / "state",
        "a folder that has moved": tmp_path / "moved",
    }[by]
    with pytest.raises(HeldError) as refused:
        hold(settings_for(state), NOW, pause=at_once)
    said = str(refused.value)
    assert said.startswith(f"{state} is held by the filter of process {elsewhere.pid}, which runs since 2026-11-23 ")
    assert "listens on 127.0.0.1:8080, [::1]:8080" in said
    assert "--state" in said
    found = running_filter(state)
    assert found is not None
    assert found.pid == elsewhere.pid


def test_whoever_deletes_its_file_takes_no_lock_away(tmp_path: Path, elsewhere: "subprocess.Popen[str]") -> None:
    (tmp_path / "state" / ABOUT).unlink()
    with pytest.raises(HeldError, match="another process, which does not say what it is"):
        hold(settings_for(tmp_path / "state"), NOW, pause=at_once)


def test_what_a_killed_one_left_behind_stops_nobody(tmp_path: Path, elsewhere: "subprocess.Popen[str]") -> None:
    elsewhere.kill()
    elsewhere.wait()
    state = tmp_path / "state"
    assert json.loads((state / ABOUT).read_text())["pid"] == elsewhere.pid
    assert running_filter(state) is None
    hold(settings_for(state), NOW, pause=never).close()


def test_nor_do_children_that_outlive_it(tmp_path: Path) -> None:
    held = hold(settings_for(tmp_path), NOW)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        held.close()
        hold(settings_for(tmp_path), NOW, pause=never).close()
        child.kill()


def test_a_process_that_has_its_number_now_is_no_filter(tmp_path: Path, elsewhere: "subprocess.Popen[str]") -> None:
    elsewhere.kill()
    elsewhere.wait()
    said = json.loads((tmp_path / "state" / ABOUT).read_text())
    (tmp_path / "state" / ABOUT).write_text(json.dumps(said | {"pid": os.getpid()}))  # which lives
    assert running_filter(tmp_path / "state") is None
    hold(settings_for(tmp_path / "state"), NOW, pause=never).close()


def test_one_that_is_ending_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = hold(settings_for(tmp_path / "state"), NOW)
    held.ending()
    about = running_filter(tmp_path / "state")
    assert about is not None
    assert about.ending
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 100:
            held.close()

    after = hold(settings_for(tmp_path / "state"), NOW, pause=pause)
    assert len(waited) == 100
    assert caplog.text.count(f"waiting for the filter of process {os.getpid()}, which is ending") == 1
    after.close()


def test_but_not_for_ever(tmp_path: Path, held: Held) -> None:
    held.ending()
    waited: list[float] = []
    with pytest.raises(HeldError):
        hold(settings_for(tmp_path / "state"), NOW, pause=waited.append)
    assert 30 < sum(waited) < 60


def test_commands_that_look_do_not_disturb_one_that_starts(tmp_path: Path) -> None:
    looking = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert running_filter(tmp_path) is None  # nor each other
    hold(settings_for(tmp_path), NOW, pause=lambda _: fcntl.flock(looking, fcntl.LOCK_UN)).close()
    os.close(looking)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_folder_that_cannot_be_locked_is_used_and_told(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    held = hold(settings_for(tmp_path), NOW, pause=never)
    assert "nothing keeps a second filter away from it" in caplog.text
    assert running_filter(tmp_path) is None  # nobody can know
    held.close()


def test_with_a_disk_that_is_full_it_is_held_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(running, "write_json", full)
    held = hold(settings_for(tmp_path), NOW)
    with pytest.raises(HeldError, match="another process"):
        hold(settings_for(tmp_path), NOW, pause=at_once)
    held.close()


def no_folder(state: Path) -> None:
    state.write_text("a file")


def in_a_file(state: Path) -> None:
    state.parent.rmdir()
    state.parent.write_text("a file")


@pytest.mark.parametrize("spoil", [no_folder, in_a_file])
def test_what_is_no_folder_is_told(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    (tmp_path / "in").mkdir()
    spoil(tmp_path / "in" / "state")
    with pytest.raises(HeldError, match="the state folder cannot be used"):
        hold(settings_for(tmp_path / "in" / "state"), NOW)
    assert running_filter(tmp_path / "in" / "state") is None


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", "\0", '{"pid": 1}', '{"pid": 1, "since": "2026-11-23T10:00:00"}', "[" * 100_000]
)
def test_what_is_no_word_of_a_filter_is_passed_over(tmp_path: Path, held: Held, said: str) -> None:
    (tmp_path / "state" / ABOUT).write_text(said)
    assert running_filter(tmp_path / "state") is None


def test_what_an_older_filter_says_is_read_as_well(tmp_path: Path, held: Held) -> None:
    said = json.loads((tmp_path / "state" / ABOUT).read_text())
    assert said.pop("metrics") == "127.0.0.1:9090"
    (tmp_path / "state" / ABOUT).write_text(json.dumps(said))
    found = running_filter(tmp_path / "state")
    assert found is not None
    assert (found.pid, found.metrics) == (os.getpid(), "")


def test_nor_is_a_link_followed(tmp_path: Path, held: Held) -> None:
    (tmp_path / "state" / ABOUT).rename(tmp_path / "away")
    (tmp_path / "state" / ABOUT).symlink_to(tmp_path / "away")
    assert running_filter(tmp_path / "state") is None


def test_those_that_run_are_found_the_oldest_first(tmp_path: Path, own_places: Path) -> None:
    late = hold(settings_for(tmp_path / "late"), NOW)
    early = hold(settings_for(tmp_path / "early"), NOW.replace(hour=8))
    assert [one.state.name for one in find_running()] == ["early", "late"]
    shutil.rmtree(own_places)
    assert find_running() == ()
    for one in (late, early):
        one.close()


@two_users
def test_a_folder_of_another_user_is_refused_with_whose_it_is(tmp_path: Path) -> None:
    give(tmp_path)
    (tmp_path / "state").mkdir(mode=0o700)
    done = run_as_service([sys.executable, "-c", HOLD, tmp_path / "state"])
    assert "may not be read by nobody: it belongs to root (mode 700)" in done.stderr


@two_users
def test_root_meets_the_filter_of_another_user(tmp_path: Path) -> None:
    give(tmp_path)
    command = [*as_service(), sys.executable, "-c", HOLD, str(tmp_path / "state")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        found = running_filter(tmp_path / "state")
        assert found is not None
        assert found.pid == process.pid
        with pytest.raises(HeldError, match=f"process {process.pid}"):
            hold(settings_for(tmp_path / "state"), NOW, pause=at_once)
        process.kill()
