from dataclasses import replace

from saywhy.decide.lookup import Lookup
from saywhy.decide.rule_index import RuleIndex
from saywhy.decide.standing import HostStanding, Standing, standing_of_host
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
LOOKUP = Lookup(CATALOGUE)
RULES = [
    Rule("shorts", 1, Effect.BLOCK, Criteria(apps=("shorts",)), HERE),
    Rule("lists", 2, Effect.BLOCK, Criteria(urls=(parse_pattern("videos.example/lists/*"),)), HERE),
    Rule("video", 3, Effect.ALLOW, Criteria(categories=("video",)), HERE),
]
INDEX = RuleIndex(RULES)


def host_standing(host: str, lookup: Lookup = LOOKUP) -> HostStanding:
    return standing_of_host(host, lookup, INDEX, Inspection(), {})


def standing(host: HostStanding, url: str | None, lookup: Lookup = LOOKUP) -> Standing:
    return host.of_url(None if url is None else canonical_url(url), lookup, INDEX)


def named(bits: int) -> list[str]:
    return [rule.id for number, rule in enumerate(reversed(RULES)) if bits >> number & 1]


def test_a_name_alone_leaves_open_what_paths_decide() -> None:
    found = standing(host_standing("www.videos.example"), None)
    assert named(found.rules) == ["video"]
    assert named(found.possible) == ["lists", "shorts"]
    assert found.membership.undecided_apps == {"shorts"}


def test_a_path_settles_it() -> None:
    host = host_standing("www.videos.example")
    found = {path: standing(host, f"https://www.videos.example{path}") for path in ("/", "/shorts/1", "/Lists/2")}
    assert {path: named(one.rules) for path, one in found.items()} == {
        "/": ["video"],
        "/shorts/1": ["video", "shorts"],
        "/Lists/2": ["video", "lists"],
    }
    assert found["/shorts/1"].membership.apps == {"shorts"}
    assert found["/Lists/2"].membership.apps == frozenset()
    assert all(one.possible == 0 for one in found.values())


def test_a_host_without_patterns_stands_the_same_whatever_the_path() -> None:
    host = host_standing("other.example")
    assert not host.has_patterns
    assert standing(host, "https://other.example/shorts") is host.plain


def test_a_correction_holds_for_a_name_alone_and_for_every_path() -> None:
    also = Correction("www.videos.example", frozenset({"video"}), frozenset({"lessons"}), "Ours.", None, HERE)
    lookup = Lookup(replace(CATALOGUE, corrections={also.name: also}))
    host = host_standing("www.videos.example", lookup)
    for url in (None, *(f"https://www.videos.example{path}" for path in ("/", "/shorts/1"))):
        found = standing(host, url, lookup)
        assert found.membership == lookup.membership("www.videos.example", None if url is None else canonical_url(url))
        assert found.membership.categories == {"lessons"}
        assert found.membership.corrections == (also,)
        assert "video" not in named(found.rules)
