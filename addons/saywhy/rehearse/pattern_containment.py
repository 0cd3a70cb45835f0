"""Whether one URL pattern means everything that another one means. Says yes only where that is certain."""

from saywhy.policy.address import suffixes
from saywhy.policy.pattern import UrlPattern


def contains(wide: UrlPattern, narrow: UrlPattern) -> bool:
    """Whether every URL that `narrow` covers is covered by `wide`, hosts and parameters included."""
    return (
        wide.host in suffixes(narrow.host)
        and set(wide.parameters) <= set(narrow.parameters)
        and contains_path(wide.path, narrow.path)
    )


def contains_path(wide: str, narrow: str) -> bool:
    """Whether every path meant by `narrow` is meant by `wide`.

    A path without a trailing star means itself and everything below; `/a*` means everything that begins so.
    """
    stem, below = _stem(wide)
    if _stem(narrow) == (stem, below):
        return True
    inner, inner_below = _stem(narrow)
    if below:
        if "*" in stem:
            return False
        start = f"{stem}/"
        certain = inner.partition("*")[0]
        whole = "*" not in inner and inner_below and inner == stem
        return whole or certain.startswith(start)
    start = stem.removesuffix("*")
    return "*" not in start and inner.partition("*")[0].startswith(start)


def _stem(path: str) -> tuple[str, bool]:
    """The path as `UrlPattern` compiles it, and whether everything below belongs to it."""
    stem = path.removesuffix("*") if path.endswith("/*") else path
    return stem.rstrip("/"), not stem.endswith("*")
