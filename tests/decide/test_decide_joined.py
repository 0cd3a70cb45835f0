"""Lists joined to a policy: its rules, grants, locked rules and corrections decide on what lists say, as on its own names."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.decide.access import Access, Subject, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.joined import joined
from saywhy.lists.index import ListIndex
from saywhy.lists.sealed import Sealed, marks_of
from saywhy.policy.catalogue import SEALED
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.policy import Policy
from saywhy.policy.reading.load import load_policy
from tests.decide.conftest import lists_of

NOW: Final = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KEY: Final = b"k" * 32
PUPIL: Final = Subject(("year7",), frozenset({"year7"}))
WHY: Final = (
    "why: It is not for school.\n    decided: {by: IT, on: 2026-09-03}\n    review_by: 2027-03-01\n    owner: it\n"
)
POLICY: Final = f"""
school: {{name: Hillside, timezone: Europe/London}}
roles: {{it: IT support}}
groups: {{year7: {{label: Year 7, reader: secondary}}}}
places: [{{network: 10.0.0.0/8, groups: [year7]}}]
default: allow
purposes:
  read: {{label: Read, alternatives: [{{name: A, url: "https://a.test/", trusted: Ours.}}, {{name: B, url: "https://b.test/", trusted: Ours.}}]}}
rules:
  - id: floor
    block: {{categories: [violence]}}
    locked: true
    {WHY}
  - id: one-page
    allow: {{urls: ["mixed.test/bets/history"]}}
  - id: bets
    block: {{categories: [gambling]}}
    instead: [read]
    ask: {{decides: [it]}}
    {WHY}
corrections:
  - {{name: theatre.test, never: [gambling], because: It is a theatre., on: 2026-09-03}}
  - {{name: www.violent.test, never: [violence], because: A museum.}}
"""
LISTS: Final = {
    ("gambling", "domains"): "bet.test\ntheatre.test\n",
    ("gambling", "urls"): "mixed.test/bets\nmixed.test/forum.php?f=7\nhttp://deep.mixed.test/a/b/c\n",
    ("gambling", "expressions"): "(^|[./_-])pokerroom([./_-]|$)\n",
    ("violence", "domains"): "violent.test\n",
    ("violence", "urls"): "mixed.test/fights\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ListIndex:
    return lists_of(tmp_path_factory.mktemp("lists"), LISTS)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    folder = tmp_path_factory.mktemp("policy")
    (folder / "school.yaml").write_text(POLICY)
    return load_policy(folder)


def sealed(*lines: str, kind: str = "urls") -> Sealed:
    marks, _, bad = marks_of(kind, lines, KEY, b"salt")
    assert not bad
    return Sealed(KEY, b"salt", frozenset(marks), kind == "sha256")


@pytest.fixture(scope="module")
def engine(plain: Policy, index: ListIndex) -> Engine:
    engine = Engine(plain, index)
    engine.prepare()
    return engine


def decided(engine: Engine, url: str, grants: Iterable[Grant] = ()) -> Decision:
    held = Grants(list(grants)) if grants else NO_GRANTS
    return decide(engine, held, Access(PUPIL, target_of_url(url), NOW))


def rule_of(decision: Decision) -> str | None:
    return None if decision.rule is None or decision.reason is Reason.DEFAULT else decision.rule.id


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://bet.test/", "bets"),
        ("https://www.bet.test/any?x=1", "bets"),
        ("https://notbet.test/", None),
        ("https://mixed.test/", None),
        ("https://mixed.test/bets", "bets"),
        ("https://mixed.test/bets/", "bets"),
        ("https://mixed.test/Bets/tonight", "bets"),
        ("https://mixed.test/%62ets/tonight", "bets"),
        ("https://mixed.test/x/..//bets", "bets"),
        ("https://www.mixed.test/bets", "bets"),
        ("https://mixed.test/betsy", None),
        ("https://mixed.test/forum.php?f=7", "bets"),
        ("https://mixed.test/forum.php?a=1&f=7", "bets"),
        ("https://mixed.test/forum.php?f=77", None),
        ("https://mixed.test/forum.php", None),
        ("https://deep.mixed.test/a/b/c/d", "bets"),
        ("https://mixed.test/a/b/c/d", None),
        ("https://any.test/pokerroom/1", "bets"),
        ("https://any.test/?go=x/pokerroom", "bets"),
        ("https://pokerroom.any.test/", "bets"),
        ("https://any.test/Poker%72oom", "bets"),
        ("https://any.test/pokerrooms", None),
        ("https://mixed.test/bets/history", "one-page"),  # the school's own rule stands before
        ("https://mixed.test/bets/history/2026", "one-page"),
        ("https://mixed.test/fights", "floor"),
        ("https://violent.test/", "floor"),
        ("https://theatre.test/", None),
        ("https://www.theatre.test/tickets", None),
        ("https://theatre.test/pokerroom", None),  # the correction is of the name, whatever the list's entry is
        ("https://www.violent.test/", None),
        ("https://x.violent.test/", "floor"),
    ],
)
def test_rules_decide_on_what_lists_say(engine: Engine, url: str, rule: str | None) -> None:
    for _ in range(2):  # the second time, the host is remembered
        assert rule_of(decided(engine, url)) == rule


@pytest.mark.parametrize(
    ("host", "needs_url"),
    [("mixed.test", True), ("www.mixed.test", True), ("bet.test", False), ("violent.test", False)],
)
def test_a_host_alone_says_whether_a_path_matters(engine: Engine, host: str, needs_url: bool) -> None:
    assert decide(engine, NO_GRANTS, Access(PUPIL, target_of_host(host), NOW)).needs_url is needs_url


def grant(number: int, target: GrantTarget) -> Grant:
    return Grant(
        f"g{number}",
        GrantScope(groups=frozenset({"year7"})),
        target,
        NOW,
        NOW.replace(year=2027),
        weighed=frozenset({ANY_RULE}),
    )


def test_a_grant_opens_what_a_list_closes_and_never_what_is_locked(engine: Engine) -> None:
    page = grant(1, GrantTarget(page=parse_pattern("mixed.test/bets/tonight")))
    site = grant(2, GrantTarget(site="mixed.test"))
    assert decided(engine, "https://mixed.test/bets/tonight", [page]).reason is Reason.GRANT
    assert rule_of(decided(engine, "https://mixed.test/bets/other", [page])) == "bets"
    assert decided(engine, "https://mixed.test/bets/other", [site]).reason is Reason.GRANT
    locked = decided(engine, "https://mixed.test/fights", [page, site])
    assert (locked.allowed, locked.reason) == (False, Reason.LOCKED)


def test_what_a_correction_overrules_is_kept_for_explain(engine: Engine) -> None:
    membership = decided(engine, "https://www.theatre.test/").membership
    assert membership.categories == frozenset()
    assert [(one.id, one.entry, one.source.file) for one in membership.overruled] == [
        ("gambling", "theatre.test", "gambling")
    ]
    (correction,) = membership.corrections
    assert (correction.because, correction.on) == ("It is a theatre.", datetime(2026, 9, 3).date())  # noqa: DTZ001 — a day


SEALED_PAGES: Final = ("http://mixed.test/bets/history", "theatre.test/secret", "http://quiet.test/")


def test_nothing_opens_what_is_sealed_neither_rule_nor_grant_nor_correction(plain: Policy, index: ListIndex) -> None:
    closed = Engine(plain, index, sealed(*SEALED_PAGES))
    grants = [
        grant(number, GrantTarget(site=site))
        for number, site in enumerate(("mixed.test", "theatre.test", "quiet.test"))
    ]
    for url in SEALED_PAGES:
        for held in ((), grants):
            decision = decided(closed, url, held)
            assert (decision.allowed, decision.reason, rule_of(decision)) == (False, Reason.LOCKED, SEALED)
            assert all(one.entry == "" for one in decision.membership.because if one.id == SEALED)
            assert not any(one.id == SEALED for one in decision.membership.overruled)
    assert rule_of(decided(closed, "https://theatre.test/")) is None
    assert rule_of(decided(closed, "https://quiet.test/other")) is None


def test_a_correction_that_names_the_sealed_category_changes_nothing(
    plain: Policy, index: ListIndex, tmp_path: Path
) -> None:
    (tmp_path / "school.yaml").write_text(
        POLICY.replace("never: [gambling], because: It", f"never: [gambling, {SEALED}], because: It").replace(
            "purposes:", f"categories: {{{SEALED}: {{label: Mine, domains: [nothing.test]}}}}\npurposes:"
        )
    )
    closed = Engine(load_policy(tmp_path), index, sealed("theatre.test/secret"))
    decision = decided(closed, "https://theatre.test/secret")
    assert (decision.allowed, decision.reason) == (False, Reason.LOCKED)


URLS: Final = st.builds(
    "https://{}/{}".format,
    st.sampled_from(
        ("mixed.test", "www.mixed.test", "bet.test", "theatre.test", "quiet.test", "violent.test", "any.test")
    ),
    st.sampled_from(
        ("", "bets", "bets/history", "BETS/x", "fights", "secret", "secret/", "pokerroom", "forum.php?f=7", "a")
    ),
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(URLS, max_size=4, unique=True), URLS)
def test_only_sealed_addresses_differ_from_a_policy_without_sealed_lists(
    plain: Policy, engine: Engine, index: ListIndex, pages: list[str], url: str
) -> None:
    closed = Engine(plain, index, sealed(*pages)) if pages else engine
    bare = {page.rstrip("/").split("//")[1] for page in pages}
    decision = decided(closed, url)
    if url.rstrip("/").split("//")[1] in bare:
        assert (decision.allowed, decision.reason) == (False, Reason.LOCKED)
        assert SEALED in decision.membership.categories
    else:
        before = decided(engine, url)
        assert (decision.allowed, decision.reason, rule_of(decision)) == (
            before.allowed,
            before.reason,
            rule_of(before),
        )
        assert SEALED not in decision.membership.categories


def test_where_there_is_nothing_to_join_the_policy_is_as_it_was(plain: Policy) -> None:
    assert joined(plain, None, None) is plain
