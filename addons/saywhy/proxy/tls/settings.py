"""What the filter speaks in TLS, on both sides: as Chromium does."""

import ssl
from pathlib import Path
from typing import Any, Final

from OpenSSL import SSL, crypto

from saywhy.proxy.tls.authority import AuthorityError
from saywhy.proxy.tls.issuers import Certificates
from saywhy.proxy.tls.proof import verify
from saywhy.proxy.tls.public_roots import public_roots

# Exactly the suites of TLS 1.2 that Chromium offers, in its order: BoringSSL's "ALL:!aPSK:!ECDSA+SHA1:!3DES", from
# net/socket/ssl_client_socket_impl.cc. So CBC with SHA-1 is there for RSA and not for ECDSA; CBC with SHA-2, DHE, 3DES and
# RC4 are not. The suites without AEAD or forward secrecy come last: they are for what speaks nothing better.
_SUITES: Final = (
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
)
# Towards devices. Security level 2 of OpenSSL refuses RSA keys below 2048 bits, curves below 224 and signatures by SHA-1.
CIPHERS: Final = (*_SUITES, "@SECLEVEL=2")
# Towards origins. Level 1 refuses RSA keys below 1024 bits and signatures by SHA-1: as Chromium (`certificate_rules`).
_CIPHERS_FOR_ORIGINS: Final = (*_SUITES, "@SECLEVEL=1")
# Chromium's groups and signatures, in its order (net/socket/ssl_client_socket_impl.cc); the star sends a key at once. So
# there is no P-521, no X448, no FFDHE, no Ed25519 and no SHA-1.
_GROUPS_FOR_ORIGINS: Final = b"*X25519MLKEM768:*X25519:P-256:P-384"
_SIGNATURES_FOR_ORIGINS: Final = (
    b"ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha384:"
    b"rsa_pkcs1_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha512"
)
_OPTIONS: Final = SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE
# As Chromium: an origin without RFC 5746 is spoken to (section 4.1 leaves it open); renegotiation itself is never done.
_LEGACY_SERVER_CONNECT: Final[int] = ssl.OP_LEGACY_SERVER_CONNECT

_lib: Final[Any] = SSL._lib  # type: ignore[attr-defined]  # noqa: SLF001 — pyOpenSSL has no other way to these
_ANY_PURPOSE: Final = (
    7  # X509_PURPOSE_ANY: purposes are read by `certificate_rules`, as OpenSSL knows no "for anything"
)


def settings(method: int) -> SSL.Context:
    """What both sides have in common."""
    made = SSL.Context(method)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.set_options(_OPTIONS)
    made.set_mode(_lib.SSL_MODE_RELEASE_BUFFERS)  # an idle connection holds no buffers of 16 KB
    made.set_cipher_list(":".join(CIPHERS).encode())
    return made


def settings_for_origins(roots: Path, beside: Certificates = ()) -> SSL.Context:
    """Settings that trust the roots in a PEM file, and know other certificates beside them. Raises AuthorityError.

    Each connection's app data is its Proof; without one nothing is accepted.
    """
    public_roots()  # read now, and not in the first handshake
    made = settings(SSL.TLS_CLIENT_METHOD)
    made.set_options(_LEGACY_SERVER_CONNECT)
    made.set_cipher_list(":".join(_CIPHERS_FOR_ORIGINS).encode())
    if (
        _lib.SSL_CTX_set1_curves_list(made._context, _GROUPS_FOR_ORIGINS) != 1  # noqa: SLF001
        or _lib.SSL_CTX_set1_sigalgs_list(made._context, _SIGNATURES_FOR_ORIGINS) != 1  # noqa: SLF001
    ):
        raise RuntimeError("OpenSSL does not know the groups or signatures that browsers offer")
    made.set_verify(SSL.VERIFY_PEER, verify)
    try:
        made.load_verify_locations(str(roots))
    except SSL.Error as error:
        raise AuthorityError(f"{roots}: no certificates can be read from it ({error}); give a PEM file") from None
    known = made.get_cert_store()
    assert known is not None
    if _lib.X509_STORE_set_purpose(known._store, _ANY_PURPOSE) != 1:  # noqa: SLF001
        raise RuntimeError("OpenSSL insists on its own rules for purposes")
    for one in beside:
        if one.subject == one.issuer:
            raise ValueError("only the file says what a root is")
        known.add_cert(crypto.X509.from_cryptography(one))
    return made
