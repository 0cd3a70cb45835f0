"""Filters are found without being told where; nothing is believed that somebody else could have written."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from saywhy.serve import registry
from saywhy.serve.registry import Entry, entries
from tests.second_user import SERVICE, two_users

ABOUT = {"pid": 7}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "state").mkdir()
    descriptor = os.open(tmp_path / "state", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The machine's folder, which is not there, and the user's own."""
    found = tmp_path / "run" / "saywhy", tmp_path / "own"
    monkeypatch.setattr(registry, "_places", lambda: found)
    monkeypatch.setattr(registry, "_SYSTEM", found[0])
    return found


def test_the_folders_are_of_the_machine_and_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAYWHY_REGISTRY")
    user = os.geteuid()
    machine, signed_in, temporary = registry._places()
    assert str(machine) == "/run/saywhy"
    assert str(signed_in) == f"/run/user/{user}/saywhy"
    assert temporary.name == f"saywhy-{user}"


def test_an_entry_is_there_for_as_long_as_its_filter(state: int, places: tuple[Path, Path]) -> None:
    with closing(Entry(state, ABOUT)):
        assert list(entries()) == [ABOUT]
        assert (places[1].stat().st_mode & 0o777, next(places[1].iterdir()).stat().st_mode & 0o777) == (0o700, 0o600)
    assert list(entries()) == []
    assert list(places[1].iterdir()) == []


@pytest.mark.parametrize("of", ["the same state", "another"])
def test_what_a_killed_filter_left_is_passed_over_and_taken_away(
    state: int, places: tuple[Path, Path], tmp_path: Path, of: str
) -> None:
    before = state if of == "the same state" else os.open(tmp_path, os.O_RDONLY)
    entry = Entry(before, ABOUT)
    assert entry._file is not None
    os.close(entry._file)
    assert len(list(places[1].iterdir())) == 1
    assert list(entries()) == []
    with closing(Entry(state, {"pid": 8})):
        assert list(entries()) == [{"pid": 8}]
        assert len(list(places[1].iterdir())) == 1


def test_one_that_is_struck_out_while_it_is_written_goes_elsewhere(
    state: int, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    places[0].parent.mkdir(mode=0o755)
    real = os.pwrite

    def struck_out(file: int, content: bytes, at: int) -> int:
        for left in places[0].iterdir():
            left.unlink()
        return real(file, content, at)

    monkeypatch.setattr(os, "pwrite", struck_out)
    with closing(Entry(state, ABOUT)):
        assert list(entries()) == [ABOUT]
        assert [len(list(one.iterdir())) for one in places] == [0, 1]


def test_the_machine_s_folder_comes_first_where_it_is_there(state: int, places: tuple[Path, Path]) -> None:
    places[0].parent.mkdir(mode=0o755)
    with closing(Entry(state, ABOUT)):
        assert [len(list(one.iterdir())) for one in places if one.exists()] == [1]
        assert list(entries()) == [ABOUT]


def linked(place: Path) -> None:
    place.rename(place.with_name("away"))
    place.symlink_to("away")


def entry_linked(place: Path) -> None:
    (entry,) = place.iterdir()
    entry.rename(place.parent / "away")
    entry.symlink_to(place.parent / "away")


@pytest.mark.parametrize(
    "spoil",
    [linked, entry_linked, lambda place: place.chmod(0o777), lambda place: place.chmod(0o770)],
    ids=["a linked folder", "a linked entry", "one that all may write to", "one that its group may write to"],
)
def test_what_others_could_have_written_is_not_believed(
    state: int, places: tuple[Path, Path], spoil: Callable[[Path], object]
) -> None:
    with closing(Entry(state, ABOUT)):
        spoil(places[1])
        assert list(entries()) == []


@two_users
@pytest.mark.parametrize("whose", ["folder", "entry"])
def test_nor_what_another_user_wrote(state: int, places: tuple[Path, Path], whose: str) -> None:
    with closing(Entry(state, ABOUT)):
        (entry,) = places[1].iterdir()
        os.chown(places[1] if whose == "folder" else entry, SERVICE, SERVICE)
        assert list(entries()) == []


@two_users
def test_but_root_believes_the_user_to_whom_it_gave_the_machine_s_folder(state: int, places: tuple[Path, Path]) -> None:
    places[0].parent.mkdir(mode=0o755)
    with closing(Entry(state, ABOUT)):
        for path in (places[0], *places[0].iterdir()):
            os.chown(path, SERVICE, SERVICE)
        assert list(entries()) == [ABOUT]
        places[0].parent.chmod(0o777)  # now anybody could have made that folder
        assert list(entries()) == []


@pytest.mark.parametrize("said", ["", "[]", "\0", "[" * 100_000])
def test_what_is_no_entry_is_passed_over(state: int, places: tuple[Path, Path], said: str) -> None:
    with closing(Entry(state, ABOUT)):
        (entry,) = places[1].iterdir()
        entry.write_text(said)
        assert list(entries()) == []


def test_without_any_place_it_goes_on(state: int, places: tuple[Path, Path]) -> None:
    places[1].write_text("a file")
    with closing(Entry(state, ABOUT)):
        assert list(entries()) == []


def test_another_folder_can_take_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYWHY_REGISTRY", str(tmp_path))
    assert registry._places() == (tmp_path,)
