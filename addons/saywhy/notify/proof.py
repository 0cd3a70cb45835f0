"""What a server has to prove before anything is sent to it."""

import ssl
from pathlib import Path


def tls_context(roots: Path | None) -> ssl.SSLContext:
    """Certificates checked against the system's roots, or those in a file; names always.

    Without OpenSSL's strict flag, as origins are checked: a school's own authority may leave out what RFC 5280 wants of it.
    """
    context = ssl.create_default_context(cafile=None if roots is None else str(roots))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
