"""What decides the format of a file, and what is no list of names at all."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from saywhy.lists.detect import detect
from saywhy.lists.entry import Refusal
from saywhy.lists.names import NETWORK, is_network, read_name, read_prefix
from saywhy.lists.reading import UnreadableListError
from saywhy.lists.store import ListError, ListStore, Manifest
from saywhy.lists.taking import add

NAMES = [f"site-{number}.example" for number in range(300)]
HOSTS = [f"0.0.0.0 {name}" for name in NAMES]


def quiet(_had: int, _of: int | None) -> None:
    pass


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("v2fly", ["include:other", *NAMES]),
        ("v2fly", [*NAMES, "full:www.example.org"]),
        ("v2fly", ["# list", *NAMES, r"regexp:^ads\.", *NAMES]),
        ("v2fly", [*NAMES, "keyword:casino"]),
        ("v2fly", ["domain:example.org", *NAMES]),
        ("v2fly", ["google", "Full: www.example.org @ads"]),
        ("v2fly", [*NAMES, "ads.example.org @ads", *NAMES]),
        ("adblock", ["[Adblock Plus 2.0]", *NAMES]),
        ("adblock", ["[Adblock Plus 2.0]", *HOSTS]),
        ("adblock", ["[AdBlock]", *NAMES]),
        ("adblock", ["", "[uBlock Origin]", *NAMES]),
        ("adblock", ["! Title: names", *NAMES]),
        ("adblock", ["# licence", "! Title: names", *HOSTS]),
        ("rpz", ["$TTL 60", *NAMES]),
        ("rpz", ["; zone", "$ORIGIN rpz.example.", *NAMES]),
        ("rpz", ["@ 3600 IN SOA a. b. 1 2 3 4 5", "@ NS localhost.", *[f"{name} CNAME ." for name in NAMES]]),
        ("rpz", ["rpz.example. SOA a. b. (", "1 2 3 4 5 )", *NAMES]),
        ("dnsmasq", ["address=/example.org/", *NAMES]),
        ("dnsmasq", ["# dns", "local=/example.org/", *NAMES]),
        ("unbound", ["server:", '  local-zone: "example.org" always_nxdomain']),
        ("unbound", ['local-zone: "example.org" redirect', 'local-data: "example.org A 0.0.0.0"']),
        ("hosts", ["127.0.0.1 localhost", *HOSTS, "||one.example^"]),
        ("domains", [*NAMES, "||one.example^"]),
        ("domains", ["192.0.2.1", "192.0.2.2", "198.51.100.0/24"]),
        ("domains", [*NAMES, "198.51.100.0/24"]),
        ("urls", ["192.0.2.1/path", "example.org/a", "198.51.100.0/24"]),
    ],
)
def test_what_decides(form: str, lines: list[str]) -> None:
    assert detect("list.txt", lines) == form


@pytest.mark.parametrize(
    ("name", "first", "form"),
    [
        ("domains", "[Adblock Plus 2.0]", "adblock"),
        ("hosts", "! Title: hosts", "adblock"),
        ("domains", "one.example", "domains"),
        ("hosts", "one.example", "hosts"),
        ("expressions", "!", "expressions"),
        ("urls", "! Title: urls", "urls"),
    ],
)
def test_a_name_decides_where_the_file_does_not_say_something_else(name: str, first: str, form: str) -> None:
    assert detect(name, ["# a comment", first, *NAMES]) == form


@pytest.mark.parametrize(
    "lines",
    [
        ["1.10.16.0/20"],
        ["# netset", "1.10.16.0/20", "198.51.100.0/24"],
        ["2001:db8::/32", "2001:db8:1::/48"],
        ["; drop list", "1.10.16.0/20 ; SBL1"],
        ["192.0.2.0-192.0.2.255", "198.51.100.0-198.51.100.7"],
        ["192.0.2.0/255.255.255.0"],
        ["create block hash:net family inet", "add block 192.0.2.0/24"],
    ],
)
def test_a_list_of_networks_alone_is_refused(lines: list[str]) -> None:
    with pytest.raises(UnreadableListError, match="networks of addresses and nothing else"):
        detect("list.netset", lines)


def test_networks_among_names_are_losses(store: ListStore, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "mixed.ipset").write_text(
        "# mixed\n192.0.2.7\n198.51.100.0/24\n2001:db8::/32\nbad.example\n1.2.3.4/24\n"
    )
    manifest = add(
        store, Manifest("m", "category", "malware", str(tmp_path / "mixed.ipset")), now, progress=quiet
    ).manifest
    assert manifest.read_as == "domains"
    assert (manifest.counts["names"], manifest.counts["urls"]) == (2, 0)
    assert manifest.lost == {NETWORK: 3}


@pytest.mark.parametrize("form", ["domains", "urls", "hosts"])
def test_networks_are_losses_where_the_format_is_said(
    store: ListStore, tmp_path: Path, now: datetime, form: str
) -> None:
    front = "0.0.0.0 " if form == "hosts" else ""
    (tmp_path / "nets").write_text(f"{front}198.51.100.0/24\n{front}203.0.113.0/24\n")
    with pytest.raises(ListError, match="a network of addresses"):
        add(store, Manifest("m", "category", "c", str(tmp_path / "nets"), format=form), now, progress=quiet)


@pytest.mark.parametrize(
    "text",
    [
        "1.10.16.0/20",
        "1.10.16.5/20",
        "0.0.0.0/0",
        "2001:db8::/32",
        "::/0",
        "10.0.0.0/255.0.0.0",
        "192.0.2.1-192.0.2.9",
        "192.0.2.1 - 192.0.2.9",
    ],
)
def test_a_network_is_neither_a_name_nor_a_web_address(text: str) -> None:
    assert is_network(text)
    assert read_name(text) == Refusal(NETWORK)
    assert read_prefix(text) == Refusal(NETWORK)


@pytest.mark.parametrize(
    "text",
    ["1.2.3.4/path", "1.2.3.4/99", "1.2.3.4/20/x", "http://1.2.3.4/20", "de/20", "fe80.test/10", "192.0.2.1/20?a"],
)
def test_what_looks_like_one_is_a_web_address(text: str) -> None:
    assert not is_network(text)
    assert not isinstance(read_prefix(text), Refusal)


@pytest.mark.parametrize("text", ["888/a", "168.2/a", "0x7f.1/a", "http://3221225991/a", "010.1.1.1/a"])
def test_a_number_does_not_become_an_address_in_a_web_address(text: str) -> None:
    assert read_prefix(text) == Refusal("a number, not a name; browsers would read it as an IP address")


def test_the_format_can_be_said_against_all_signs(store: ListStore, tmp_path: Path, now: datetime) -> None:
    source = tmp_path / "list.txt"
    source.write_text("! Title: names\none.example\n")
    said = Manifest("m", "category", "c", str(source), format="domains")
    assert add(store, replace(said, format="auto"), now, progress=quiet).manifest.read_as == "adblock"
    manifest = add(store, said, now, progress=quiet).manifest
    assert (manifest.read_as, manifest.counts["losses"]) == ("domains", 1)  # the title
