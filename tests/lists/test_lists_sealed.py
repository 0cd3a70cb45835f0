"""What is sealed stays closed, stays unreadable, and stays when somebody meddles."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.explain import explain
from saywhy.lists.sealed import Sealed, host_mark, mark_of, marks_of
from saywhy.policy.address import canonical_url
from saywhy.policy.catalogue import SEALED
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.load import load_policy

POLICIES = Path(__file__).parents[2] / "policies"
KEY = b"k" * 32
LISTED = "http://bad.example/Some/Page.html?id=7"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def sealed_from(kind: str, *lines: str) -> Sealed:
    marks, entries, bad = marks_of(kind, lines, KEY, b"salt")
    assert (entries, bad) == (len(lines), [])
    return Sealed(KEY, b"salt", frozenset(marks), kind == "sha256")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_policy(POLICIES), None, sealed_from("urls", LISTED, "www.bbc.co.uk/bitesize/sealed"))


def decided(engine: Engine, url: str, grants: Grants = NO_GRANTS) -> Reason:
    return decide(engine, grants, Access(Subject(), target_of_url(url), NOW)).reason


@pytest.mark.parametrize(
    "spelled",
    [
        LISTED,
        "https://bad.example/Some/Page.html?id=7",
        "HTTP://BAD.example.:80/Some/Page.html?id=7#part",
        "http://bad.example/Some/%50age.html?id=%37",
        "http://bad.example/Some/%2550age.html?id=7",
        "http://bad.example//Some/./x/../Page.html?id=7",
        "http://me@bad.example/Some/Page.html?id=7",
        "http://bad.example/Some/Page.html/?id=7",
    ],
)
def test_every_spelling_of_a_listed_address_is_closed(spelled: str) -> None:
    assert sealed_from("urls", LISTED).holds(canonical_url(spelled))
    assert sealed_from("urls", spelled).holds(canonical_url(LISTED))


@pytest.mark.parametrize(
    "other",
    [
        "http://bad.example/",
        "http://bad.example/Some/Page.html",
        "http://bad.example/Some/Page.html?id=8",
        "http://bad.example/some/page.html?id=7",
        "http://www.bad.example/Some/Page.html?id=7",
        "http://bad.example:8080/Some/Page.html?id=7",
        "http://bad.example/Some%2FPage.html?id=7",
    ],
)
def test_another_address_is_not_meant(other: str) -> None:
    assert not sealed_from("urls", LISTED).holds(canonical_url(other))


@pytest.mark.parametrize(
    "hashed",
    [
        "http://bad.example/Some/Page.html?id=7",
        "https://bad.example/Some/Page.html?id=7",
        "bad.example/Some/Page.html?id=7",
    ],
)
def test_a_digest_of_the_canonical_address_is_enough(hashed: str) -> None:
    sealed = sealed_from("sha256", hashlib.sha256(hashed.encode()).hexdigest())
    assert sealed.holds(canonical_url(LISTED))
    assert sealed.holds(canonical_url("https://bad.example/Some/%50age.html?id=7"))
    assert not sealed.holds(canonical_url("http://bad.example/"))
    assert sealed.may_hold("any.example")


def test_what_is_looked_up_is_what_is_stored() -> None:
    """Only keyed digests: of the address with its own word before it, and of the host with another."""
    digest = hashlib.sha256(b"//bad.example/Some/Page.html?id=7").digest()
    marks, *_ = marks_of("urls", [LISTED], KEY, b"salt")
    assert marks == {mark_of(KEY, b"salt", digest), host_mark(KEY, b"salt", "bad.example")}
    assert len({len(mark) for mark in marks}) == 1


def test_the_host_alone_says_that_a_path_matters(engine: Engine) -> None:
    assert sealed_from("urls", LISTED).may_hold("bad.example")
    assert not sealed_from("urls", LISTED).may_hold("good.example")
    assert decide(engine, NO_GRANTS, Access(Subject(), target_of_host("bad.example"), NOW)).needs_url


@given(st.text(max_size=60))
def test_whatever_stands_in_a_list_it_is_read(line: str) -> None:
    for kind in ("urls", "sha256"):
        _, entries, bad = marks_of(kind, [line], KEY, b"salt")
        assert entries + len(bad) <= 1


def test_no_rule_and_no_grant_opens_it(engine: Engine) -> None:
    assert decided(engine, "https://www.bbc.co.uk/bitesize") is not Reason.LOCKED
    assert decided(engine, "https://www.bbc.co.uk/bitesize/sealed") is Reason.LOCKED
    page = GrantTarget(page=parse_pattern("bad.example/Some/Page.html"))
    site = GrantTarget(site="bad.example")
    whole = [
        Grant(
            f"g{number}",
            GrantScope(groups=frozenset({"staff"})),
            what,
            NOW,
            NOW.replace(year=2027),
            weighed=frozenset({ANY_RULE}),
        )
        for number, what in enumerate((page, site))
    ]
    subject = Subject(("staff",), frozenset({"staff"}))
    decision = decide(engine, Grants(whole), Access(subject, target_of_url(LISTED), NOW))
    assert (decision.reason, decision.allowed) == (Reason.LOCKED, False)


def test_the_page_names_nothing(engine: Engine) -> None:
    access = Access(Subject(), target_of_url(LISTED), NOW)
    decision = decide(engine, NO_GRANTS, access)
    told = explain(engine, NO_GRANTS, access, decision, reference="ABCD", ask_url="http://why.test/ask")
    assert (told.what, told.category, told.rule, told.app, told.ask_url) == ("", None, None, None, None)
    assert "Internet Watch" in told.reason
    assert "bad.example" not in repr(told)
    assert SEALED not in repr((told.happened, told.reason, told.asking, told.title))


def test_networks_and_numbers_are_no_addresses_there_either() -> None:
    lines = ["192.0.2.0/24", "2001:db8::/32", "888", "168.2/x", "192.0.2.7/x", "bad.example:8080/x", "[2001:db8::1]/x"]
    _, entries, bad = marks_of("urls", lines, KEY, b"salt")
    assert (entries, bad) == (3, [1, 2, 3, 4])


def test_a_public_suffix_is_one_page_there_and_nothing_below_it() -> None:
    sealed = sealed_from("urls", "com", "github.io/about")
    assert sealed.holds(canonical_url("http://com/"))
    assert not sealed.may_hold("library.com")
    assert not sealed.may_hold("somebody.github.io")
