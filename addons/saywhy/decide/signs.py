"""What a request says of itself, whatever its address: categories that it belongs to by its type or its form."""

from collections.abc import Iterable
from typing import Final

from saywhy.policy.address import Url, path_to_compare
from saywhy.policy.pattern import parameters_of

ENCRYPTED_DNS: Final = "encrypted-dns"  # the category of Saywhy's catalogue
NO_SIGNS: Final[frozenset[str]] = frozenset()
SIGNS: Final = frozenset({ENCRYPTED_DNS})  # every category that a request can belong to by itself
_DNS: Final = frozenset({ENCRYPTED_DNS})
# RFC 8484 section 6, RFC 9230 section 5, and the JSON that Google's and Cloudflare's resolvers answer with.
_DNS_TYPES: Final = frozenset({"application/dns-message", "application/oblivious-dns-message", "application/dns-json"})


def signs_of(url: Url, types: Iterable[str] = ()) -> frozenset[str]:
    """The categories of a request by its URL and by its headers Content-Type and Accept.

    DNS over HTTPS: one of its media types, or the parameter `dns` at the usual path /dns-query (RFC 8484 section 4.1).
    """
    for value in types:
        if "dns" in value.lower() and not _DNS_TYPES.isdisjoint(_media_types(value)):
            return _DNS
    if not url.query or not ("%" in url.path or "query" in url.path.lower()):
        return NO_SIGNS  # nearly always, and quickly
    if path_to_compare(url.path).rstrip("/").endswith("/dns-query"):
        return _DNS if any(name == "dns" for name, _ in parameters_of(url.query)) else NO_SIGNS
    return NO_SIGNS


def _media_types(value: str) -> list[str]:
    """The media types in a header, without their parameters (RFC 9110 section 12.5.1)."""
    return [one.partition(";")[0].strip().lower() for one in value.split(",")]
