import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.decide.path_index import PathIndex, marks_of
from saywhy.policy.address import canonical_url, path_to_compare
from saywhy.policy.pattern import UrlPattern, parse_pattern

# few letters, so that patterns and paths meet often
paths = st.text(alphabet="ab/*", max_size=8).map(lambda text: f"/{text}")
queries = st.lists(st.tuples(st.sampled_from("vw"), st.sampled_from("12")), max_size=2).map(
    lambda pairs: "&".join("=".join(pair) for pair in pairs)
)
patterns = st.builds(lambda path, query: parse_pattern(f"a.example{path}?{query}"), paths, queries)
asked = st.text(alphabet="ab/", max_size=9).map(lambda text: path_to_compare(f"//{text}"))


def by_its_expression(pattern: UrlPattern, path: str) -> bool:
    """What a pattern means, written as one expression."""
    stem = pattern.path.removesuffix("*") if pattern.path.endswith("/*") else pattern.path
    below = "" if stem.endswith("*") else "(?:/.*)?"
    body = ".*".join(re2.escape(piece) for piece in stem.rstrip("/").split("*"))
    return re2.compile(f"(?s)^{body}{below}$").search(path) is not None


@settings(max_examples=300)
@given(st.lists(patterns, max_size=12), asked, queries)
def test_the_index_finds_what_trying_every_pattern_finds(some: list[UrlPattern], path: str, query: str) -> None:
    index = PathIndex(enumerate_values(some))
    assert index.matching(path, query) == [n for n, one in enumerate(some) if one.covers_path(path, query)]


def enumerate_values(some: list[UrlPattern]) -> list[tuple[UrlPattern, int]]:
    return [(one, number) for number, one in enumerate(some)]


@settings(max_examples=300)
@given(patterns.filter(lambda one: not one.parameters), asked)
def test_a_pattern_means_what_its_expression_says(pattern: UrlPattern, path: str) -> None:
    assert pattern.covers_path(path, "") == by_its_expression(pattern, path)


def test_few_of_many_patterns_are_tried() -> None:
    many = [
        *(parse_pattern(f"a.example/shop/{n}") for n in range(3_000)),
        *(parse_pattern(f"a.example/*/item-{n}x*") for n in range(3_000)),
        *(parse_pattern(f"a.example/watch?v=id{n}") for n in range(3_000)),
        *(parse_pattern(f"a.example/*/page{n}") for n in range(3_000)),
    ]
    index = PathIndex(enumerate_values(many))
    tried: list[UrlPattern] = []

    class Counting(UrlPattern):
        def covers_path(self, path: str, query: str) -> bool:
            tried.append(self)
            return super().covers_path(path, query)

    index._entries = tuple(
        (Counting(one.text, one.host, one.path, one.parameters), value) for one, value in index._entries
    )
    for path, query, found in (
        ("/shop/7/x", "", 7),
        ("/y/item-2999x-red", "", 5_999),
        ("/watch", "t=1&v=id12", 6_012),
        ("/z/page77", "", 9_077),
    ):
        tried.clear()
        assert index.matching(path, query) == [found]
        assert len(tried) < 40


def test_a_pattern_is_filed_under_what_every_path_of_it_has() -> None:
    assert list(marks_of(parse_pattern("a.example/Shop/*"))) == [("stem", "/shop")]
    assert list(marks_of(parse_pattern("a.example/a*/news/b?v=1")))[:4] == [
        ("parameter", ("v", "1")),
        ("start", "/a"),
        ("segment", "news"),
        ("segment", "b"),
    ]
    assert canonical_url("https://a.example/a1/news/b?v=1").query == "v=1"
