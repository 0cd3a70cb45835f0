from urllib.parse import quote, unquote

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.policy.address import (
    AddressError,
    address_literal,
    bracketed,
    canonical_host,
    canonical_url,
    path_to_compare,
    suffixes,
    two_readings,
)

names = st.from_regex(
    r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,10}[a-z])?){1,4}", fullmatch=True
).filter(lambda name: "--" not in name)
plain_paths = st.from_regex(r"(/[a-z0-9@_-]{1,8}){1,4}/?", fullmatch=True)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        (" example.com\n", "example.com"),
        ("faß.de", "xn--fa-hia.de"),
        ("a。b", "a.b"),
        ("ex%61mple.com", "example.com"),
        ("soft\u00adhyphen.org", "softhyphen.org"),
        ("127.1", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("1.2.3.4.", "1.2.3.4"),
        ("::1", "::1"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_host_has_one_canonical_form(written: str, canonical: str) -> None:
    assert canonical_host(written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", " ", ".", "..", "a..b", ".a", "example.com..", "a/b", "a?b", "a#b", "a@b", "a\\b", "a b", "example.com:80",
     "[::1]:80", "[::1]:443", "[::1", "::1]", "fe80::1%eth0", "256.1.1.1", "1.2.3.4.5", "a" * 254, "a.b" * 100, "\ud800", "a\x00b"],
)  # fmt: skip
def test_what_is_no_host_is_refused(written: str) -> None:
    with pytest.raises(AddressError):
        canonical_host(written)


@given(st.text())
def test_canonical_host_is_idempotent(text: str) -> None:
    try:
        once = canonical_host(text)
    except AddressError:
        return
    assert canonical_host(once) == once
    assert once == once.lower()
    assert once.isascii()


@given(names, st.randoms(use_true_random=False))
def test_case_and_a_final_dot_do_not_matter(name: str, random: object) -> None:
    assert (
        canonical_host(name.upper())
        == canonical_host(name.title())
        == canonical_host(f"{name}.")
        == canonical_host(name)
    )


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("example.com", "https://example.com/"),
        ("http://EXAMPLE.com:80/A?q#f", "http://example.com/A"),
        ("https://example.com\\@evil.com/", "https://example.com/@evil.com/"),
        ("https://user:secret@example.com/x", "https://example.com/x"),
        ("https://example.com:8443/a/../b", "https://example.com:8443/b"),
        ("http://[::1]/", "http://[::1]/"),
        ("wss://example.com/socket", "wss://example.com/socket"),
    ],
)
def test_a_url_is_read_as_browsers_read_it(written: str, whole: str) -> None:
    assert canonical_url(written).without_query == whole


def test_a_url_keeps_its_query_for_the_request_line_alone() -> None:
    url = canonical_url("https://example.com/watch?v=1&t=2#top")
    assert url.origin_form == "/watch?v=1&t=2"
    assert url.without_query == "https://example.com/watch"
    assert canonical_url("https://example.com/").origin_form == "/"


@pytest.mark.parametrize(
    "written", ["", "https://", "ftp://example.com/", "javascript:alert(1)", "data:,x", "https://a b/", "https://example.com..", "\ud800", "https://x/" + "a" * 70_000],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(AddressError):
        canonical_url(written)


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        url = canonical_url(text)
    except AddressError:
        return
    assert canonical_url(f"{url.scheme}://{bracketed(url.host)}:{url.port}{url.origin_form}") == url


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("/shorts", "/shorts"),
        ("/SHORTS/", "/shorts/"),
        ("/%73horts", "/shorts"),
        ("/%2573horts", "/shorts"),
        ("/%" + "25" * 50 + "73horts", "/shorts"),
        ("//shorts", "/shorts"),
        ("/x/%2e%2e/shorts", "/shorts"),
        ("/x/..;a=b/shorts", "/shorts"),
        ("/./shorts/.", "/shorts/"),
        ("/x/..", "/"),
        ("/../..", "/"),
        ("\\shorts", "/shorts"),
        ("/a;b/c", "/a/c"),
        ("/;x/shorts;y=1", "/shorts"),
        ("/%EF%BD%93horts", "/shorts"),
        ("/\u017fhorts", "/shorts"),
        ("/a\uff0f\uff05\uff12\uff26b", "/a/b"),
        ("/stra%C3%9Fe", "/strasse"),
        ("/100%", "/100%"),
        ("/%zz%4", "/%zz%4"),
        ("/%ff", "/\ufffd"),
        ("/%\ufb00", "/\ufffd"),
    ],
)
def test_a_path_is_compared_without_its_disguises(written: str, compared: str) -> None:
    assert path_to_compare(written) == compared


@given(st.text(alphabet=st.sampled_from("/%25eE.;\\aAfF\ufb00ßİ\u212a2c ")) | st.text())
def test_path_to_compare_is_idempotent(path: str) -> None:
    once = path_to_compare(path)
    assert path_to_compare(once) == once


@given(plain_paths, st.data())
def test_disguised_paths_compare_equal(path: str, data: st.DataObject) -> None:
    disguised = path
    for _ in range(data.draw(st.integers(1, 4))):
        match data.draw(st.sampled_from(["case", "escape", "all", "slash", "dot", "up"])):
            case "case":
                disguised = disguised.upper()
            case "escape":
                disguised = quote(disguised).replace("o", "%6f").replace("s", "%53")
            case "all":
                disguised = "/" + "".join(f"%{byte:02X}" for byte in disguised[1:].encode())
            case "slash":
                disguised = disguised.replace("/", "//", 1)
            case "dot":
                disguised = f"/.{disguised}"
            case "up":
                disguised = f"/somewhere/..{disguised}"
    assert path_to_compare(disguised) == path_to_compare(path)


@pytest.mark.parametrize(
    "path",
    ["/", "/a/b", "/a%20b", "/files/lib%2Fclass%2Erb", "/a%2F%2Fb", "/a%5Cb", "/caf%E9", "/%E2%82%AC", "/%F0%9F%98%80",
     "/a;v=1/b", "/100%25", "/a/%252e/b", "/a%2f.%2fb", "/...", "/a/...;x", "/.hidden", "/a..b", "/%C3%80%BF", "/v1.;x"],
)  # fmt: skip
def test_paths_that_sites_use_have_one_reading(path: str) -> None:
    assert canonical_url(f"https://example.com{path}").path == path
    assert two_readings(path) == ""


@pytest.mark.parametrize(
    "path",
    ["/a%00", "/a%2500", "/a%2f..%2fb", "/a%2F..", "/..%2fb", "/a/..;/b", "/a/..;x=1/b", "/a/%252e%252e/b",
     "/a%5c..%5cb", "/a/..%5cb", "/%c0%af", "/%c0%ae%C0%AE/", "/%c1%9chorts", "/%e0%80%af", "/%e0%81%9c", "/%f0%80%81%9c", "/%c0%a5", "/%c0%80", "/%fc%80%80%80%80%af",
     "/%25c0%25af", "/a%3b%2f..%2fb", "/x;%2f..%2f..%2fb"],
)  # fmt: skip
def test_paths_that_servers_read_differently_are_told(path: str) -> None:
    assert canonical_url(f"https://example.com{path}").path == path
    assert two_readings(path)


@given(st.text(alphabet=st.sampled_from("/%25eEfFcC.;\\aA0189b")).map(lambda text: f"/{text}"))
def test_a_path_with_one_reading_goes_nowhere_else_when_it_is_decoded(text: str) -> None:
    path = canonical_url(f"https://example.com{text}").path
    if two_readings(path):
        return
    segments = [one for one in path_to_compare(path).split("/") if one]
    kept = [one.partition(";")[0] for one in unquoted(path).replace("\\", "/").split("/")]
    assert segments == [one.casefold() for one in kept if one not in {"", "."}]


def unquoted(text: str) -> str:
    while (once := unquote(text)) != text:
        text = once
    return text


def test_a_path_of_nothing_but_escapes_is_compared_in_one_pass() -> None:
    nested = "/" + "%2" * 16_000 + "%35" * 16_000  # each round of decoding would undo one level only
    assert path_to_compare(nested).startswith("/")


def test_suffixes_climb_from_the_name_to_its_last_label() -> None:
    assert suffixes("a.b.c") == ["a.b.c", "b.c", "c"]
    assert suffixes("c") == ["c"]
    assert suffixes("10.0.0.1") == ["10.0.0.1"]
    assert suffixes("2001:db8::1") == ["2001:db8::1"]


@given(names)
def test_suffixes_are_the_name_and_those_above_it(name: str) -> None:
    found = suffixes(name)
    assert found[0] == name
    assert len(found) == name.count(".") + 1
    assert all(name == one or name.endswith(f".{one}") for one in found)


def test_an_address_literal_is_told_from_a_name() -> None:
    assert str(address_literal("10.0.0.1")) == "10.0.0.1"
    assert str(address_literal("::1")) == "::1"
    assert address_literal("example.com") is None
    assert address_literal("web2") is None


@given(
    st.sampled_from(["http", "https", "ws", "wss"]),
    st.text(alphabet="a@:/?#%\\[]1. é", max_size=12),
    st.sampled_from(["", ":80", ":443", ":8080", ":"]),
    st.text(alphabet="ab/?#&=%@:\\ .é\t", max_size=14),
)
def test_the_parts_are_those_that_the_parser_itself_would_name(scheme: str, user: str, port: str, rest: str) -> None:
    text = f"{scheme}://{user}@b.example{port}/{rest}"
    try:
        url = canonical_url(text)
    except AddressError:
        return
    parsed = ada_url.URL(text)
    assert f"{url.scheme}:" == parsed.protocol
    assert url.host == parsed.hostname.removesuffix(".")
    assert str(url.port) == (parsed.port or {"http": "80", "ws": "80"}.get(scheme, "443"))
    assert url.path == parsed.pathname
    assert url.query == parsed.search.removeprefix("?")
