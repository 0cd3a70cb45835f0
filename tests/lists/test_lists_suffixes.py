"""An entry that covers a public suffix takes in half of the web: it waits until somebody confirms it."""

from datetime import datetime
from pathlib import Path
from typing import Final

import pytest
from publicsuffixlist import PublicSuffixList

from saywhy.lists.held_back import NOTHING_CONFIRMED, SUFFIX, WHOLE_DOMAINS, Confirmed
from saywhy.lists.index import open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListError, ListStore, Manifest
from saywhy.lists.taking import Taken, add, update
from saywhy.policy.address import canonical_url
from saywhy.policy.public_suffixes import public_suffixes

REFERENCE: Final = PublicSuffixList()


def quiet(_had: int, _of: int | None) -> None:
    pass


def added(
    store: ListStore, source: Path, now: datetime, form: str = "auto", confirmed: Confirmed = NOTHING_CONFIRMED
) -> Manifest:
    named = Manifest("bets", "category", "gambling", str(source), format=form)
    return add(store, named, now, confirmed=confirmed, progress=quiet).manifest


def updated(store: ListStore, now: datetime, confirmed: Confirmed = NOTHING_CONFIRMED) -> Taken:
    (one,) = update(store, ["bets"], now, confirmed=confirmed, progress=quiet)
    return one


def held(manifest: Manifest) -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in manifest.held]


@pytest.mark.parametrize(
    "name",
    [
        "com",
        "uk",
        "co.uk",
        "github.io",
        "blogspot.com",
        "xn--p1ai",
        "xn--55qx5d.cn",
        "ck",  # all that is below it is one
        "a.ck",
        "x.kawasaki.jp",
        "kawasaki.jp",
        "localhost",
        "local",
        "nobody-has-this-top",
        "s3.amazonaws.com",
    ],
)
def test_what_is_a_public_suffix(name: str) -> None:
    assert public_suffixes().has(name)


@pytest.mark.parametrize(
    "name",
    [
        "example.com",
        "example.co.uk",
        "a.github.io",
        "www.ck",
        "city.kawasaki.jp",
        "a.x.kawasaki.jp",
        "192.0.2.1",
        "::1",
    ],
)
def test_what_is_none(name: str) -> None:
    assert not public_suffixes().has(name)


def test_the_rules_are_read_as_the_library_reads_them() -> None:
    suffixes = public_suffixes()
    assert len(suffixes.names) > 9000
    for name in sorted(suffixes.names | suffixes.exceptions)[::7]:
        for one in (f"zq.{name}", f"vx.zq.{name}"):
            # a name above nothing but suffixes is one here as well, whatever the library says of it by itself
            expected = REFERENCE.publicsuffix(one) == one or REFERENCE.publicsuffix(f"zq.{one}") == f"zq.{one}"
            assert suffixes.has(one) == expected, one


LINES: Final = {
    "domains": ("com", "*.com", ".com", "COM", "com.", "co.uk", "github.io", "рф", "公司.cn", "localhost", "bet.com"),
    "urls": ("com/", "http://co.uk/", "bet.com/"),
    "dnsmasq": ("address=/com/0.0.0.0", "server=/com/#", "local=/*.co.uk/", "address=/bet.com/#"),
    "unbound": ('local-zone: "com" refuse', 'local-zone: "co.uk." always_nxdomain', 'local-zone: "bet.com" static'),
    "adblock": ("||com^", "||*.co.uk^", "@@||github.io^", "||bet.com^"),
    "rpz": ("*.com CNAME .", "*.github.io CNAME .", "*.bet.com CNAME ."),
    "v2fly": ("com", "domain:co.uk", r"regexp:\.com$", "keyword:com", r"regexp:^.+\.bet$", "domain:bet.com"),
}


@pytest.mark.parametrize("form", LINES)
def test_it_is_held_back_in_every_format_with_its_line(
    store: ListStore, tmp_path: Path, now: datetime, form: str
) -> None:
    """The last line of each is a name like others."""
    lines = LINES[form]
    source = tmp_path / "list.txt"
    source.write_text("".join(f"{line}\n" for line in lines))
    manifest = added(store, source, now, form)
    repeats = manifest.counts["repeats"]
    assert manifest.counts["entries"] == 1
    assert len(manifest.held) == len(lines) - 1 - repeats == manifest.counts["losses"]
    assert {one.reason for one in manifest.held} <= {SUFFIX, WHOLE_DOMAINS}
    assert {one.line for one in manifest.held} <= set(range(1, len(lines)))
    compile_lists(store)
    index = open_index(store.index)
    assert index.belongings("library.com", None) == ((), ())
    assert index.belongings("www.bet.com", None)[0]


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("hosts", "0.0.0.0 com"),
        ("urls", "github.io/about"),
        ("rpz", "com CNAME ."),
        ("adblock", "|co.uk^"),
        ("v2fly", "full:com"),
    ],
)
def test_what_covers_nothing_below_it_is_taken(
    store: ListStore, tmp_path: Path, now: datetime, form: str, line: str
) -> None:
    (tmp_path / "list.txt").write_text(f"{line}\n")
    manifest = added(store, tmp_path / "list.txt", now, form)
    assert (manifest.counts["entries"], manifest.held) == (1, ())
    compile_lists(store)
    assert open_index(store.index).belongings("library.com", None)[0] == ()


def test_a_path_at_a_suffix_is_about_that_host_alone(store: ListStore, tmp_path: Path, now: datetime) -> None:
    """Else each site below it would depend on its paths, and be decrypted."""
    (tmp_path / "list.txt").write_text("com/login\ns3.amazonaws.com/bucket\nexample.org/a\n")
    added(store, tmp_path / "list.txt", now, "urls")
    compile_lists(store)
    index = open_index(store.index)
    for host in ("library.com", "some.s3.amazonaws.com"):
        assert index.belongings(host, None) == ((), ())
        assert index.belongings(host, canonical_url(f"https://{host}/bucket")) == ((), ())
    for host, entry in (("s3.amazonaws.com", "s3.amazonaws.com/bucket"), ("com", "com/login")):
        assert [one.id for one in index.belongings(host, None)[1]] == ["gambling"]
        assert [one.entry for one in index.belongings(host, canonical_url(f"https://{entry}/x"))[0]] == [entry]
    assert index.belongings("www.example.org", None)[1]


def test_one_that_is_confirmed_stays_so_and_a_new_one_is_held_back(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    source = tmp_path / "list.txt"
    source.write_text("bet.example\ncom\nbet.br\n")
    assert held(added(store, source, now)) == [(2, "com"), (3, "bet.br")]
    one = updated(store, now, Confirmed(frozenset({"bet.br"})))
    assert one.changed  # although the source is as it was
    assert (held(one.manifest), one.manifest.suffixes) == ([(2, "com")], ("bet.br",))
    source.write_text("bet.example\nbet.br\nnet\n")
    one = updated(store, now)
    assert (held(one.manifest), one.manifest.suffixes) == ([(3, "net")], ("bet.br",))
    compile_lists(store)
    index = open_index(store.index)
    assert index.belongings("any.bet.br", None)[0]
    assert not index.belongings("any.net", None)[0]


def test_all_can_be_confirmed_at_once_and_that_is_of_those_that_are_there(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    source = tmp_path / "list.txt"
    source.write_text("bet.example\ndyndns.org\nno-ip.org\n")
    manifest = added(store, source, now, confirmed=Confirmed(all_suffixes=True))
    assert (manifest.held, manifest.suffixes) == ((), ("dyndns.org", "no-ip.org"))
    source.write_text("bet.example\ndyndns.org\nno-ip.org\ncom\n")
    assert held(updated(store, now).manifest) == [(4, "com")]


def test_what_was_confirmed_stays_so_when_the_list_is_added_again(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    source = tmp_path / "list.txt"
    source.write_text("bet.example\nbet.br\n")
    added(store, source, now, confirmed=Confirmed(frozenset({"bet.br"})))
    assert added(store, source, now).held == ()


def test_a_list_of_nothing_else_is_refused_and_says_how_it_could_be_taken(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "list.txt").write_text("com\nco.uk\n")
    with pytest.raises(ListError, match=r"line 1: a public suffix.*--suffixes"):
        added(store, tmp_path / "list.txt", now)
    assert store.names() == []


def test_a_list_from_an_older_version_is_read_again_and_loses_its_suffixes(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    source = tmp_path / "list.txt"
    source.write_text("bet.example\npoker.example\ncom\n")
    manifest = added(store, source, now, confirmed=Confirmed(all_suffixes=True))
    raw = manifest.as_json().replace('"read_as": "domains"', '"read_as": ""').replace('"com"', "")
    (store.folder / "bets/list.json").write_text(raw)
    assert store.manifest("bets").suffixes == ()
    assert held(updated(store, now).manifest) == [(3, "com")]
