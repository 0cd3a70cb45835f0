import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.policy.address import path_to_compare
from saywhy.policy.pattern import UrlPattern, parse_pattern
from saywhy.rehearse.pattern_containment import contains

globs = st.text("ab/*", max_size=6).map(lambda text: parse_pattern(f"a.example/{text}"))


@given(globs, globs, st.lists(st.text("ab/", max_size=7), min_size=30, max_size=60))
@settings(deadline=None, max_examples=300)
def test_what_the_narrow_pattern_means_the_wide_one_means_too(
    wide: UrlPattern, narrow: UrlPattern, paths: list[str]
) -> None:
    if not contains(wide, narrow):
        return
    for path in paths:
        compared = path_to_compare(f"/{path}")
        if narrow.covers_path(compared, ""):
            assert wide.covers_path(compared, ""), (wide.path, narrow.path, compared)


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("a.example/x", "a.example/x/*", True),
        ("a.example/x/*", "a.example/x", True),
        ("a.example/x", "a.example/x/y", True),
        ("a.example/x", "a.example/xy", False),
        ("a.example/x*", "a.example/xy/z", True),
        ("a.example/x*", "a.example/X/*/b", True),
        ("a.example/x/y", "a.example/x", False),
        ("a.example/*", "a.example/*/b", True),
        ("a.example/*/b", "a.example/*/b", True),
        ("a.example/*/b", "a.example/c/b", False),  # true, and not claimed
        ("a.example/x", "www.a.example/x", True),
        ("www.a.example/x", "a.example/x", False),
        ("a.example/x", "a.example/x?v=1", True),
        ("a.example/x?v=1", "a.example/x", False),
        ("a.example/x?v=1", "a.example/x/y?w=2&v=1", True),
    ],
)
def test_examples(wide: str, narrow: str, expected: bool) -> None:
    assert contains(parse_pattern(wide), parse_pattern(narrow)) is expected
