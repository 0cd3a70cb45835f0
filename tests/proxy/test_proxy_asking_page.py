"""The host of the page that asked: the host alone, and nothing that a name cannot be."""

import pytest

from saywhy.proxy.asking_page import asking_page


@pytest.mark.parametrize(
    ("headers", "host"),
    [
        ({}, ""),
        ({"referer": "https://www.example.test/a/page?secret=1#x"}, "www.example.test"),
        ({"referer": "http://Example.test:8080"}, "example.test"),
        ({"referer": "https://name:word@example.test/"}, "example.test"),
        ({"referer": "https://example.test?q=1"}, "example.test"),
        ({"referer": "https://example.test#q"}, "example.test"),
        ({"origin": "https://example.test"}, "example.test"),
        ({"referer": "https://a.test/", "origin": "https://b.test"}, "a.test"),
        ({"origin": "null"}, ""),
        ({"referer": "ftp://example.test/"}, ""),
        ({"referer": "https://exa mple.test/"}, ""),
        ({"referer": "https://[::1]/"}, ""),
        ({"referer": 'https://x","host":"y/'}, ""),
        ({"referer": f"https://{'a' * 300}/"}, ""),
        ({"referer": "about:client"}, ""),
    ],
)
def test_the_host_alone(headers: dict[str, str], host: str) -> None:
    assert asking_page(headers) == host
