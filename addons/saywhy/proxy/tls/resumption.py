"""Whether a TLS session was taken up again, so that nothing was proven anew."""

from typing import Any, Final

from OpenSSL import SSL

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to it


def is_resumed(connection: SSL.Connection | None) -> bool:
    """Of a connection whose handshake is over (SSL_session_reused(3)); None: mitmproxy has none of its own yet."""
    return connection is not None and bool(_lib.SSL_session_reused(connection._ssl))  # noqa: SLF001
