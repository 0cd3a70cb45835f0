"""What requests for the same page under the same rule share, whoever asked: the list shows them as one entry."""

import hashlib


def page_key(host: str, url: str | None, rule: str) -> str:
    """A hash, the same length for every address, so that an index can hold it."""
    return hashlib.sha256("\0".join((host, url or "", rule)).encode("utf-8", "surrogatepass")).hexdigest()
