"""The anchor of the audit trail: moved on, believed only when signed, never moved back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.exceptions.store import Store
from saywhy.serve.trail_anchor import Anchor, AnchorError, AnchorFile
from tests.exceptions.conftest import NOW, change
from tests.migrated_store import copy_migrated

KEY = b"k" * 32


@pytest.fixture
def url(tmp_path: Path) -> str:
    return copy_migrated(tmp_path / "store.sqlite3")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    opened.accounts.add_account("it", ["it"])
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path) -> AnchorFile:
    return AnchorFile(tmp_path / "trail.anchor", KEY)


def cut(url: str) -> None:
    guards = ("trail_is_not_deleted", "trail_texts_go_with_a_line")
    last = "(SELECT max(number) FROM trail)"
    change(
        url,
        *(f"DROP TRIGGER {one}" for one in guards),
        f"DELETE FROM trail_texts WHERE line = {last}",
        f"DELETE FROM trail WHERE number = {last}",
    )


def test_it_follows_the_trail(store: Store, file: AnchorFile) -> None:
    assert file.read() is None
    file.move_on(store, NOW)
    assert file.read() == Anchor(*store.trail_head(), NOW)
    store.accounts.add_account("lead", ["safeguarding"])
    file.move_on(store, NOW)
    assert file.read() == Anchor(2, store.trail_head()[1], NOW)
    assert file.trouble == ""
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_it_stays_where_the_trail_was_cut_off_even_when_it_grows_again(
    store: Store, url: str, file: AnchorFile
) -> None:
    store.accounts.add_account("lead", ["safeguarding"])
    file.move_on(store, NOW)
    known = file.read()
    cut(url)
    file.move_on(store, NOW)
    assert "not what it was" in file.trouble
    for name in ("one", "two", "three"):
        store.accounts.add_account(name, [])
    file.move_on(store, NOW)
    assert file.read() == known
    assert "not what it was" in file.trouble


@pytest.mark.parametrize("damage", ["number", "hash", "at", "signature"])
def test_one_that_was_written_by_somebody_else_is_not_believed(store: Store, file: AnchorFile, damage: str) -> None:
    file.move_on(store, NOW)
    fields = json.loads(file.path.read_text())
    fields[damage] = 7 if damage == "number" else fields[damage].replace("2", "3").replace("a", "b")
    file.path.write_text(json.dumps(fields))
    with pytest.raises(AnchorError, match=r"not signed|cannot be read"):
        file.read()
    before = file.path.read_bytes()
    file.move_on(store, NOW)
    assert file.path.read_bytes() == before
    assert "trail.anchor" in file.trouble


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"number": 1}', b"\xff"])
def test_one_that_cannot_be_read_says_so(file: AnchorFile, content: bytes) -> None:
    file.path.write_bytes(content)
    with pytest.raises(AnchorError, match="cannot be read"):
        file.read()


def test_one_that_is_taken_away_is_missed(store: Store, file: AnchorFile) -> None:
    file.move_on(store, NOW)
    file.path.unlink()
    file.move_on(store, NOW)
    assert "taken away" in file.trouble
    assert not file.path.exists()


def test_another_key_does_not_do(store: Store, file: AnchorFile) -> None:
    file.move_on(store, NOW)
    with pytest.raises(AnchorError, match="not signed"):
        AnchorFile(file.path, b"another").read()


def test_a_store_or_a_disk_that_fails_ends_nothing(store: Store, file: AnchorFile, tmp_path: Path) -> None:
    broken = Store("sqlite:////nowhere/at/all/store.sqlite3")
    file.move_on(broken, NOW)
    assert (file.read(), file.trouble) == (None, "")
    nowhere = AnchorFile(tmp_path / "gone" / "trail.anchor", KEY)
    nowhere.move_on(store, NOW)
    assert "cannot be written" in nowhere.trouble
