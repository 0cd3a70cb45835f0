"""OpenSSL's words about a certificate, in plain ones."""

from typing import Final

# In this order: the first text that the message contains decides. The texts are those of X509_verify_cert_error_string.
_KINDS: Final = (
    ("certificate has expired", "expired"),
    ("not yet valid", "not-yet-valid"),
    ("hostname mismatch", "wrong-name"),
    ("ip address mismatch", "wrong-name"),
    ("doesn't match", "wrong-name"),
    ("is not valid for", "wrong-name"),
    ("certificate revoked", "revoked"),
    ("self-signed certificate in certificate chain", "unknown-issuer"),
    ("self signed certificate in certificate chain", "unknown-issuer"),
    ("self-signed certificate", "self-signed"),
    ("self signed certificate", "self-signed"),
    ("unable to get local issuer", "unknown-issuer"),
    ("unable to get issuer", "unknown-issuer"),
    ("unable to verify the first certificate", "unknown-issuer"),
    ("not trusted", "unknown-issuer"),
    ("too weak", "weak"),
    ("key too small", "weak"),
    ("digest algorithm", "weak"),
    ("certificate purpose", "wrong-purpose"),
)


def certificate_fault(message: str) -> str:
    """What is wrong with a certificate: a key of `certificate` in a file of words; "other" for what is not known."""
    lower = message.lower()
    return next((kind for text, kind in _KINDS if text in lower), "other")
