"""What the filter speaks in TLS, on both sides: as Chromium does."""

import ssl
from pathlib import Path
from typing import Any, Final

from OpenSSL import SSL, crypto

from addons.proxy.authority import AuthorityError
from addons.proxy.issuers import Certificates

# Exactly the suites of TLS 1.2 that Chromium offers, in its order: BoringSSL's "ALL:!aPSK:!ECDSA+SHA1:!3DES", from
# net/socket/ssl_client_socket_impl.cc. So CBC with SHA-1 is there for RSA and not for ECDSA; CBC with SHA-2, DHE, 3DES and
# RC4 are not. The suites without AEAD or forward secrecy come last: they are for what speaks nothing better.
# Security level 2 of OpenSSL refuses RSA and DH keys below 2048 bits, curves below 224 and signatures by SHA-1.
CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "@SECLEVEL=2",
)
_OPTIONS: Final = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE
# As Chromium: an origin without RFC 5746 is spoken to (section 4.1 leaves it open); renegotiation itself is never done.
_LEGACY_SERVER_CONNECT: Final[int] = ssl.OP_LEGACY_SERVER_CONNECT

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these


def settings(method: int) -> SSL.Context:
    """What both sides have in common."""
    made = SSL.Context(method)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.set_options(_OPTIONS)
    made.set_mode(_lib.SSL_MODE_RELEASE_BUFFERS)  # an idle connection holds no buffers of 16 KB
    made.set_cipher_list(":".join(CIPHERS).encode())
    return made


def settings_for_origins(roots: Path, beside: Certificates = ()) -> SSL.Context:
    """Settings that trust the roots in a PEM file, and know other certificates beside them. Raises AuthorityError."""
    made = settings(SSL.TLS_CLIENT_METHOD)
    made.set_options(_LEGACY_SERVER_CONNECT)
    made.set_verify(SSL.VERIFY_PEER)
    try:
        made.load_verify_locations(str(roots))
    except SSL.Error as error:
        raise AuthorityError(f"{roots}: no certificates can be read from it ({error}); give a PEM file") from None
    known = made.get_cert_store()
    assert known is not None
    for one in beside:
        if one.subject == one.issuer:
            raise ValueError("only the file says what a root is")
        known.add_cert(crypto.X509.from_cryptography(one))
    return made
