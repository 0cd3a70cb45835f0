"""What an allow's obligations come to at a host: met, left out, or in the way."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from saywhy.decide.access import Access, subject_in, target_of_host, target_of_url
from saywhy.decide.controls import Controls, met, refused_account
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.inspection import Way, way_of
from saywhy.policy.address import suffixes
from saywhy.policy.address_place import parse_place
from saywhy.policy.catalogue import NOTHING, App, Belonging, Carrier, Catalogue, Category, Membership
from saywhy.policy.control import Control, Means
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.obligation import Obligation, safe_address
from saywhy.policy.obligations.inspect import INSPECT
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import HERE, MONDAY_TEN, engine, rule

SAFE = Obligation("safe_search")
ACCOUNTS = Obligation("accounts", (("cloud", ("hillside.example",), ""),), inside=True)
ENGINE = Control(
    "engine", "safe_search", frozenset({"www.engine.example"}), closed=frozenset({"lite.engine.example"}),
    levels={"": Means("safe.engine.example")},
)  # fmt: skip
QUERY = Control("query", "safe_search", domains=frozenset({"query.example"}), levels={"": Means(parameters=(("a", "b"),))})  # fmt: skip
CLOUD = Control(
    "cloud", "accounts", domains=frozenset({"cloud.example"}), levels={"": Means(headers=(("allowed", "{accounts}"),))},
    refused_at=(parse_pattern("login.cloud.example/refused"),),
)  # fmt: skip
CONTROLS = (ENGINE, QUERY, CLOUD)
LISTED = ("engine.example", "plain.example", "query.example")
CATALOGUE = Catalogue(
    categories={"search-engines": Category("search-engines", "Search engines")},
    apps={"pinned": App("pinned", "Pinned", pins=True)},
    names={
        **{name: (Belonging("category", "search-engines", name, HERE),) for name in LISTED},
        "pinned.engine.example": (Belonging("app", "pinned", "pinned.engine.example", HERE),),
    },
    carriers={"reader": Carrier("reader", "Reader", "", ("reader.example",), (parse_place("/read?u={address}"),))},
    controls=CONTROLS,
)
EVERYTHING = rule("all", Effect.ALLOW, everything=True, obligations=frozenset({SAFE, ACCOUNTS}))


def school(rules: Sequence[Rule] = (EVERYTHING,), **parts: object) -> Engine:
    return engine(rules, **{"catalogue": CATALOGUE, **parts})  # type: ignore[arg-type]


def decided(one: Engine, address: str, grants: Grants = NO_GRANTS) -> Decision:
    subject = subject_in(one.policy, ("year9",))
    target = target_of_url(address) if "://" in address else target_of_host(address)
    return decide(one, grants, Access(subject, target, MONDAY_TEN))


def carried(decision: Decision) -> dict[str, Means | None]:
    return {one.kind: one.means for one in decision.obligations}


@pytest.mark.parametrize(
    ("address", "kinds", "way"),
    [
        ("www.engine.example", {"safe_search"}, Way.RELAY),
        ("query.example", {"safe_search"}, Way.INSPECT),
        ("www.query.example", {"safe_search"}, Way.INSPECT),
        ("cloud.example", {"accounts"}, Way.INSPECT),
        ("fine.example", set(), Way.RELAY),
        ("docs.engine.example", set(), Way.RELAY),  # a list names the whole company; this is not its search
    ],
)
def test_it_is_met_where_a_service_has_it_and_asks_nothing_elsewhere(address: str, kinds: set[str], way: Way) -> None:
    decision = decided(school(), address)
    assert (decision.allowed, {one.kind for one in decision.obligations}) == (True, kinds)
    assert way_of(decision) is way


@pytest.mark.parametrize("address", ["plain.example", "https://www.plain.example/search", "lite.engine.example"])
def test_a_search_engine_that_has_none_is_closed(address: str) -> None:
    decision = decided(school(), address)
    assert (decision.effect, decision.reason) == (Effect.BLOCK, Reason.OBLIGATION)
    assert decision.rule is not None
    assert decision.rule.id == "all"
    assert not decision.obligations


def test_without_the_obligation_it_is_open() -> None:
    assert decided(school([rule("all", Effect.ALLOW, everything=True)]), "plain.example").allowed


def test_the_address_is_that_of_the_control() -> None:
    assert safe_address(decided(school(), "www.engine.example").obligations) == "safe.engine.example"


def test_what_a_permit_opens_is_open_as_the_rule_below_would_allow_it() -> None:
    one = school([rule("closed", domains=("engine.example", "plain.example")), EVERYTHING])
    hour = (MONDAY_TEN, MONDAY_TEN + timedelta(hours=1))
    for site, host in (("engine.example", "www.engine.example"), ("plain.example", "plain.example")):
        grants = Grants(
            [Grant("g", GrantScope(frozenset({"year9"})), GrantTarget(site=site), *hour, weighed=frozenset({ANY_RULE}))]
        )
        decision = decided(one, f"https://{host}/", grants)
        assert not decided(one, f"https://{host}/").allowed
        if host == "plain.example":
            assert decision.reason is Reason.OBLIGATION
        else:
            assert (decision.allowed, decision.reason) == (True, Reason.GRANT)
            assert safe_address(decision.obligations) == "safe.engine.example"


def test_where_nothing_may_be_seen_what_takes_seeing_is_closed() -> None:
    never = Inspection(never=Sites(domains=frozenset({"query.example", "cloud.example", "www.engine.example"})))
    one = school(inspection=never)
    for host in ("query.example", "cloud.example"):
        decision = decided(one, host)
        assert (decision.allowed, decision.reason, way_of(decision)) == (False, Reason.OBLIGATION, Way.REFUSE)
    assert way_of(decided(one, "www.engine.example")) is Way.RELAY  # a safe address needs no seeing


def test_inspect_stays_what_it_was_there() -> None:
    never = Inspection(never=Sites(domains=frozenset({"fine.example"})))
    one = school([rule("all", Effect.ALLOW, everything=True, obligations=frozenset({INSPECT}))], inspection=never)
    assert way_of(decided(one, "fine.example")) is Way.RELAY


def test_sites_that_are_always_seen_carry_both() -> None:
    always = Inspection(always=Sites(domains=frozenset({"www.engine.example"})))
    assert carried(decided(school(inspection=always), "www.engine.example")) == {
        "inspect": None,
        "safe_search": Means("safe.engine.example"),
    }


def test_an_app_that_pins_is_seen_where_it_has_to_be() -> None:
    pinned = Control("pinned", "accounts", domains=frozenset({"pinned.engine.example"}), levels=CLOUD.levels)
    asked = Obligation("accounts", (("pinned", ("hillside.example",), ""),), inside=True)
    one = school(
        [rule("all", Effect.ALLOW, everything=True, obligations=frozenset({asked}))],
        catalogue=Catalogue(apps=CATALOGUE.apps, names=CATALOGUE.names, controls=(pinned,)),
    )
    assert way_of(decided(one, "pinned.engine.example")) is Way.INSPECT
    assert way_of(decided(school([rule("all", Effect.ALLOW, everything=True)]), "pinned.engine.example")) is Way.RELAY


def test_a_carrier_does_not_fetch_what_would_have_to_be_made_safe() -> None:
    decision = decided(school(), "https://reader.example/read?u=https://www.engine.example/")
    assert (decision.allowed, decision.reason) == (False, Reason.OBLIGATION)
    assert decision.carried is not None
    assert decided(school(), "https://reader.example/read?u=https://fine.example/").allowed


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://login.cloud.example/refused?x", False),
        ("https://login.cloud.example/", True),
        ("login.cloud.example", True),
    ],
)
def test_where_a_service_sends_other_accounts_the_answer_is_ours(address: str, allowed: bool) -> None:
    decision = decided(school(), address)
    assert decision.allowed is allowed
    assert allowed or decision.reason is Reason.ACCOUNT


def test_a_rule_that_blocks_or_locks_carries_nothing() -> None:
    one = school([rule("floor", domains=("engine.example",), locked=True), EVERYTHING])
    decision = decided(one, "www.engine.example")
    assert (decision.reason, decision.obligations) == (Reason.LOCKED, frozenset())


def test_the_first_rule_that_matches_is_the_one_that_asks() -> None:
    staff = rule("year9", Effect.ALLOW, domains=("engine.example",), groups=frozenset({"year9"}))
    assert not decided(school([staff, EVERYTHING]), "www.engine.example").obligations


def test_only_what_rules_ask_for_is_looked_up() -> None:
    assert Controls(CONTROLS, frozenset({"accounts"})).at(tuple(suffixes("www.engine.example"))) == ()


def test_a_host_with_two_addresses_goes_to_one_and_the_other_must_be_met_inside() -> None:
    other = Control("b", "restricted", frozenset({"www.engine.example"}), levels={"strict": Means("strict.example")})
    asked = frozenset({SAFE, Obligation("restricted", "strict")})
    assert met(asked, (ENGINE, other), frozenset()) is None
    inside = Control("b", "restricted", levels={"strict": Means("strict.example", (("h", "1"),))})
    found = met(asked, (ENGINE, inside), frozenset())
    assert found is not None
    assert {one.kind for one in found} == {"restricted", "safe_search"}
    assert len({one.means.address for one in found if one.means is not None and one.means.address}) == 1


def test_a_category_that_a_request_has_by_itself_is_no_reason() -> None:
    found = Controls(CONTROLS, frozenset({"safe_search"}))
    names = tuple(suffixes("fine.example"))
    assert found.lacking(names, NOTHING, ()) == frozenset()
    assert found.lacking(names, Membership(categories=frozenset({"search-engines"})), ()) == {"safe_search"}


def test_an_account_is_refused_by_its_url_alone() -> None:
    asked = frozenset({Obligation("accounts", control=CLOUD)})
    assert not refused_account(asked, None)
