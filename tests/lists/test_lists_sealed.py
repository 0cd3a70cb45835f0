"""What is sealed stays closed, stays unreadable, and stays when somebody meddles."""

import hashlib
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.decide.access import Access, Subject, target_of_host, target_of_url
from addons.decide.decide import decide
from addons.decide.decision import Reason
from addons.decide.grants import NO_GRANTS, Grants
from addons.explain.explain import explain
from addons.lists.attach import attached
from addons.lists.sealed import Sealed, marks_of
from addons.lists.sealed_store import SealedStore, SealError
from addons.policy.address import canonical_url
from addons.policy.catalogue import SEALED
from addons.policy.grant import Grant, GrantScope, GrantTarget
from addons.policy.load import load_policy
from addons.policy.pattern import parse_pattern
from addons.policy.policy import Policy

POLICIES = Path(__file__).parents[2] / "policies"
KEY = b"k" * 32
LISTED = "http://bad.example/Some/Page.html?id=7"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def sealed_from(kind: str, *lines: str) -> Sealed:
    marks, entries, bad = marks_of(kind, lines, KEY, b"salt")
    assert (entries, bad) == (len(lines), [])
    return Sealed(KEY, b"salt", frozenset(marks), kind == "sha256")


@pytest.fixture(scope="module")
def policy() -> Policy:
    return attached(load_policy(POLICIES), None, sealed_from("urls", LISTED, "www.bbc.co.uk/bitesize/sealed"))


def decided(policy: Policy, url: str, grants: Grants = NO_GRANTS) -> Reason:
    return decide(policy, grants, Access(Subject(), target_of_url(url), NOW)).reason


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


def test_the_host_alone_says_that_a_path_matters(policy: Policy) -> None:
    assert sealed_from("urls", LISTED).may_hold("bad.example")
    assert not sealed_from("urls", LISTED).may_hold("good.example")
    assert decide(policy, NO_GRANTS, Access(Subject(), target_of_host("bad.example"), NOW)).needs_url


@given(st.text(max_size=60))
def test_whatever_stands_in_a_list_it_is_read(line: str) -> None:
    for kind in ("urls", "sha256"):
        _, entries, bad = marks_of(kind, [line], KEY, b"salt")
        assert entries + len(bad) <= 1


def test_no_rule_and_no_grant_opens_it(policy: Policy) -> None:
    assert decided(policy, "https://www.bbc.co.uk/bitesize") is not Reason.LOCKED
    assert decided(policy, "https://www.bbc.co.uk/bitesize/sealed") is Reason.LOCKED
    page = GrantTarget(page=parse_pattern("bad.example/Some/Page.html"))
    site = GrantTarget(site="bad.example")
    whole = [
        Grant(f"g{number}", GrantScope(groups=frozenset({"staff"})), what, NOW, NOW.replace(year=2027))
        for number, what in enumerate((page, site))
    ]
    subject = Subject(("staff",), frozenset({"staff"}))
    decision = decide(policy, Grants(whole), Access(subject, target_of_url(LISTED), NOW))
    assert (decision.reason, decision.allowed) == (Reason.LOCKED, False)


def test_the_page_names_nothing(policy: Policy) -> None:
    access = Access(Subject(), target_of_url(LISTED), NOW)
    decision = decide(policy, NO_GRANTS, access)
    told = explain(policy, NO_GRANTS, access, decision, reference="ABCD", ask_url="http://why.test/ask")
    assert (told.what, told.category, told.rule, told.app, told.ask_url) == ("", None, None, None, None)
    assert "Internet Watch" in told.reason
    assert "bad.example" not in repr(told)
    assert SEALED not in repr((told.happened, told.reason, told.asking, told.title))


@pytest.fixture
def store(tmp_path: Path) -> SealedStore:
    return SealedStore(tmp_path, KEY)


def test_what_is_stored_says_nothing_and_is_for_its_user_alone(store: SealedStore) -> None:
    store.seal("iwf", "urls", [LISTED, "", "# comment", "not an address at all"])
    for path in store.folder.iterdir():
        content = path.read_bytes()
        assert b"bad" not in content
        assert hashlib.sha256(LISTED.encode()).digest() not in content
        if path.name != ".lock":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealed, serial = store.open()
    assert sealed is not None
    assert sealed.holds(canonical_url(LISTED))
    assert serial == 1
    assert "bad" not in repr(sealed)
    assert KEY.decode() not in repr(sealed)
    other, _ = SealedStore(store.folder.parent / "other", KEY), None
    other.seal("iwf", "urls", [LISTED])
    assert (other.folder / "iwf").read_bytes() != (store.folder / "iwf").read_bytes()  # another salt


def test_lines_that_are_none_are_told_by_number_alone(store: SealedStore) -> None:
    assert store.seal("police", "sha256", ["0" * 64, "xyz", "", "f" * 63]) == (1, [2, 4])
    for name, kind, lines in (("A", "urls", [LISTED]), ("a", "csv", [LISTED]), ("a", "urls", ["# nothing"])):
        with pytest.raises(SealError):
            store.seal(name, kind, lines)


def test_lists_are_replaced_and_taken_away_by_those_who_have_the_key(store: SealedStore) -> None:
    assert store.open() == (None, 0)
    store.seal("iwf", "urls", [LISTED])
    store.seal("iwf", "urls", ["http://worse.example/x"])
    sealed, serial = store.open(1)
    assert sealed is not None
    assert not sealed.holds(canonical_url(LISTED))
    store.unseal("iwf")
    assert store.open(serial) == (None, 3)
    with pytest.raises(SealError, match="no sealed list"):
        store.unseal("iwf")
    stranger = SealedStore(store.folder.parent, b"x" * 32)
    with pytest.raises(SealError, match="another key"):
        stranger.seal("iwf", "urls", [LISTED])


def test_meddling_is_noticed(store: SealedStore) -> None:
    store.seal("iwf", "urls", [LISTED])
    early = (store.folder / "register").read_bytes()
    store.seal("police", "urls", ["http://worse.example/x"])
    register, content = store.folder / "register", (store.folder / "iwf").read_bytes()
    good = register.read_bytes()
    for path, damage, what in (
        (store.folder / "iwf", b"", "was changed"),
        (store.folder / "iwf", content[:-1] + bytes([content[-1] ^ 1]), "was changed"),
        (store.folder / "iwf", None, "cannot be read"),
        (register, good.replace(b'"serial": 2', b'"serial": 3'), "was changed"),
        (register, b"", "was changed"),
        (register, early, "older"),
        (register, None, "is gone"),
    ):
        before = path.read_bytes()
        if damage is None:
            path.unlink()
        else:
            path.write_bytes(damage)
        with pytest.raises(SealError, match=what):
            store.open(2)
        path.write_bytes(before)
    assert store.open(2)[1] == 2
    for path in list(store.folder.iterdir()):
        path.unlink()
    with pytest.raises(SealError, match="is gone"):
        store.open(2)
