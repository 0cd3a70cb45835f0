"""What a request's turn has to do with: the client's connection, and what all requests share."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Protocol

from saywhy.observe.metrics import Metrics
from saywhy.proxy.judge import Judge
from saywhy.proxy.lane.origins import Origin, Origins


class Connection(Protocol):
    """The client's connection, as far as one of its requests sees it."""

    peer: str
    clogged: bool  # the client takes nothing for now

    def send(self, data: bytes) -> None:
        """Write to the client."""

    def read(self, wanted: bool) -> None:  # noqa: FBT001 — a switch
        """Read from the client, or let what comes wait."""

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Run it to its end, at once as far as it does not wait; what raises in it refuses the request."""

    def await_within(self, seconds: float | None) -> None:
        """Call `too_late` then; None: nothing is awaited."""

    def offers(self) -> tuple[bytes, ...]:
        """The versions of HTTP to offer an origin in TLS."""

    def kept_origin(self) -> Origin | None:
        """The connection that answered last, for the taking."""

    def over(self, origin: Origin | None, to_come: int, *, keeps: bool) -> None:
        """The request was answered: the next has its turn, after so many bytes of this one's body.

        `keeps`: unless the connection ends.
        """

    def hand_over(self) -> None:
        """Let the other lane decide: nothing has been let out."""

    def broke(self) -> None:
        """Something raised: refuse the request, or end the connection."""

    def abort(self) -> None:
        """End the connection now."""


@dataclass(frozen=True, slots=True)
class LaneParts:
    """What every request has to do with. `head_seconds`: how long a head, or a handshake, may take."""

    judge: Judge
    origins: Origins
    metrics: Metrics
    head_seconds: float
