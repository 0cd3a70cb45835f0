"""What the supervisor reads of the state folder for whoever scrapes."""

from datetime import UTC, datetime
from pathlib import Path

from saywhy.lists.store import ListStore, Manifest
from saywhy.proxy.tls.authority import ensure_authority
from saywhy.serve.settings import Endpoint, Settings
from saywhy.serve.state_look import StateLook

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def settings(folder: Path) -> Settings:
    end = Endpoint("127.0.0.1", 0)
    return Settings(folder / "policies", folder / "state", (end,), end, end)


def keep(one: Settings, name: str, source: str, **more: object) -> None:
    (one.lists_folder / name).mkdir(parents=True)
    ListStore(one.lists_folder).save(
        Manifest(name, "category", "games", source, updated=AT.isoformat(), checked=AT.isoformat(), **more)  # type: ignore[arg-type]
    )


def test_lists_are_told_as_they_are_kept(tmp_path: Path) -> None:
    one = settings(tmp_path)
    keep(one, "fetched", "https://lists.example/games", counts={"entries": 7, "losses": 2}, failure="gone")
    keep(one, "own", "/srv/own.txt", counts={"entries": 3})
    fetched, own = StateLook(one)().lists
    assert (fetched.name, fetched.entries, fetched.lost, fetched.failing) == ("fetched", 7, 2, True)
    assert fetched.checked == fetched.updated == AT.timestamp()
    assert (own.entries, own.failing, own.checked) == (3, False, None)


def test_a_damaged_list_hides_no_other_and_nothing_raises(tmp_path: Path) -> None:
    one = settings(tmp_path)
    empty = StateLook(one)()
    assert (empty.lists, empty.certificate_ends) == ((), None)
    keep(one, "own", "/srv/own.txt")
    (one.lists_folder / "torn").mkdir()
    (one.lists_folder / "torn" / "list.json").write_text("{", "utf-8")
    assert [found.name for found in StateLook(one)().lists] == ["own"]


def test_the_certificate_is_read_and_not_at_each_look(tmp_path: Path) -> None:
    one, moment = settings(tmp_path), [0.0]
    look = StateLook(one, lambda: moment[0])
    assert look().certificate_ends is None
    ensure_authority(one.authority, "School", AT)
    assert look().certificate_ends is None
    moment[0] = 10.0
    ends = look().certificate_ends
    assert ends is not None
    assert ends > AT.timestamp()
