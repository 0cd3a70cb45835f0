"""Expressions are filed by the hosts at which they can match: what is proved is right, and what is not is told."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, target_of_host
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.inspection import Way, way_of
from saywhy.lists.broad import covers_whole_domains
from saywhy.lists.compile import Compilation, ListWords
from saywhy.lists.entry import Kind
from saywhy.lists.expression_hosts import hosts_of
from saywhy.lists.held_back import ANY_HOST, Confirmed
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.publish import compile_lists
from saywhy.lists.store import ListStore, Manifest
from saywhy.lists.taking import add, update
from saywhy.policy.address import bracketed, canonical_url, path_to_compare
from saywhy.policy.reading.load import load_policy

SITES = ("example.org", "www.example.org", "foo.test", "www.foo.test", "a.b.foo.test", "xfoo.test", "foo.test.example")
ADDRESSES = ("192.0.2.7", "2001:db8::1")
HOSTS = (*SITES, *ADDRESSES)


def quiet(_had: int, _of: int | None) -> None:
    pass


@pytest.mark.parametrize(
    ("expression", "hosts"),
    [
        (r"^foo\.test/bad", {"foo.test"}),
        (r"^(www\.)?foo\.test/", {"foo.test", "www.foo.test"}),
        (r"^https?://foo\.test/", {"foo.test"}),
        (r"^(https?://)?(www\.)?foo\.test/", {"foo.test", "www.foo.test"}),
        (r"^http://([a-z0-9-]+\.)*foo\.test/", {"foo.test", "www.foo.test", "a.b.foo.test"}),
        (r"^([^/]*\.)?foo\.test(/|$)", {"foo.test", "www.foo.test", "a.b.foo.test"}),
        (r"^[^/]*foo\.test/x", {"foo.test", "www.foo.test", "a.b.foo.test", "xfoo.test"}),
        (r"^[0-9.]+/search", {"192.0.2.7"}),
        (r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/", {"192.0.2.7"}),
        (r"^https?://\d+\.\d+\.\d+\.\d+/", {"192.0.2.7"}),
        (r"^\[2001:db8::1\]/", {"2001:db8::1"}),
        (r"^(foo\.test|example\.org)/", {"foo.test", "example.org"}),
        (r"(^foo\.test/|^example\.org/a)", {"foo.test", "example.org"}),
        (r"^foo\.test", {"foo.test", "foo.test.example"}),
        (r"^foo\.test\b", {"foo.test", "foo.test.example"}),
        (r"\Afoo\.test/", {"foo.test"}),
        (r"^FOO\.Test/", {"foo.test"}),
        (r"^(?:foo\.)test/(a|b)+\.exe$", {"foo.test"}),
        (r"^(a|ab)*foo\.test/", {"foo.test"}),
        (r"^foo\.test:8080/", set()),  # squidGuard has the port there; what is asked for here has none
        (r"^ftp://foo\.test/", set()),
        (r"a^foo", set()),
    ],
)
def test_an_expression_is_filed_by_its_hosts(expression: str, hosts: set[str]) -> None:
    of_hosts = hosts_of(expression)
    assert of_hosts is not None
    assert {host for host in HOSTS if re2.search(f"(?i){of_hosts}", bracketed(host))} == hosts


@pytest.mark.parametrize(
    "expression",
    [
        r"foo\.test",  # so goes many a query: ?from=foo.test
        r"\.exe$",
        r"setup\.zip$",
        r"index\.php/",
        r"\.com/",
        r"/ads?/",
        r"(foo\.test|bar)/x",
        r"foo\.test.*/x",
        r"(^|[./-])proxy([./-]|$)",
        r"^foo\.test/|casino",
        r"(^)?foo",
        r"(^a)*b",
        r"^.*/search",
        r".*",
        r"^[^/]+/wp-login",
        r"^https?://[^/]+/",
        r"^(www\.)?[a-z-]+\.com/",
        r"^https?",
        r"^h",
        r"^[a-z]",
        r"://foo\.test/",
        r"^(?i)foo\.test/",  # understood by RE2, and not worth following here
        r"^[[:alpha:]]+\.test/x",
        r"^\pL+/",
        r"^\Qfoo.test\E/",
        "^" + "a" * 4000 + "/",
        "^" + "(" * 300 + "a" + ")*" * 300 + "b/",
    ],
)
def test_what_cannot_be_proved_is_at_any_host(expression: str) -> None:
    re2.compile(expression)
    assert hosts_of(expression) is None


@pytest.mark.parametrize(
    ("expression", "hosts"),
    [
        (r"foo\.test/bad", {"foo.test", "www.foo.test", "a.b.foo.test", "xfoo.test"}),
        (r"foo.test/bad", {"foo.test", "www.foo.test", "a.b.foo.test", "xfoo.test"}),
        (r"(^|\.)foo\.test/", {"foo.test", "www.foo.test", "a.b.foo.test"}),
        (r"(^|\.)foo\.test(/|$)", {"foo.test", "www.foo.test", "a.b.foo.test"}),
        (r"\.foo\.test(:[0-9]+)?/", {"www.foo.test", "a.b.foo.test"}),
        (r"^.*\.foo\.test/", {"www.foo.test", "a.b.foo.test"}),
        (r".*(foo\.test|example\.org)/watch\?v=1", {*SITES} - {"foo.test.example"}),
        (r"[a-z]+\.example\.(org|net)/", {"www.example.org"}),
        (r"https?:\/\/(www\.)?foo\.test\/", {"foo.test", "www.foo.test"}),
    ],
)
def test_one_that_spells_out_a_host_and_its_slash_is_filed_by_that(expression: str, hosts: set[str]) -> None:
    of_hosts = hosts_of(expression)
    assert of_hosts is not None
    assert {host for host in HOSTS if re2.search(f"(?i){of_hosts}", bracketed(host))} == hosts


def test_it_is_searched_for_there_alone(tmp_path: Path) -> None:
    compilation = Compilation()
    compilation.add(ListWords("one", "category", "bad", ""), [[Kind.URL_EXPRESSION, "expressions:1", r"foo\.test/bad"]])
    compilation.write(tmp_path / "index")
    index = open_index(tmp_path / "index")
    for url, found in (
        ("https://foo.test/bad", True),
        ("https://www.foo.test/bad/1", True),
        ("https://foo.test/good", False),
        ("https://example.org/?from=foo.test/bad", False),  # that site is not looked into
    ):
        asked = canonical_url(url)
        assert bool(index.belongings(asked.host, asked)[0]) is found, url
    assert undecided(index, [*HOSTS]) == ["foo.test", "www.foo.test", "a.b.foo.test", "xfoo.test"]


PIECES = st.sampled_from(
    (
        "^",
        "$",
        "foo",
        "test",
        r"\.",
        "/",
        "[^/]",
        "[a-f]",
        "[0-9.]",
        ".",
        r"\w",
        r"\b",
        "http",
        "s?",
        "://",
        "www",
        "x",
        "",
    )
)
EXPRESSIONS = st.recursive(
    PIECES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=5).map("".join)
        | st.lists(inner, min_size=1, max_size=3).map(lambda ways: f"({'|'.join(ways)})")
        | st.tuples(inner, st.sampled_from(("*", "+", "?", "{2}", "{0,2}"))).map(lambda both: f"(?:{both[0]}){both[1]}")
    ),
    max_leaves=12,
).map(lambda one: f"^{one}")
URLS = st.builds(
    lambda scheme, host, path: canonical_url(f"{scheme}://{bracketed(host)}/{path}"),
    st.sampled_from(("http", "https")),
    st.sampled_from((*HOSTS, "f.x", "w", "http", "wwwfoo", "1.x")),
    st.lists(st.sampled_from(("foo.test", "test", "x", "/", "?", "http:", "www", ".")), max_size=4).map("".join),
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EXPRESSIONS, st.lists(URLS, min_size=1, max_size=12))
def test_no_url_matches_at_a_host_that_an_expression_is_not_filed_by(expression: str, urls: list) -> None:  # type: ignore[type-arg]
    of_hosts = hosts_of(expression)
    if of_hosts is None:
        return
    for url in urls:
        address = f"{bracketed(url.host)}{path_to_compare(url.path)}?{url.query}".removesuffix("?")
        if any(re2.search(f"(?i){expression}", text) for text in (address, f"{url.scheme}://{address}")):
            assert re2.search(f"(?i){of_hosts}", bracketed(url.host)), (of_hosts, url)


@pytest.mark.parametrize(
    ("expression", "broad"),
    [
        ("casino", False),
        ("google", False),  # there is a .google, and yet it is a word
        (r"(^|\.)ads?[0-9]*\.", False),
        (r"\.foo\.com$", False),
        (r"^[0-9]+\.[0-9.]+$", False),
        ("com", True),
        ("a", True),
        (r"\.ru$", True),
        (r".+\.kz$", True),
        (r"\.bet$", True),
        (r"\.co\.jp$", True),
        (r"\.github\.io$", True),
        (r"^[a-z]+\.", True),
        (r"\A[a-z]", True),
        (r"[a-z]\z", True),
    ],
)
def test_an_expression_about_names_may_cover_whole_domains(expression: str, broad: bool) -> None:
    assert covers_whole_domains(expression) is broad


def malware(folder: Path) -> Path:
    """A folder in the way of UT1's: its expressions are about addresses without a name, and one is about every site."""
    folder.mkdir()
    (folder / "domains").write_text("bad.test\n")
    (folder / "urls").write_text("mixed.test/bad\n")
    (folder / "expressions").write_text("^[0-9.]+/search\n^(www\\.)?worse\\.test/x\n(^|[./-])keygen([./-]|$)\n")
    return folder


def undecided(index: ListIndex, hosts: list[str]) -> list[str]:
    return [host for host in hosts if index.belongings(host, None)[1]]


NINE_HUNDRED = [
    f"{front}site-{number}.{top}"
    for number in range(100)
    for front in ("", "www.", "a.b.")
    for top in ("com", "co.uk", "test")
]


def test_of_nine_hundred_hosts_none_has_to_be_seen_inside(store: ListStore, tmp_path: Path, now: datetime) -> None:
    named = Manifest("malware", "category", "malware", str(malware(tmp_path / "malware")))
    manifest = add(store, named, now, progress=quiet).manifest
    assert [(one.line, one.reason) for one in manifest.held] == [(3, ANY_HOST)]
    assert (manifest.counts["expressions"], manifest.counts["losses"]) == (2, 1)
    compile_lists(store)
    index = open_index(store.index)
    assert undecided(index, [*NINE_HUNDRED, "worse.test", "192.0.2.7", "mixed.test"]) == [
        "worse.test",
        "192.0.2.7",
        "mixed.test",
    ]
    for url in (
        "http://192.0.2.7/search?q=1",
        "https://www.worse.test/x/y",
        "https://bad.test/",
        "https://mixed.test/bad",
    ):
        asked = canonical_url(url)
        assert [one.id for one in index.belongings(asked.host, asked)[0]] == ["malware"], url
    assert index.belongings("site-1.com", canonical_url("https://site-1.com/keygen/"))[0] == ()


def test_with_the_example_policy_all_of_them_are_relayed_unseen(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    named = Manifest("malware", "category", "malware-and-phishing", str(malware(tmp_path / "malware")))
    policy = load_policy(Path(__file__).parents[2] / "policies")

    def ways() -> Counter[Way]:
        compile_lists(store)
        engine = Engine(policy, open_index(store.index))
        asked = (Access(Subject(groups=frozenset({"staff"})), target_of_host(host, 443), now) for host in NINE_HUNDRED)
        return Counter(way_of(decide(engine, NO_GRANTS, one)) for one in asked)

    add(store, named, now, progress=quiet)
    assert ways() == {Way.RELAY: 900}
    add(store, named, now, confirmed=Confirmed(any_host=True), progress=quiet)
    assert ways() == {Way.INSPECT: 900}


def test_an_expression_at_any_host_is_taken_by_an_explicit_word_that_is_remembered(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    folder = malware(tmp_path / "malware")
    add(store, Manifest("malware", "category", "malware", str(folder)), now, progress=quiet)
    (one,) = update(store, ["malware"], now, confirmed=Confirmed(any_host=True), progress=quiet)
    assert one.changed
    assert (one.manifest.held, one.manifest.counts["at_any_host"]) == ((), 1)
    (folder / "expressions").write_text((folder / "expressions").read_text() + "warez\n")
    (one,) = update(store, ["malware"], now, progress=quiet)
    assert (one.manifest.held, one.manifest.counts["at_any_host"]) == ((), 2)
    compile_lists(store)
    index = open_index(store.index)
    assert undecided(index, NINE_HUNDRED) == NINE_HUNDRED
    asked = canonical_url("https://site-1.com/keygen/")
    assert [one.entry for one in index.belongings(asked.host, asked)[0]] == ["(^|[./-])keygen([./-]|$)"]


def test_an_update_that_brings_an_expression_at_any_host_holds_it_back(
    store: ListStore, tmp_path: Path, now: datetime
) -> None:
    folder = malware(tmp_path / "malware")
    (folder / "expressions").write_text("^[0-9.]+/search\n")
    add(store, Manifest("malware", "category", "malware", str(folder)), now, progress=quiet)
    (folder / "expressions").write_text("^[0-9.]+/search\nkeygen\n")
    (one,) = update(store, ["malware"], now, progress=quiet)
    assert [(held.file, held.line, held.text) for held in one.manifest.held] == [("expressions", 2, "keygen")]


@pytest.mark.parametrize(
    ("expression", "url", "found"),
    [
        (r"^foo\.test/bad", "https://foo.test/bad/1", True),
        (r"^foo\.test/bad", "https://www.foo.test/bad/1", False),  # squidGuard takes no www. away here
        (r"^https?://foo\.test/bad", "https://foo.test/bad", True),
        (r"^https://foo\.test/bad", "http://foo.test/bad", False),
        (r"^[0-9.]+/search", "http://192.0.2.7/search?q=x", True),
        (r"^[0-9.]+/search", "http://foo.test/1.2/search", False),
        (r"^foo\.test/\?q=a b", "https://foo.test/?q=a%20b", True),
        (r"^foo\.test/$", "https://foo.test/", True),
        (r"^FOO\.test/A", "https://foo.test/%61", True),
    ],
)
def test_an_anchored_expression_begins_at_the_host_or_at_the_scheme(
    tmp_path: Path, expression: str, url: str, found: bool
) -> None:
    compilation = Compilation()
    compilation.add(ListWords("one", "category", "bad", ""), [[Kind.URL_EXPRESSION, "expressions:1", expression]])
    compilation.write(tmp_path / "index")
    asked = canonical_url(url)
    said, _ = open_index(tmp_path / "index").belongings(asked.host, asked)
    assert [one.entry for one in said] == ([expression] if found else [])


def test_an_index_of_before_has_its_expressions_at_any_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saywhy.lists.compile.hosts_of", lambda _: None)
    compilation = Compilation()
    compilation.add(ListWords("one", "category", "bad", ""), [[Kind.URL_EXPRESSION, "expressions:1", "^a.test/"]])
    compilation._expressions = [one[:4] for one in compilation._expressions]  # type: ignore[misc]
    compilation.write(tmp_path / "index")
    assert undecided(open_index(tmp_path / "index"), ["other.test"]) == ["other.test"]
