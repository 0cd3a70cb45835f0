"""Adding and updating: every line accounted for, and a good list never replaced by a worse one."""

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.lists.detect import detect
from saywhy.lists.entry import Loss
from saywhy.lists.held_back import Confirmed
from saywhy.lists.index import open_index
from saywhy.lists.origin import origin_of
from saywhy.lists.publish import compile_lists
from saywhy.lists.reading import Report, UnreadableListError, counts_of, first_lines, read_file
from saywhy.lists.status import count_failures, failures
from saywhy.lists.store import ListError, ListStore, Manifest, checked_name
from saywhy.lists.taking import Taken, add, add_ut1, update
from saywhy.policy.address import canonical_url
from saywhy.policy.reading.load import load_policy
from tests.lists.conftest import Origin, own_tree

POLICIES = Path(__file__).parents[2] / "policies"


def quiet(_had: int, _of: int | None) -> None:
    pass


def added(store: ListStore, source: Path | str, now: datetime, name: str = "bets", form: str = "auto") -> Manifest:
    manifest = Manifest(name, "category", "gambling", str(source), format=form, licence="CC0")
    return add(store, manifest, now, progress=quiet).manifest


def updated(store: ListStore, now: datetime, name: str = "bets") -> Taken:
    (one,) = update(store, [name], now + timedelta(days=1), progress=quiet)
    return one


def test_every_line_is_an_entry_a_repeat_blank_or_a_loss_with_its_number(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    source = tmp_path / "names.txt"
    source.write_bytes(
        b"\xef\xbb\xbf# bets\r\nbet.example\r\nBET.example.\r\n\r\ntwo words\r\ncaf\xe9.example\r\npoker.example"
    )
    manifest = added(store, source, now)
    counts = manifest.counts
    assert (counts["lines"], counts["blank"], counts["repeats"], counts["entries"], counts["losses"]) == (7, 2, 1, 2, 2)
    assert manifest.losses == (
        Loss("names.txt", 5, "two words", "a space within"),
        Loss("names.txt", 6, "caf?.example", "bytes that are not UTF-8"),
    )
    assert [(one.found.text, one.place) for one in store.entries(manifest)] == [
        ("bet.example", "names.txt:2"),
        ("poker.example", "names.txt:7"),
    ]
    assert store.manifest("bets") == manifest
    assert manifest.licence == "CC0"
    assert manifest.added == manifest.updated == "2026-11-23T09:00:00+00:00"


def test_losses_are_kept_up_to_a_number_and_all_are_counted(store: ListStore, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "names.txt").write_text("ok.example\n" + "a b\n" * 250)
    manifest = added(store, tmp_path / "names.txt", now, form="domains")
    assert len(manifest.losses) == 100
    assert manifest.lost == {"a space within": 250}


def test_a_line_without_end_is_one_loss(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("a" * 300_000 + "\nok.example\n")
    report = Report()
    assert [one.text for one, _ in read_file(tmp_path / "long", "long", "domains", report, set())] == ["ok.example"]
    assert counts_of(report)["losses"] == 1
    assert report.lines == 2


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"# nothing\n", "empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
        ("bet.example\n".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\0\0", "damaged"),
        (b"\x1f\x8b\x08\0\0\0", "cut short"),
        (gzip.compress(b"\0\1\2\n", mtime=0), "no text file"),
        (b"what is this, then?\nno idea at all\n", "not recognised"),
    ],
)
def test_what_is_no_list_is_not_added(
    store: ListStore, tmp_path: Path, now: datetime, content: bytes, what: str
) -> None:
    (tmp_path / "source").write_bytes(content)
    with pytest.raises(ListError, match=what):
        added(store, tmp_path / "source", now)
    assert store.names() == []


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("domains", "# list\nbet.example\n*.poker.example\n192.0.2.1\n2001:db8::1\n"),
        ("hosts", "# hosts\n127.0.0.1 localhost\n0.0.0.0 bet.example\n"),
        ("urls", "bet.example/play\npoker.example/a?b=c\n"),
        ("dnsmasq", "# dns\naddress=/bet.example/0.0.0.0\n"),
        ("adblock", "[Adblock Plus]\n! list\n||bet.example^\n@@||ok.bet.example^\n"),
        ("adblock", "! list\nexample.org\nexample.net\n||bet.example^$third-party\n"),
        ("rpz", "$TTL 60\n@ SOA a. b. 1 2 3 4 5\nbet.example CNAME .\n"),
        ("rpz", "; zone\nbet.example IN CNAME .\n*.bet.example IN CNAME .\n"),
        ("v2fly", "# list\nbet.example\nfull:www.poker.example @ads\n"),
    ],
)
def test_a_format_is_recognised(tmp_path: Path, form: str, text: str) -> None:
    (tmp_path / "some.txt").write_text(text)
    assert detect("some.txt", first_lines(tmp_path / "some.txt")) == form


def test_a_format_that_is_not_recognised_can_be_named() -> None:
    with pytest.raises(UnreadableListError, match="--format"):
        detect("some.txt", ["(a|b)", "(c|d)"])
    assert detect("expressions", ["(a|b)"]) == "expressions"


@pytest.mark.parametrize("name", ["", "A", "a b", "/a", "a/", "../a", "a/../b", "a//b", ".hidden", "a" * 70])
def test_a_list_s_name_is_checked(name: str) -> None:
    with pytest.raises(ListError, match="cannot be a list's name"):
        checked_name(name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty"),
        ("# nothing any more\n", "empty"),
        ("".join(f"{number}.example\n" for number in range(49)), "shrunk from 100 entries to 49"),
        ("<html>Not found</html>", "web page"),
        ("a b\n" * 100, "not recognised"),
    ],
)
def test_an_update_that_would_make_it_worse_is_not_taken(
    store: ListStore, tmp_path: Path, now: datetime, content: str, why: str
) -> None:
    source = tmp_path / "names.txt"
    source.write_text("".join(f"{number}.example\n" for number in range(100)))
    before = added(store, source, now)
    source.write_text(content)
    taken = updated(store, now)
    assert not taken.changed
    assert why in taken.failure
    kept = store.manifest("bets")
    assert why in kept.failure
    assert (kept.updated, kept.counts) == (before.updated, before.counts)
    assert len(list(store.entries(kept))) == 100
    assert not list((store.folder / "bets").glob(".aside-*"))


def test_an_update_that_is_good_is_taken_and_ends_the_failure(store: ListStore, tmp_path: Path, now: datetime) -> None:
    source = tmp_path / "names.txt"
    source.write_text("a.example\nb.example\n")
    added(store, source, now)
    source.unlink()
    assert "cannot be read" in updated(store, now).failure
    source.write_text("a.example\n")
    taken = updated(store, now)
    assert taken.changed
    assert not store.manifest("bets").failure
    assert [one.found.text for one in store.entries(taken.manifest)] == ["a.example"]
    assert len(list((store.folder / "bets").glob("*.tsv"))) == 1


def test_an_update_asks_the_server_and_takes_nothing_for_nothing(
    store: ListStore, origin: Origin, now: datetime
) -> None:
    origin.body, origin.headers = b"a.example\n", {"ETag": '"1"'}
    added(store, f"{origin.address}/names.txt", now)
    taken = updated(store, now)
    assert (taken.changed, taken.failure) == (False, "")
    assert taken.manifest.checked == "2026-11-24T09:00:00+00:00"
    assert taken.manifest.updated == "2026-11-23T09:00:00+00:00"
    origin.body, origin.headers = b"a.example\nb.example\n", {"ETag": '"2"'}
    assert updated(store, now).manifest.counts["names"] == 2
    origin.status, origin.headers = 500, {}
    assert "500" in updated(store, now).failure


def test_one_at_a_time(store: ListStore) -> None:
    with store.locked(), pytest.raises(ListError, match="another command"), ListStore(store.folder).locked():
        pass


def test_a_manifest_that_cannot_be_read_is_told(store: ListStore) -> None:
    (store.folder / "bets").mkdir()
    for content in ("{", "[]", '{"surprise": 1}'):
        (store.folder / "bets/list.json").write_text(content)
        with pytest.raises(ListError, match="add the list again"):
            store.manifest("bets")


def test_a_list_is_taken_away_and_those_within_stay(store: ListStore, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "names.txt").write_text("a.example\n")
    added(store, tmp_path / "names.txt", now, "bets")
    added(store, tmp_path / "names.txt", now, "bets/more")
    store.remove("bets")
    assert store.names() == ["bets/more"]
    with pytest.raises(ListError, match="no list"):
        store.remove("bets")


def test_failures_are_counted_for_the_figures(store: ListStore, now: datetime) -> None:
    assert failures(store.folder) == 0
    count_failures(store.folder, 2, now)
    count_failures(store.folder, 1, now)
    assert failures(store.folder) == 3
    (store.folder / "status.json").write_text("[]")
    assert failures(store.folder) == 0


def test_the_policy_s_look_ups_ask_the_lists_as_well(store: ListStore, tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "bets"
    folder.mkdir()
    (folder / "domains").write_text("# bets\nbet.example\n")
    (folder / "urls").write_text("mixed.example/bets\nmixed.example/bets?x=1\n")
    (folder / "expressions").write_text("(^|[./-])pokerroom([./-]|$)\n")
    named = Manifest("mine/bets", "category", "horse-races", str(folder))
    manifest = add(store, named, now, confirmed=Confirmed(any_host=True), progress=quiet).manifest
    compile_lists(store)
    policy = Engine(load_policy(POLICIES), open_index(store.index))
    lookup = policy.membership
    assert lookup("www.bet.example", None).categories == {"horse-races"}
    assert policy.policy.catalogue.categories["horse-races"].label == "Horse races"
    assert lookup("mixed.example", None).undecided_categories == {"horse-races"}
    assert lookup("mixed.example", canonical_url("https://mixed.example/Bets/1")).categories == {"horse-races"}
    assert not lookup("mixed.example", canonical_url("https://mixed.example/other")).categories
    found = lookup("fine.example", canonical_url("https://fine.example/pokerroom/1"))
    assert found.categories == {"horse-races"}
    places = {entry: origin_of(store, manifest, entry) for entry in ("bet.example", "mixed.example/bets?x=1", "none")}
    assert places == {"bet.example": "domains:2", "mixed.example/bets?x=1": "urls:2", "none": ""}
    assert origin_of(store, manifest, found.because[0].entry) == "expressions:1"


def test_a_tree_without_lists_is_an_error(store: ListStore, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/readme").write_text("no lists")
    with pytest.raises(ListError, match="no folder in it"):
        add_ut1(store, str(tmp_path / "tree"), "", {}, now, progress=quiet)


def test_a_source_with_several_lists_wants_to_be_told_which(store: ListStore, tmp_path: Path, now: datetime) -> None:
    with pytest.raises(ListError, match="--ut1"):
        added(store, own_tree(tmp_path / "ut1"), now)
    (tmp_path / "loose").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "loose" / name).write_text("a.example\n")
    with pytest.raises(ListError, match="several files"):
        added(store, tmp_path / "loose", now)
