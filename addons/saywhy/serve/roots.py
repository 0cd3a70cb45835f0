"""The certificates that origins are checked by."""

from pathlib import Path

import certifi

from saywhy.proxy.tls.authority import combined_roots
from saywhy.serve.settings import Settings


def upstream_roots(settings: Settings) -> Path:
    """The public roots and, where the school names a file of its own, those as well. Raises AuthorityError."""
    return combined_roots(Path(certifi.where()), settings.upstream_ca, settings.state / "upstream-roots.pem")
