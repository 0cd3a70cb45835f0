"""Names and patterns as they are written: what is taken, and that what a refusal advises would be taken."""

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from saywhy.policy.address import canonical_url, two_readings
from saywhy.policy.host_fields import is_meant, read_host, read_pattern, would_be_taken
from saywhy.policy.public_suffixes import public_suffixes

LABELS = st.sampled_from(["com", "co.uk", "poki", "poki.com", "www.bbc", "*", "*.", "10.0.0.1", "gov.uk", "a_b", "https:", "http://", "me@x", "%2e"])  # fmt: skip
NEAR = st.lists(LABELS | st.sampled_from(list(",. /:*?#;\\[]é")), min_size=1, max_size=6).map("".join)


def advice(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except PydanticCustomError as error:
        return str((error.context or {})["instead"])
    return ""


@given(NEAR)
@example("/*.exe")
@example("and/or")
@example("*.com")
@example("https://co.uk/search")
@example("com:443")
@example("poki.com,com")
@example("0.0.0.0 poki.com")
@example("poki.com/a;b")
def test_what_is_advised_would_be_taken(text: str) -> None:
    """Every name or pattern in an advice is one that is taken, and opens or closes no whole suffix unsaid."""
    said = advice(read_host, text)
    names = re.findall(r"(?:write|each by itself:|,) ((?:all of )?[^\s,;]*\.[^\s,;]*)", said)
    assert [one for one in names if not would_be_taken(one)] == [], said
    listed = re.findall(r"list (\S+) under urls", said)
    for one in (*listed, *re.findall(r"write (\S+/\S*)$", advice(read_pattern, text))):
        assert read_pattern(one).host


def test_no_place_is_advised_that_there_is_not() -> None:
    said = advice(lambda text: read_host(text, beside_urls=False), "https://fonts.example/x")
    assert said == "write fonts.example, without a path: the whole site is meant here"


@given(NEAR)
@example("poki.com/%2e%2e%2f")
@example("https:/poki.com/x")
def test_a_pattern_that_is_taken_matches_something(text: str) -> None:
    try:
        pattern = read_pattern(text)
    except PydanticCustomError:
        return
    host = f"[{pattern.host}]" if ":" in pattern.host else pattern.host
    query = "&".join(f"{name}={value}" for name, value in pattern.parameters)
    url = canonical_url(f"https://{host}{pattern.path.replace('*', 'x')}?{query}")
    assert pattern.covers(url)
    assert not two_readings(url.path)
    assert is_meant(text) or not public_suffixes().has(pattern.host) or public_suffixes().is_private(pattern.host)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("all of co.uk", "co.uk"),
        ("All  of GOV.UK", "gov.uk"),
        ("all of example.org", "example.org"),
        ("github.io", "github.io"),
        ("alloffice.example", "alloffice.example"),
        ("s3.amazonaws.com", "s3.amazonaws.com"),
        ("www.ck", "www.ck"),
        ("::1", "::1"),
    ],
)
def test_all_of_means_that_all_below_is_meant(written: str, host: str) -> None:
    assert read_host(written) == host
    assert read_pattern(f"{written}/page" if ":" not in written else f"[{written}]/page").host == host


@pytest.mark.parametrize(
    "written", ["com", "co.uk", "CO.UK", "uk", "bbc", "intranet", "a.ck", "xn--p1ai", "公司.cn", "co.uk.", "all of"]
)
def test_a_name_that_takes_in_a_whole_suffix_says_so(written: str) -> None:
    with pytest.raises(PydanticCustomError):
        read_host(written)
    with pytest.raises(PydanticCustomError):
        read_pattern(f"{written}/page")
