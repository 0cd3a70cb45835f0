"""mitmproxy's messages without what a proxy that only decides does not need: the same answers, at less cost.

mitmproxy checks the type of every field of every message, and looks a header up in six calls for each field there is:
together a quarter of what a kept-alive request costs. mypy has checked the types, and a header is found in one pass.
"""

from typing import Any

from mitmproxy import http


def apply_patches() -> None:
    """Exchange the methods, for good. Called once, by those who put the embedded proxy together."""
    for name, method in (("get_all", _get_all), ("get", _get), ("__contains__", _contains)):
        setattr(http.Headers, name, method)
    http.MessageData.__post_init__ = _trust_types  # type: ignore[method-assign]


def _trust_types(_: http.MessageData) -> None:
    """Nothing: the fields are what they are said to be."""


def _get_all(headers: http.Headers, name: str | bytes) -> list[str]:
    """All values of a header, in their order."""
    wanted = (name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name).lower()
    return [value.decode("utf-8", "surrogateescape") for key, value in headers.fields if key.lower() == wanted]


def _get(headers: http.Headers, name: str | bytes, default: Any = None) -> Any:
    """The values of a header as one, or the default."""
    values = _get_all(headers, name)
    return ", ".join(values) if values else default


def _contains(headers: http.Headers, name: object) -> bool:
    """Whether a header is there."""
    return isinstance(name, (str, bytes)) and bool(_get_all(headers, name))
