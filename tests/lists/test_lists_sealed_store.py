"""Sealed lists on disk: they say nothing, and what somebody does to them is noticed and changes nothing."""

import errno
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from saywhy.lists.sealed_folder import Cause, Register, SealedFolder, SealError
from saywhy.lists.sealed_store import SealedStore
from saywhy.policy.address import canonical_url

KEY = b"k" * 32
LISTED = "http://bad.example/Some/Page.html?id=7"
WORSE = "http://worse.example/x"


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    return SealedStore(tmp_path / "lists", KEY, tmp_path / "copy")


def holds(store: SealedStore, *addresses: str) -> list[bool]:
    sealed = store.open().sealed
    assert sealed is not None
    return [sealed.holds(canonical_url(one)) for one in addresses]


def of_list(folder: Path, name: str) -> Path:
    (found,) = folder.glob(f"{name}.*")
    return found


def test_what_is_stored_says_nothing_and_is_for_its_user_alone(store: SealedStore, tmp_path: Path) -> None:
    store.seal("iwf", "urls", [LISTED, "", "# comment", "not an address at all"])
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(files) == 4  # a register and a list, twice
    for path in files:
        content = path.read_bytes()
        assert LISTED.encode().partition(b"://")[2] not in content
        assert hashlib.sha256(LISTED.encode()).digest() not in content
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = store.open()
    assert opened.sealed is not None
    assert (opened.serial, opened.trouble) == (1, None)
    assert holds(store, LISTED) == [True]
    assert "bad" not in repr(opened)
    assert KEY.decode() not in repr(opened)
    other = SealedStore(tmp_path / "other", KEY, tmp_path / "other-copy")
    other.seal("iwf", "urls", [LISTED])
    mine, its = of_list(store.folder, "iwf"), of_list(other.folder, "iwf")
    assert mine.read_bytes() != its.read_bytes()  # another salt


def test_the_self_tests_address_is_on_every_one_and_nothing_else_there(store: SealedStore) -> None:
    store.seal("iwf", "urls", [LISTED])
    there = "sealed.test.why.school.internal"
    assert holds(store, f"https://{there}/sealed", f"http://{there}/sealed/", f"https://{there}/other") == [
        True,
        True,
        False,
    ]


def test_lines_that_are_none_are_told_by_number_alone(store: SealedStore) -> None:
    assert store.seal("police", "sha256", ["0" * 64, "xyz", "", "f" * 63]) == (1, [2, 4])
    for name, kind, lines in (
        ("A", "urls", [LISTED]),
        ("register", "urls", [LISTED]),
        ("a", "csv", [LISTED]),
        ("a", "urls", ["# nothing"]),
    ):
        with pytest.raises(SealError):
            store.seal(name, kind, lines)


def test_lists_are_replaced_and_taken_away_by_those_who_have_the_key(store: SealedStore, tmp_path: Path) -> None:
    assert (store.open().sealed, store.open().serial) == (None, 0)
    store.seal("iwf", "urls", [LISTED])
    store.seal("iwf", "urls", [WORSE])
    assert holds(store, LISTED, WORSE) == [False, True]
    store.unseal("iwf")
    opened = store.open(2)
    assert (opened.sealed, opened.serial, opened.trouble) == (None, 3, None)
    assert not list(tmp_path.rglob("iwf*"))
    with pytest.raises(SealError, match="no sealed list"):
        store.unseal("iwf")
    stranger = SealedStore(tmp_path / "lists", b"x" * 32, tmp_path / "copy")
    with pytest.raises(SealError, match="another key"):
        stranger.seal("iwf", "urls", [LISTED])


def flipped(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


MEDDLING: dict[str, tuple[Callable[[Path], object], str, Cause]] = {
    "a list is emptied": (lambda folder: of_list(folder, "iwf").write_bytes(b""), "is cut short", Cause.DAMAGED),
    "a list is cut short": (lambda folder: shortened(of_list(folder, "iwf")), "is cut short", Cause.DAMAGED),
    "a list is blank": (lambda folder: of_list(folder, "iwf").write_bytes(bytes(64)), "is cut short", Cause.DAMAGED),
    "a list is changed": (lambda folder: flipped(of_list(folder, "iwf")), "was changed", Cause.ALTERED),
    "a list is taken away": (lambda folder: of_list(folder, "iwf").unlink(), "is gone", Cause.MISSING),
    "the register is changed": (
        lambda folder: (folder / "register").write_bytes(
            (folder / "register").read_bytes().replace(b'"serial": 2', b'"serial": 3')
        ),
        "was changed",
        Cause.ALTERED,
    ),
    "the register is emptied": (lambda folder: (folder / "register").write_bytes(b""), "is cut short", Cause.DAMAGED),
    "the register is cut short": (lambda folder: shortened(folder / "register"), "is cut short", Cause.DAMAGED),
    "the register is taken away": (lambda folder: (folder / "register").unlink(), "is gone", Cause.MISSING),
    "everything is taken away": (shutil.rmtree, "is gone", Cause.MISSING),
    "everything is emptied": (emptied, "is gone", Cause.MISSING),
}


@pytest.mark.parametrize("meddle", MEDDLING)
def test_meddling_is_noticed_what_was_sealed_stays_and_sealing_again_mends(
    store: SealedStore, tmp_path: Path, meddle: str
) -> None:
    store.seal("iwf", "urls", [LISTED])
    store.seal("police", "urls", [WORSE])
    change, what, cause = MEDDLING[meddle]
    change(store.folder)
    for at_least in (0, 2):  # when the filter starts; while it runs
        opened = store.open(at_least)
        assert opened.trouble is not None
        assert what in str(opened.trouble)
        assert opened.trouble.cause is cause
        assert opened.serial == 2
        assert holds(store, LISTED, WORSE) == [True, True]
    store.seal("police", "urls", [WORSE])
    assert (store.open(2).trouble, store.open(2).serial) == (None, 3)
    assert holds(store, LISTED, WORSE) == [True, True]
    shutil.rmtree(tmp_path / "copy")
    assert holds(store, LISTED, WORSE) == [True, True]


@pytest.mark.parametrize("meddle", sorted(set(MEDDLING) - {"everything is taken away", "everything is emptied"}))
def test_where_the_copy_is_meddled_with_the_lists_stay_and_it_is_told(
    store: SealedStore, tmp_path: Path, meddle: str
) -> None:
    store.seal("iwf", "urls", [LISTED])
    store.seal("police", "urls", [WORSE])
    MEDDLING[meddle][0](tmp_path / "copy")
    trouble = store.open(2).trouble
    assert trouble is not None
    assert str(trouble).startswith("the copy of the sealed lists: ")
    assert trouble.cause is MEDDLING[meddle][2]
    assert holds(store, LISTED, WORSE) == [True, True]
    store.seal("police", "urls", [WORSE])
    assert store.open(2).trouble is None
    shutil.rmtree(store.folder)
    assert holds(store, LISTED, WORSE) == [True, True]


def test_an_older_state_put_back_is_noticed(store: SealedStore, tmp_path: Path) -> None:
    store.seal("iwf", "urls", [LISTED])
    shutil.copytree(store.folder, tmp_path / "older")
    store.seal("iwf", "urls", [WORSE])
    shutil.rmtree(store.folder)
    shutil.copytree(tmp_path / "older", store.folder)
    opened = store.open()  # even when the filter has just started
    assert opened.trouble is not None
    assert opened.trouble.cause is Cause.ALTERED
    assert "older" in str(opened.trouble)
    assert holds(store, LISTED, WORSE) == [False, True]


def test_with_both_meddled_with_nothing_is_opened_and_only_a_new_beginning_helps(
    store: SealedStore, tmp_path: Path
) -> None:
    store.seal("iwf", "urls", [LISTED])
    for folder in (store.folder, tmp_path / "copy"):
        flipped(of_list(folder, "iwf"))
    with pytest.raises(SealError, match="was changed"):
        store.open()
    with pytest.raises(SealError, match="--anew"):
        store.seal("iwf", "urls", [LISTED])
    store.seal("iwf", "urls", [WORSE], anew=True)
    assert store.open(1).trouble is None
    assert holds(store, LISTED, WORSE) == [False, True]


def closed_to_us(path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As it is for a user without permission, or on a disk that fails, whoever runs the tests."""
    real = Path.read_bytes

    def read_bytes(one: Path) -> bytes:
        if path in (one, *one.parents):
            raise OSError(number, os.strerror(number))
        return real(one)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)


@pytest.mark.parametrize(
    ("number", "cause", "what"),
    [
        (errno.EACCES, Cause.DENIED, "may not be read by"),
        (errno.EIO, Cause.UNREADABLE, "cannot be read (Input/output error)"),
    ],
)
@pytest.mark.parametrize("where", ["lists", "copy", "both"])
def test_what_may_not_be_read_is_no_meddling_and_nothing_is_put_in_its_place(
    store: SealedStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    cause: Cause,
    what: str,
    where: str,
) -> None:
    store.seal("iwf", "urls", [LISTED])
    held = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        closed_to_us(tmp_path if where == "both" else tmp_path / where, patch, number)
        if where == "both":
            with pytest.raises(SealError) as told:
                store.open()
            trouble: SealError | None = told.value
        else:
            assert holds(store, LISTED) == [True]
            trouble = store.open().trouble
        assert trouble is not None
        assert trouble.cause is cause
        assert what in str(trouble)
        for anew in (False, True):
            with pytest.raises(SealError, match="nothing was changed") as refused:
                store.seal("iwf", "urls", [WORSE], anew=anew)
            assert "--anew" not in str(refused.value)
        with pytest.raises(SealError, match="nothing was changed"):
            store.unseal("iwf")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == held
    assert store.open().trouble is None


def test_where_the_lists_are_meddled_with_and_the_copy_may_not_be_read_that_comes_first(
    store: SealedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.seal("iwf", "urls", [LISTED])
    flipped(store.folder / "register")
    closed_to_us(tmp_path / "copy", monkeypatch, errno.EACCES)
    with pytest.raises(SealError, match="may not be read") as told:
        store.open()
    assert told.value.cause is Cause.DENIED  # once it may be read, it puts the lists right


def test_what_another_version_wrote_is_left_to_that(store: SealedStore, tmp_path: Path) -> None:
    store.seal("iwf", "urls", [LISTED])
    for folder in (SealedFolder(store.folder, KEY), SealedFolder(tmp_path / "copy", KEY)):
        folder._write(Register("2.0"))  # type: ignore[arg-type]
        body = (folder.path / "register").read_bytes().partition(b"\n")[0].replace(b'"salt"', b'"pepper"')
        (folder.path / "register").write_bytes(body + b"\n" + folder._tag(body))
    with pytest.raises(SealError) as told:
        store.open()
    assert told.value.cause is Cause.ANOTHER_VERSION
    with pytest.raises(SealError, match="use the version"):
        store.seal("iwf", "urls", [LISTED], anew=True)


def test_who_may_read_them_is_noticed(store: SealedStore) -> None:
    store.seal("iwf", "urls", [LISTED])
    before = store.fingerprint()
    (store.folder / "register").chmod(0o640)
    assert store.fingerprint() != before


def test_everything_gone_under_a_running_filter_is_an_error(store: SealedStore, tmp_path: Path) -> None:
    store.seal("iwf", "urls", [LISTED])
    for folder in (store.folder, tmp_path / "copy"):
        shutil.rmtree(folder)
    with pytest.raises(SealError, match="is gone"):
        store.open(1)


def test_a_folder_alone_takes_over_only_what_was_sealed(tmp_path: Path) -> None:
    mine, other = SealedFolder(tmp_path / "mine", KEY), SealedFolder(tmp_path / "other", KEY)
    with pytest.raises(SealError, match="nothing is sealed"):
        mine.take_over(other)


def test_who_reads_while_somebody_seals_sees_no_meddling(store: SealedStore) -> None:
    store.seal("iwf", "urls", [LISTED])
    done, troubles, reads = threading.Event(), list[str](), 0

    def read() -> None:
        nonlocal reads
        while not done.is_set():
            try:
                opened = store.open(1)
            except SealError as error:
                troubles.append(str(error))
                continue
            reads += 1
            if opened.trouble is not None or opened.sealed is None or not opened.sealed.holds(canonical_url(LISTED)):
                troubles.append(str(opened.trouble or "not held"))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(150):
        store.seal("iwf", "urls", [LISTED, f"http://more.example/{number}"])
        store.seal("other", "urls", [f"http://more.example/{number}"])
        store.unseal("other")
    done.set()
    reader.join()
    assert troubles == []
    assert reads > 50
