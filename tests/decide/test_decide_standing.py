from dataclasses import replace

from saywhy.decide.lookup import Lookup
from saywhy.decide.rule_index import RuleIndex
from saywhy.decide.standing import standing_of_host
from saywhy.policy.address import canonical_url
from saywhy.policy.catalogue import Belonging, Catalogue, Correction, Source
from saywhy.policy.criterion import Criteria
from saywhy.policy.inspection import Inspection
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect, Rule

HERE = Source("school.yaml", 1)
SHORTS = parse_pattern("videos.example/shorts")
CATALOGUE = Catalogue(
    names={"videos.example": (Belonging("category", "video", "videos.example", HERE),)},
    patterns={"videos.example": ((SHORTS, Belonging("app", "shorts", SHORTS.text, HERE)),)},
)
RULES = [
    Rule("shorts", 1, Effect.BLOCK, Criteria(apps=("shorts",)), HERE),
    Rule("lists", 2, Effect.BLOCK, Criteria(urls=(parse_pattern("videos.example/lists/*"),)), HERE),
    Rule("video", 3, Effect.ALLOW, Criteria(categories=("video",)), HERE),
]
LOOKUP = Lookup(CATALOGUE)
INDEX = RuleIndex(RULES)


def named(bits: int) -> list[str]:
    return [rule.id for number, rule in enumerate(reversed(RULES)) if bits >> number & 1]


def test_a_name_alone_leaves_open_what_paths_decide() -> None:
    standing = standing_of_host("www.videos.example", LOOKUP, INDEX, Inspection(), {}).of_url(None, LOOKUP, INDEX)
    assert named(standing.rules) == ["video"]
    assert named(standing.possible) == ["lists", "shorts"]
    assert standing.membership.undecided_apps == {"shorts"}


def test_a_path_settles_it() -> None:
    host = standing_of_host("www.videos.example", LOOKUP, INDEX, Inspection(), {})
    found = {
        path: host.of_url(canonical_url(f"https://www.videos.example{path}"), LOOKUP, INDEX)
        for path in ("/", "/shorts/1", "/Lists/2")
    }
    assert {path: named(one.rules) for path, one in found.items()} == {
        "/": ["video"],
        "/shorts/1": ["video", "shorts"],
        "/Lists/2": ["video", "lists"],
    }
    assert found["/shorts/1"].membership.apps == {"shorts"}
    assert found["/Lists/2"].membership.apps == frozenset()
    assert all(one.possible == 0 for one in found.values())


def test_a_host_without_patterns_stands_the_same_whatever_the_path() -> None:
    host = standing_of_host("other.example", LOOKUP, INDEX, Inspection(), {})
    assert not host.has_patterns
    assert host.of_url(canonical_url("https://other.example/shorts"), LOOKUP, INDEX) is host.plain


def test_a_correction_holds_for_a_name_alone_and_for_every_path() -> None:
    also = Correction("www.videos.example", frozenset({"video"}), frozenset({"lessons"}), "Ours.", None, HERE)
    lookup = Lookup(replace(CATALOGUE, corrections={also.name: also}))
    host = standing_of_host("www.videos.example", lookup, INDEX, Inspection(), {})
    for url in (None, *(canonical_url(f"https://www.videos.example{path}") for path in ("/", "/shorts/1"))):
        found = host.of_url(url, lookup, INDEX)
        assert found.membership == lookup.membership("www.videos.example", url)
        assert found.membership.categories == {"lessons"}
        assert found.membership.corrections == (also,)
        assert "video" not in named(found.rules)
