"""From the lines of any format to an answer: the index says of every address what reading the lines says.

The reference knows nothing of keys, tries or stored kinds. It reads what a line was written to mean: exactly a name, a name
with all below it, only what is below, and exceptions of the same shapes, in whichever list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest
from saywhy.lists.taking import add

NOW: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LABELS: Final = ("a", "b", "www", "example", "com", "co", "uk", "a-b", "aa", "xn--mnchen-3ya", "0x", "1")
NAMES: Final = st.lists(st.sampled_from(LABELS), min_size=1, max_size=5).map(lambda labels: ".".join([*labels, "test"]))


@dataclass(frozen=True)
class Meant:
    """What a line means: the name itself, what is below it, or both; and whether it takes that out of its list."""

    name: str
    itself: bool
    below: bool
    exception: bool = False

    def covers(self, host: str) -> bool:
        return (self.itself and host == self.name) or (self.below and host.endswith(f".{self.name}"))


type Form = tuple[str, Callable[[str], str], bool, bool, bool]
# How each format writes a name alone, with what is below, or only what is below; and exceptions.
FORMS: Final[dict[str, tuple[Form, ...]]] = {
    "domains": (
        ("plain", "{}".format, True, True, False),
        ("dot", ".{}".format, True, True, False),
        ("star", "*.{} # why".format, True, True, False),
    ),
    "hosts": (("ipv4", "0.0.0.0 {}".format, True, False, False), ("ipv6", ":: {} # x".format, True, False, False)),
    "urls": (("name", "{}".format, True, True, False), ("slash", "http://{}/".format, True, True, False)),
    "dnsmasq": (
        ("address", "address=/{}/0.0.0.0".format, True, True, False),
        ("star", "local=/*.{}/".format, False, True, False),
        ("server", "server=/{}/#".format, True, True, True),
        ("star server", "server=/*.{}/#".format, False, True, True),
    ),
    "adblock": (
        ("anchored", "||{}^".format, True, True, False),
        ("alone", "|{}^".format, True, False, False),
        ("star", "||*.{}^".format, False, True, False),
        ("excepted", "@@||{}^".format, True, True, True),
        ("excepted alone", "@@|{}^".format, True, False, True),
        ("excepted star", "@@||*.{}^$important".format, False, True, True),
    ),
    "rpz": (
        ("alone", "{} CNAME .".format, True, False, False),
        ("star", "*.{} 60 IN CNAME *.".format, False, True, False),
        ("passed", "{} CNAME rpz-passthru.".format, True, False, True),
        ("passed star", "*.{} CNAME rpz-passthru.".format, False, True, True),
    ),
    "unbound": (
        ("zone", 'local-zone: "{}" always_nxdomain'.format, True, True, False),
        ("zone without quotes", "  local-zone: {} redirect # x".format, True, True, False),
        ("open", 'local-zone: "{}" always_transparent'.format, True, True, True),
        ("data", "local-data: '{} 3600 IN A 0.0.0.0'".format, True, False, False),
    ),
    "v2fly": (
        ("plain", "{} @cn".format, True, True, False),
        ("domain", "domain:{}".format, True, True, False),
        ("full", "full:{} @ads # x".format, True, False, False),
    ),
}


@st.composite
def some_list(draw: st.DrawFn) -> tuple[str, list[str], list[Meant]]:
    """A format, lines in it, and what they mean; upper case, dots at the end and spaces do not matter."""
    form = draw(st.sampled_from(sorted(FORMS)))
    lines, meant = [], []
    for name in draw(st.lists(NAMES, min_size=1, max_size=7)):
        _, write, itself, below, exception = draw(st.sampled_from(FORMS[form]))
        written = name.upper() if draw(st.booleans()) else name
        if form != "rpz" and draw(st.booleans()):
            written += "."
        lines.append(write(written) + draw(st.sampled_from(("", " ", "\r"))))
        meant.append(Meant(name, itself, below, exception))
    return form, lines, meant


def index_of(folder: Path, lists: list[tuple[str, list[str], list[Meant]]]) -> ListIndex:
    store = ListStore(folder / "lists")
    for name in store.names():
        store.remove(name)
    store.folder.mkdir(exist_ok=True)
    for number, (form, lines, _) in enumerate(lists):
        source = folder / f"list{number}.txt"
        source.write_text("\n".join(lines))
        manifest = Manifest(f"list{number}", "category", f"category{number}", str(source), format=form)
        add(store, manifest, NOW, progress=lambda _had, _of: None)
    compile_lists(store)
    return open_index(store.index)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(some_list(), min_size=1, max_size=3), st.lists(NAMES, max_size=4))
def test_the_index_says_what_the_lines_mean(
    tmp_path: Path, lists: list[tuple[str, list[str], list[Meant]]], hosts: list[str]
) -> None:
    index = index_of(tmp_path, lists)
    named = {one.name for _, _, meant in lists for one in meant}
    asked = {*hosts, *named, *(f"www.{name}" for name in named), *(f"x.y.{name}" for name in named)}
    asked |= {f"x{name}" for name in named} | {name.partition(".")[2] for name in named}
    for host in sorted(asked):
        expected = {
            f"category{number}"
            for number, (_, _, meant) in enumerate(lists)
            if any(one.covers(host) for one in meant if not one.exception)
            and not any(one.covers(host) for one in meant if one.exception)
        }
        certain, possible = index.belongings(host, None)
        assert {one.id for one in certain} == expected, host
        assert len(certain) == len(expected)
        assert possible == ()
        for one in certain:  # the entry that is named is the nearest that covers the host
            (_, _, meant) = lists[int(one.id.removeprefix("category"))]
            nearest = max((each.name for each in meant if each.covers(host) and not each.exception), key=len)
            assert one.entry == nearest
