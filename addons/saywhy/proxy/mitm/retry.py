"""When a request may be sent once more: because the origin has not taken it, or cannot have.

Servers close connections politely in the middle of traffic: nginx after a thousand requests, each hour, at every reload.
Browsers then ask once more on a new connection, and so does whoever stands between (RFC 9110 section 9.2.2, RFC 9113
sections 6.8 and 8.7, RFC 9110 section 15.5.20). Once, or a few times where it was only too late for a connection; never
what might have been done already.
"""

from typing import Final

from mitmproxy.proxy.layers.http import ErrorCode, RequestData, ResponseProtocolError

from saywhy.proxy.http.bounds import MOST_KEPT
from saywhy.proxy.http.framing import IDEMPOTENT

MOST_GOODBYES: Final = 8  # connections that may close politely before a request is taken


class UpstreamError(ResponseProtocolError):
    """An origin did not answer a stream as it should."""

    def __init__(self, stream_id: int, message: str, code: ErrorCode = ErrorCode.GENERIC_SERVER_ERROR) -> None:
        super().__init__(stream_id, message, code)


class UnprocessedError(UpstreamError):
    """The origin says that it did nothing with the request: it refused the stream."""


class GoneAwayError(UnprocessedError):
    """The origin said goodbye before it came to the request: it goes on another connection, as often as that happens."""


class ClosedUnansweredError(UpstreamError):
    """A connection that was kept from an earlier answer closed before a byte of this one."""


class Kept:
    """What of a request's body has been sent, while it can be sent again. `whole`: nothing had to be let go."""

    __slots__ = ("pieces", "size", "tries", "whole")

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self.whole = True
        self.tries = 0

    def add(self, event: RequestData) -> None:
        """Keep a piece, or let go of all where it becomes too much."""
        if self.whole:
            self.size += len(event.data)
            self.pieces.append(event.data)
            if self.size > MOST_KEPT:
                self.forget()

    def forget(self) -> None:
        """The answer has begun, or the body is too large: it cannot be sent again."""
        self.whole = False
        self.pieces.clear()

    def may_be_sent_again(self, method: bytes, error: ResponseProtocolError) -> bool:
        """Whether to ask once more after this error."""
        if not self.whole or self.tries >= (MOST_GOODBYES if isinstance(error, GoneAwayError) else 1):
            return False
        return isinstance(error, UnprocessedError) or (
            isinstance(error, ClosedUnansweredError) and method in IDEMPOTENT and not self.size
        )
