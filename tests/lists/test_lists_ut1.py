"""UT1's folders: each is a category here, and a whole tree is imported with every line accounted for.

The real lists are tried where they lie beside the project (`../shared/lists/ut1`) or where SAYWHY_UT1 says; a small tree of
our own with the same oddities is tried everywhere.
"""

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from saywhy.lists.index import open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore
from saywhy.lists.taking import Taken, add_ut1
from saywhy.lists.ut1 import CATEGORY_OF
from saywhy.policy.reading.builtin import builtin_catalogue
from tests.lists.conftest import own_tree

REAL = Path(os.environ.get("SAYWHY_UT1") or Path(__file__).parents[3] / "shared/lists/ut1")
PARTS = ("domains", "urls", "expressions")

# The folders of the lists' subset that Saywhy is measured with.
SUBSET = [
    "ai",
    "audio-video",
    "celebrity",
    "chat",
    "dating",
    "doh",
    "download",
    "drugs",
    "dynamic-dns",
    "educational_games",
    "fakenews",
    "filehosting",
    "forums",
    "gambling",
    "games",
    "hacking",
    "jobsearch",
    "manga",
    "press",
    "proxy",
    "radio",
    "remote-control",
    "residential-proxies",
    "sexual_education",
    "shopping",
    "shortener",
    "social_networks",
    "translation",
    "violence",
    "vpn",
    "warez",
    "webmail",
]
# Those that only the whole collection has.
BESIDES = ["adult", "agressif", "drogue", "malware", "mixed_adult", "phishing", "publicite", "redirector", "tricheur"]


@pytest.mark.parametrize("folder", [*SUBSET, *BESIDES])
def test_every_folder_has_its_category(folder: str) -> None:
    assert folder in CATEGORY_OF


def test_every_category_named_exists() -> None:
    assert set(CATEGORY_OF.values()) - builtin_catalogue().categories.keys() == set()


@pytest.mark.parametrize(("link", "folder"), [("porn", "adult"), ("proxy", "redirector"), ("drugs", "drogue")])
def test_a_link_and_what_it_points_to_are_the_same(link: str, folder: str) -> None:
    assert CATEGORY_OF[link] == CATEGORY_OF[folder]


def test_what_helps_is_not_filed_with_what_harms() -> None:
    assert CATEGORY_OF["sexual_education"] not in {CATEGORY_OF["adult"], CATEGORY_OF["mixed_adult"]}
    assert CATEGORY_OF["educational_games"] != CATEGORY_OF["games"]


def imported(store: ListStore, tree: Path, now: datetime) -> list[Taken]:
    taken = add_ut1(store, str(tree), "CC BY-SA 4.0", CATEGORY_OF, now, progress=lambda _had, _of: None)
    assert [one.failure for one in taken if one.failure] == []
    return taken


def check_against_wc(store: ListStore, tree: Path, taken: list[Taken]) -> None:
    """Every line that `wc -l` counts is an entry, a repeat, blank, or a loss that the report explains."""
    folders = {path.parent.name for part in PARTS for path in tree.glob(f"*/{part}") if not path.parent.is_symlink()}
    assert store.names() == sorted(f"ut1/{name.lower()}" for name in folders)
    for one in taken:
        manifest, counts = one.manifest, one.manifest.counts
        files = [path for part in PARTS if (path := tree / manifest.member / part).exists()]
        unended = sum(not path.read_bytes().endswith(b"\n") for path in files if path.stat().st_size)
        said = subprocess.run(["wc", "-l", *map(str, files)], capture_output=True, text=True, check=True).stdout
        counted = int(said.splitlines()[-1].split()[0]) + unended  # `wc -l` counts the ends of lines
        assert counts["lines"] == counted, manifest.name
        accounted = counts["blank"] + counts["repeats"] + counts["entries"] + counts["losses"]
        assert counts["lines"] == accounted, manifest.name
        assert sum(manifest.lost.values()) == counts["losses"]
        assert {loss.reason for loss in (*manifest.losses, *manifest.held)} == set(manifest.lost)
        assert all(loss.line and loss.reason for loss in manifest.losses)
        assert len(list(store.entries(manifest))) == counts["entries"]


def check_that_all_is_found(store: ListStore, tree: Path, taken: list[Taken], every: int) -> None:
    """The raw lines of `domains`, but for those that the report calls losses, belong to their category in the index."""
    compile_lists(store)
    index = open_index(store.index)
    for one in taken:
        told = (*one.manifest.losses, *one.manifest.held)
        lost = {loss.line for loss in told if loss.file == "domains"}
        raw = (tree / one.manifest.member / "domains").read_bytes().splitlines()
        for number, line in list(enumerate(raw, start=1))[::every]:
            name = line.decode("latin-1").strip().lower().strip(".")
            if number not in lost and name and not name.startswith("#"):
                said = {belonging.id for belonging in index.belongings(name, None)[0]}
                assert one.manifest.id in said, (one.manifest.name, number, name)
                below = {belonging.id for belonging in index.belongings(f"www.{name}", None)[0]}
                assert (one.manifest.id in below) is not name.replace(".", "").isdigit(), name


def test_all_of_the_real_lists_are_imported(store: ListStore, now: datetime) -> None:
    if not (REAL / "global_usage").exists():
        pytest.skip(
            f"the UT1 lists are not there ({REAL}); SAYWHY_UT1 can name their folder. A tree of our own is tried below"
        )
    taken = imported(store, REAL, now)
    check_against_wc(store, REAL, taken)
    check_that_all_is_found(store, REAL, taken, every=23)
    assert sum(one.manifest.counts["entries"] for one in taken) > 100_000
    held_back = sum(len(one.manifest.held) for one in taken)
    lost = sum(one.manifest.counts["losses"] for one in taken) - held_back
    assert lost * 1000 < sum(one.manifest.counts["lines"] for one in taken)  # they are good lists


def test_a_tree_of_our_own_is_imported(store: ListStore, tmp_path: Path, now: datetime) -> None:
    tree = own_tree(tmp_path / "ut1")
    taken = imported(store, tree, now)
    check_against_wc(store, tree, taken)
    check_that_all_is_found(store, tree, taken, every=1)
    (proxy,) = (one.manifest for one in taken if one.manifest.member == "proxy")
    assert proxy.id == "proxies-and-vpns"
    assert [(loss.file, loss.line, loss.reason) for loss in proxy.losses] == [
        ("domains", 6, "bytes that are not UTF-8"),
        ("domains", 7, "a space within"),
        ("domains", 8, "an empty label"),
        ("urls", 41, "a # in a web address: what follows it never reaches a filter"),
        ("expressions", 2, "an expression that RE2 does not take (look-around, back references, or not closed)"),
    ]
    assert (proxy.counts["blank"], proxy.counts["repeats"]) == (2, 1)
    assert taken[0].left_out == ("redirector",)


@pytest.mark.parametrize("meddle", ["a line more", "a line less", "a folder more"])
def test_what_is_not_imported_would_be_noticed(store: ListStore, tmp_path: Path, now: datetime, meddle: str) -> None:
    tree = own_tree(tmp_path / "ut1")
    taken = imported(store, tree, now)
    domains = tree / "gambling/domains"
    if meddle == "a line more":
        domains.write_text(domains.read_text() + "more.example\n")
    elif meddle == "a line less":
        domains.write_text(domains.read_text().partition("\n")[2])
    else:
        shutil.copytree(tree / "gambling", tree / "more")
    with pytest.raises(AssertionError):
        check_against_wc(store, tree, taken)


def test_a_folder_that_nobody_knows_is_a_category_of_its_own(store: ListStore, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "ut1/my_own").mkdir(parents=True)
    (tmp_path / "ut1/my_own/domains").write_text("a.example\n")
    assert [(one.manifest.name, one.manifest.id) for one in imported(store, tmp_path / "ut1", now)] == [
        ("ut1/my_own", "my-own")
    ]


def test_a_folder_that_shrinks_stays_and_its_failure_is_kept(store: ListStore, tmp_path: Path, now: datetime) -> None:
    tree = own_tree(tmp_path / "ut1")
    imported(store, tree, now)
    before = store.manifest("ut1/gambling")
    (tree / "gambling/domains").write_text("a.example\n")
    taken = add_ut1(store, str(tree), "", CATEGORY_OF, now, progress=lambda _had, _of: None)
    assert [one.manifest.name for one in taken if one.failure] == ["ut1/gambling"]
    kept = store.manifest("ut1/gambling")
    assert (kept.counts, kept.failure != "") == (before.counts, True)
    taken = add_ut1(store, str(tree), "", CATEGORY_OF, now, shorter=True, progress=lambda _had, _of: None)
    assert not any(one.failure for one in taken)
