import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.pattern import SlowPatternError, parse_pattern


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("www.youtube.com/@HillsideMaths/*", "https://www.youtube.com/@HillsideMaths"),
        ("www.youtube.com/@HillsideMaths/*", "https://www.youtube.com/@hillsidemaths/videos"),
        ("youtube.com/shorts", "https://m.youtube.com/shorts"),
        ("youtube.com/shorts", "https://youtube.com/shorts/abc?x=1"),
        ("youtube.com/shorts/", "https://youtube.com/shorts"),
        ("youtube.com/shorts/", "https://youtube.com/shorts/abc"),
        ("youtube.com/@*/shorts/*", "https://youtube.com/@someone/shorts"),
        ("youtube.com/@*/shorts/*", "https://youtube.com/@someone/shorts/1"),
        ("youtube.com/shorts*", "https://youtube.com/shorts-and-more"),
        ("example.org/*", "https://example.org/"),
        ("example.org/", "https://example.org/anything"),
        ("https://example.org/a/*", "http://example.org/a/b"),
        ("example.org/a.b", "https://example.org/a.b"),
        ("example.org/watch?v=abc", "https://example.org/watch?t=1&v=abc"),
        ("example.org/watch?v=", "https://example.org/watch?v="),
        ("example.org/straße", "https://example.org/STRASSE"),
        ("Example.ORG/%73horts", "https://example.org//Shorts/x"),
    ],
)
def test_a_pattern_covers(pattern: str, url: str) -> None:
    assert parse_pattern(pattern).covers(canonical_url(url))


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("youtube.com/shorts", "https://youtube.com/shortsighted"),
        ("youtube.com/shorts/*", "https://youtube.com/shorts-and-more"),
        ("youtube.com/shorts", "https://youtube.com/"),
        ("youtube.com/shorts", "https://notyoutube.com/shorts"),
        ("youtube.com/shorts", "https://youtube.com.example/shorts"),
        ("www.youtube.com/shorts", "https://youtube.com/shorts"),
        ("example.org/a.b", "https://example.org/aXb"),
        ("example.org/watch?v=abc", "https://example.org/watch?v=abcd"),
        ("example.org/watch?v=abc", "https://example.org/watch"),
        ("example.org/watch?v=abc", "https://example.org/watch?v=ABC"),
    ],
)
def test_a_pattern_does_not_cover(pattern: str, url: str) -> None:
    assert not parse_pattern(pattern).covers(canonical_url(url))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("example.org", "list it under domains"),
        ("*.example.org/a", "leave it out"),
        ("ftp://example.org/a", "write it like"),
        ("example.org:8080/a", "ports are set under reach"),
        ("me@example.org/a", "write the host alone"),
        ("example.org/#/a", "never reaches a filter"),
        ("example.org/a?v=*", "leave that parameter out"),
        ("exa mple.org/a", "is not a web address"),
        ("", "begins with no host"),
        ("/shorts", "begins with no host"),
        ("//example.org/a", "begins with no host"),
        ("https:///example.org/a", "begins with no host"),
        ("?v=1", "begins with no host"),
    ],
)
def test_a_pattern_that_cannot_be_meant_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(AddressError, match=says.replace("*", r"\*")):
        parse_pattern(text)


def test_an_at_sign_in_the_path_is_no_user_name() -> None:
    assert parse_pattern("www.youtube.com/@HillsideMaths").host == "www.youtube.com"


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = parse_pattern(text)
    except AddressError:
        return
    pattern.covers(
        canonical_url(f"https://{'[' + pattern.host + ']' if ':' in pattern.host else pattern.host}/a/b?c=d")
    )


@given(
    st.from_regex(r"(/[a-z0-9@_-]{1,6}){1,3}", fullmatch=True),
    st.from_regex(r"(/[a-z0-9]{1,6}){0,2}/?", fullmatch=True),
)
def test_a_pattern_covers_its_path_and_all_below_it_in_any_case(path: str, below: str) -> None:
    for ending in ("", "/", "/*"):
        pattern = parse_pattern(f"example.org{path}{ending}")
        assert pattern.covers(canonical_url(f"https://example.org{path.upper()}{below}"))


def test_a_query_of_very_many_fields_is_still_answered() -> None:
    url = canonical_url("https://example.org/watch?" + "a=b&" * 10_000 + "v=1")
    assert parse_pattern("example.org/watch?v=1").covers(url)


def test_the_hardest_pattern_that_is_taken_is_looked_for_quickly_in_the_longest_path() -> None:
    pattern = parse_pattern("example.org/" + "*".join(["a" * 57] * 17))
    path = "/" + "a" * 65_000 + "b"
    began = time.process_time()
    assert not pattern.covers_path(path, "")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("path", ["a*" * 17, "a" * 1_000])
def test_a_pattern_that_would_take_long_is_refused(path: str) -> None:
    with pytest.raises(SlowPatternError):
        parse_pattern(f"example.org/{path}")
