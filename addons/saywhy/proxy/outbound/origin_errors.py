"""What went wrong in TLS with an origin, in words that `fault_kinds` knows, whichever lane it was."""

import re
from typing import Any, Final

from OpenSSL import SSL

from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.tls.proof import Proof

# Alerts about a client's certificate, which we never have. As Chromium's ERR_BAD_SSL_CLIENT_AUTH_CERT, from
# net/ssl/openssl_ssl_util.cc: certificate_required, bad_certificate, unsupported_certificate, certificate_revoked,
# certificate_expired, certificate_unknown, unknown_ca and access_denied, in OpenSSL's words.
_ABOUT_US: Final = re.compile(
    r"alert (certificate required|bad certificate|unsupported certificate|certificate revoked|certificate expired"
    r"|certificate unknown|unknown ca|access denied)"
)
UNPROVEN: Final = "Certificate verify failed: "  # as mitmproxy begins it
_UNSPECIFIC: Final = "alert handshake failure"
# OpenSSL's word for a handshake of TLS 1.2 in which we have said all and the server has not.
_WE_ARE_DONE: Final = b"SSLv3/TLS write finished"

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these
_ffi: Final[Any] = SSL._ffi  # type: ignore[attr-defined]  # noqa: SLF001


def done_here(connection: SSL.Connection) -> bool:
    """Whether we have said all of a handshake of TLS 1.2, and the origin has not."""
    return connection.get_state_string() == _WE_ARE_DONE


def in_our_words(error: str, *, done_here: bool) -> str:
    """Say in our own words what is about a certificate of ours.

    handshake_failure is what TLS 1.2 has instead of certificate_required (RFC 5246 section 7.4.6). Where we have said all,
    suites and keys are agreed on, and it can be about nothing else.
    """
    if _ABOUT_US.search(error) is not None or (done_here and _UNSPECIFIC in error):
        return NotReachableError.WANTS_CERTIFICATE
    return error


def why_unproven(connection: SSL.Connection, error: str) -> str:
    """Why a handshake failed: what the origin's Proof says, or OpenSSL of its certificates, or the error as it is."""
    proof = connection.get_app_data()
    if isinstance(proof, Proof) and proof.fault:
        return f"{UNPROVEN}{proof.fault}"
    if "certificate verify failed" in error:
        result = _lib.SSL_get_verify_result(connection._ssl)  # noqa: SLF001
        return f"{UNPROVEN}{_ffi.string(_lib.X509_verify_cert_error_string(result)).decode()}"
    return error
