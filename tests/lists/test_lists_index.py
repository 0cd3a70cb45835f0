"""The index answers exactly as reading every entry of every list would."""

import hashlib
import struct
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import unquote

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.lists import index as index_module
from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.entry import Found, Kind
from saywhy.lists.expression_hosts import hosts_of
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.index_file import DamagedIndexError, open_parts
from saywhy.lists.names import (
    key_of,
    name_of,
    parameters_of,
    parts_of,
    prefix_entry,
    read_listed,
    read_name,
    read_prefix,
)
from saywhy.policy.address import AddressError, Url, address_literal, canonical_host, canonical_url, path_to_compare
from saywhy.policy.public_suffixes import public_suffixes

type Lists = list[list[Found]]

LABELS = ("a", "b", "www", "xn--mnchen-3ya", "example", "com", "co", "uk", "a-b", "aa")
HOSTS = st.lists(st.sampled_from(LABELS), min_size=1, max_size=4).map(".".join) | st.sampled_from(
    ("192.0.2.1", "192.0.2.11", "2001:db8::1", "2.0.192")
)
PATHS = st.lists(st.sampled_from(("a", "b", "A", "a%20b", "ab", "..", "", "%61", "?")), max_size=3).map("/".join)
QUERIES = st.lists(st.sampled_from(("x=1", "x=2", "y", "y=1")), max_size=2).map("&".join)
URLS = st.builds(
    lambda host, path, query: canonical_url(f"http://{f'[{host}]' if ':' in host else host}/{path}?{query}"),
    HOSTS,
    PATHS,
    QUERIES,
)
NAMED = st.builds(
    Found, st.sampled_from((Kind.COVERS, Kind.ONLY, Kind.BELOW)), HOSTS, st.sampled_from((False, False, True))
)
PREFIXED = st.builds(lambda url: read_prefix(url.without_query + (f"?{url.query}" if url.query else "")), URLS)
EXPRESSIVE = st.builds(
    Found,
    st.sampled_from((Kind.HOST_EXPRESSION, Kind.URL_EXPRESSION)),
    st.sampled_from(
        (
            "^a",
            "xample",
            "b$",
            "/a",
            "COM/",
            "x=2",
            "w{3}",
            "^www[.]a/",
            "^https?://(b[.])?example/a",
            "^[0-9.]+/a",
            "a[.]example/b",
        )
    ),
)
ENTRIES = NAMED | PREFIXED.filter(lambda one: isinstance(one, Found)) | EXPRESSIVE
LISTS = st.lists(st.lists(ENTRIES, max_size=8), min_size=1, max_size=3)


def compiled(folder: Path, lists: Lists) -> ListIndex:
    compilation = Compilation()
    for number, entries in enumerate(lists):
        rows = [[f"{'!' if one.exception else ''}{one.kind}", "domains:1", one.text] for one in entries]
        compilation.add(ListWords(f"list{number}", "category", f"category{number}", ""), rows)
    compilation.write(folder / "index")
    return open_index(folder / "index")


def below(host: str, name: str) -> bool:
    return host.endswith(f".{name}") and address_literal(host) is None


def holds(one: Found, host: str, url: Url | None) -> bool | None:  # noqa: PLR0911 — one return for each kind
    """Whether an entry covers the address: the naive way. None: a path could tell."""
    match one.kind:
        case Kind.COVERS:
            return host == one.text or below(host, one.text)
        case Kind.ONLY:
            return host == one.text
        case Kind.BELOW:
            return below(host, one.text)
        case Kind.PREFIX:
            name, path, parameters = parts_of(one.text)
            if host != name and (not below(host, name) or public_suffixes().has(name)):
                return False
            if url is None:
                return None
            asked = path_to_compare(url.path).rstrip("/") + "/"
            return asked.startswith(path) and parameters <= parameters_of(url.query)
        case Kind.HOST_EXPRESSION:
            return re2.search(f"(?i){one.text}", host) is not None
    shown = f"[{host}]" if ":" in host else host
    if url is None:
        hosts = hosts_of(one.text)
        return None if hosts is None or re2.search(f"(?i){hosts}", shown) is not None else False
    if holds(one, host, None) is False:
        return False
    query = f"?{unquote(url.query)}" if url.query else ""  # an expression is not passed by writing a letter as %61
    address = f"{shown}{path_to_compare(url.path)}{query}"
    return any(re2.search(f"(?i){one.text}", text) is not None for text in (address, f"{url.scheme}://{address}"))


def naive(lists: Lists, host: str, url: Url | None) -> tuple[set[str], set[str]]:
    certain, possible = set(), set()
    for number, entries in enumerate(lists):
        said = [(holds(one, host, url), one.exception) for one in entries]
        if (True, True) in said:
            continue
        if (True, False) in said:
            certain.add(f"category{number}")
        elif (None, False) in said:
            possible.add(f"category{number}")
    return certain, possible


def ids(answer: tuple[tuple[object, ...], tuple[object, ...]]) -> tuple[set[str], set[str]]:
    certain, possible = answer
    return {one.id for one in certain}, {one.id for one in possible}  # type: ignore[attr-defined]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(LISTS, st.lists(HOSTS, max_size=5), st.lists(URLS, max_size=5))
def test_the_index_answers_as_reading_all_entries_does(
    tmp_path: Path, lists: Lists, hosts: list[str], urls: list[Url]
) -> None:
    index = compiled(tmp_path, lists)
    listed = [one.text for entries in lists for one in entries if one.kind in "cob"]
    for name in [*hosts, *listed, *(f"www.{one}" for one in listed if address_literal(one) is None)]:
        assert ids(index.belongings(name, None)) == naive(lists, name, None), name
    prefixes = [parts_of(one.text) for entries in lists for one in entries if one.kind is Kind.PREFIX]
    asked = [
        canonical_url(f"https://{f'[{host}]' if ':' in host else host}{path}more?x=1&y") for host, path, _ in prefixes
    ]
    for url in [*urls, *asked]:
        assert ids(index.belongings(url.host, url)) == naive(lists, url.host, url), url


@given(st.text(alphabet="abcxn-_.0189é", max_size=30) | HOSTS)
def test_a_name_is_read_as_the_url_standard_reads_it(text: str) -> None:
    try:
        expected: str | None = canonical_host(text)
    except AddressError:
        expected = None
    if expected is not None and (
        any(len(label) > 63 for label in expected.split("."))
        or (isinstance(address_literal(expected), IPv4Address) and expected != text.strip().removesuffix("."))
    ):
        expected = None  # no name has such a label, and no list means an address where it writes `010.1`
    read = read_name(text)
    assert (read if isinstance(read, str) else None) == expected


@given(HOSTS)
def test_a_key_leads_back_to_its_name(host: str) -> None:
    assert name_of(key_of(host)) == host


@given(URLS)
def test_a_prefix_covers_the_address_that_it_was_read_from(url: Url) -> None:
    read = read_prefix(url.without_query + (f"?{url.query}" if url.query else ""))
    assert isinstance(read, Found)
    assert holds(read, url.host, url)


def test_a_belonging_names_the_nearest_entry_and_its_list(tmp_path: Path) -> None:
    index = compiled(tmp_path, [[Found(Kind.COVERS, "com"), Found(Kind.COVERS, "example.com"), PREFIX_ENTRY]])
    (one,), _ = index.belongings("www.example.com", None)
    assert (one.kind, one.id, one.entry, one.source.file, one.source.line) == (
        "category",
        "category0",
        "example.com",
        "list0",
        0,
    )
    (one,), _ = index.belongings("a.example", canonical_url("https://a.example/x/y?b=2&a=1"))
    assert one.entry == prefix_entry("a.example", "/x/", frozenset({"a=1"})) == "a.example/x?a=1"


PREFIX_ENTRY = Found(Kind.PREFIX, "a.example/x/?a=1")


def test_what_a_list_is_about_has_a_readable_label(tmp_path: Path) -> None:
    compilation = Compilation()
    compilation.add(ListWords("ut1/a", "category", "sexual_education", ""), [["c", "domains:1", "a.example"]])
    compilation.write(tmp_path / "index")
    assert open_index(tmp_path / "index").labels == {("category", "sexual_education"): "Sexual education"}


def test_what_reads_names_gives_entries_of_that_kind() -> None:
    assert read_listed("A.example", Kind.BELOW, exception=True) == Found(Kind.BELOW, "a.example", exception=True)


@pytest.fixture
def index_file(tmp_path: Path) -> Path:
    compiled(tmp_path, [[Found(Kind.COVERS, "example.com"), Found(Kind.ONLY, "a.example")]])
    return tmp_path / "index"


def damages(content: bytes) -> Iterator[bytes]:
    yield b""
    yield b"garbage" * 100
    for length in (1, 7, 64, 127, 128, len(content) - 1):
        yield content[:length]
    yield content + b"\0"
    for place in (*range(0, 80, 8), *range(128, len(content), 7)):
        yield content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_a_damaged_index_is_refused(index_file: Path) -> None:
    for content in damages(index_file.read_bytes()):
        index_file.write_bytes(content)
        with pytest.raises(DamagedIndexError):
            open_index(index_file)


def test_an_index_of_the_version_before_is_still_opened(index_file: Path, tmp_path: Path) -> None:
    head = struct.Struct("<8s5Q32s")
    content = index_file.read_bytes()
    magic, version, *sizes, _ = head.unpack(content[: head.size])
    assert version == 2
    body = content[128:]  # less than a chunk of 8 MiB: one SHA-256 of it
    digest = hashlib.sha256(struct.pack("<5Q", 1, *sizes) + hashlib.sha256(body).digest()).digest()
    old = head.pack(magic, 1, *sizes, digest).ljust(128, b"\0") + body
    (tmp_path / "old").write_bytes(old)
    assert ids(open_index(tmp_path / "old").belongings("example.com", None)) == ({"category0"}, set())
    (tmp_path / "old").write_bytes(old[:-1] + bytes([old[-1] ^ 1]))
    with pytest.raises(DamagedIndexError):
        open_index(tmp_path / "old")


def test_damage_anywhere_in_a_large_index_is_noticed(tmp_path: Path) -> None:
    compiled(tmp_path, [[Found(Kind.COVERS, f"{hashlib.md5(b'%d' % n).hexdigest()}.example") for n in range(120_000)]])
    whole = bytearray((tmp_path / "index").read_bytes())
    assert len(whole) > 2 * 1024 * 1024  # several chunks
    for place in range(131, len(whole), len(whole) // 9):
        whole[place] ^= 0x10
        (tmp_path / "damaged").write_bytes(whole)
        with pytest.raises(DamagedIndexError):
            open_index(tmp_path / "damaged")
        whole[place] ^= 0x10
    (tmp_path / "damaged").write_bytes(whole)
    assert len(open_index(tmp_path / "damaged")) == 120_000


def test_no_index_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_parts(tmp_path / "index")


def test_a_search_that_was_given_up_is_done_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RE2 says "nothing found" as well where it had too little memory to search for all expressions at once."""
    entries = [Found(Kind.HOST_EXPRESSION, "casino"), Found(Kind.HOST_EXPRESSION, "poker")]
    index = compiled(tmp_path, [entries])
    assert ids(index.belongings("my-casino.example", None)) == ({"category0"}, set())
    monkeypatch.setattr(re2.Set, "Match", lambda _self, _subject: None)
    assert ids(index.belongings("my-casino.example", None)) == ({"category0"}, set())
    assert ids(index.belongings("library.example", None)) == (set(), set())


def test_expressions_that_are_too_large_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Found(Kind.URL_EXPRESSION, f"casino{number}[a-z]{{20}}") for number in range(200)]
    assert ids(compiled(tmp_path, [entries]).belongings("a.example", None)) == (set(), {"category0"})
    monkeypatch.setattr(index_module, "_EXPRESSION_MEMORY", 100_000)
    with pytest.raises(DamagedIndexError, match="the 200 expressions of all lists are too large together"):
        open_index(tmp_path / "index")
