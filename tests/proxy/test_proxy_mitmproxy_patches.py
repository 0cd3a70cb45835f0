"""What was made lean answers as mitmproxy does."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http

from saywhy.proxy.mitm.mitmproxy_patches import apply_patches

NAMES = st.sampled_from([b"Host", b"host", b"HOST", b"X-A", b"x-a", b"cookie"])
ORIGINAL = {name: getattr(http.Headers, name) for name in ("get_all", "get", "__contains__")}
CHECK = http.MessageData.__post_init__


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    for name, method in ORIGINAL.items():
        setattr(http.Headers, name, method)
    http.MessageData.__post_init__ = CHECK  # type: ignore[method-assign]


@given(st.lists(st.tuples(NAMES, st.binary(max_size=8))), NAMES)
def test_headers_are_found_as_before(fields: list[tuple[bytes, bytes]], name: bytes) -> None:
    def asked() -> list[object]:
        headers = http.Headers(fields)
        return [
            headers.get_all(name),
            headers.get(name),
            headers.get(name.decode(), "nothing"),
            name in headers,
            name.decode() in headers,
            list(headers),
            headers.pop(name.decode(), None),
            headers.fields,
        ]

    for original, method in ORIGINAL.items():
        setattr(http.Headers, original, method)
    before = asked()
    apply_patches()
    assert asked() == before
    assert 5 not in http.Headers(fields)


def test_a_message_is_made_without_checks() -> None:
    apply_patches()
    assert http.Request.make("GET", "http://a.example/").host == "a.example"
