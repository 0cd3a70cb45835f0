import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.rule_index import RuleIndex
from saywhy.policy.catalogue import Source
from saywhy.policy.criteria import pieces_of
from saywhy.policy.criterion import EVERYTHING, Criteria, Key
from saywhy.policy.pattern import UrlPattern, parse_pattern
from saywhy.policy.rule import Effect, Rule

CATEGORIES = ("games", "gambling", "chat")
APPS = ("tiktok", "snapchat")
HOSTS = ("a.example", "b.example", "example")
GROUPS = ("students", "staff", "year7")


def some(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), unique=True).map(tuple)


patterns = st.sampled_from(HOSTS).map(lambda host: parse_pattern(f"{host}/path"))
criteria = st.builds(
    Criteria,
    everything=st.booleans(),
    categories=some(CATEGORIES),
    apps=some(APPS),
    domains=some(HOSTS),
    urls=st.lists(patterns).map(tuple),
)
bodies = st.tuples(criteria, some(GROUPS).map(frozenset))
keys = st.lists(
    st.one_of(
        st.sampled_from(CATEGORIES).map(lambda one: ("category", one)),
        st.sampled_from(APPS).map(lambda one: ("app", one)),
        st.sampled_from(HOSTS).map(lambda one: ("host", one)),
        st.just(EVERYTHING),
    )
)


def rule(number: int, about: Criteria, groups: frozenset[str]) -> Rule:
    return Rule(f"rule-{number}", number, Effect.BLOCK, about, Source("school.yaml", number), groups)


def filed(about: Criteria) -> set[Key]:
    """The keys that a rule can match by: a pattern's is its host."""
    return {("host", one.host) if isinstance(one, UrlPattern) else one for one in pieces_of(about)}


@given(st.lists(bodies), keys, some(GROUPS).map(frozenset))
def test_candidates_are_what_reading_every_rule_would_find(
    drawn: list[tuple[Criteria, frozenset[str]]], asked: list[Key], groups: frozenset[str]
) -> None:
    rules = [rule(number, *body) for number, body in enumerate(drawn, start=1)]
    scanned = [one for one in rules if (not one.groups or one.groups & groups) and set(asked) & filed(one.criteria)]
    assert RuleIndex(rules).candidates(asked, groups) == scanned


KEYS = [("category", "games"), ("app", "tiktok"), ("host", "a.example"), ("host", "b.example")]


@pytest.mark.parametrize("key", KEYS)
def test_a_rule_is_found_by_each_thing_that_it_could_match_by(key: Key) -> None:
    about = Criteria(
        categories=("games",), apps=("tiktok",), domains=("a.example",), urls=(parse_pattern("b.example/path"),)
    )
    assert filed(about) == set(KEYS)
    one = rule(1, about, frozenset())
    assert RuleIndex([one]).candidates([key], frozenset()) == [one]


def test_a_rule_for_others_is_not_met_at_all() -> None:
    index = RuleIndex([rule(1, Criteria(everything=True), frozenset({"staff"}))])
    assert index.candidates([EVERYTHING], frozenset({"students"})) == []
