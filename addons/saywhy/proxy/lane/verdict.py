"""The gate of the thin lane: what may be connected to, and what for."""

from dataclasses import dataclass

from saywhy.policy.address import Url
from saywhy.proxy.judged import Judged


class NotAllowedError(Exception):
    """A verdict was asked for where nothing was allowed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An allow, by one policy, for one client and one destination, and nothing else."""

    revision: str  # of the policy
    peer: str
    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, judged: Judged, peer: str) -> "Verdict":
        """The verdict of a judgement on a request. Raises NotAllowedError."""
        url = judged.access.target.url
        if not judged.decision.allowed or url is None:
            raise NotAllowedError
        return cls(judged.decision.revision, peer, url.scheme, url.host, url.port)

    def is_for(self, url: Url) -> bool:
        """Whether it allows a connection for a request to there."""
        return (self.scheme, self.host, self.port) == (url.scheme, url.host, url.port)
