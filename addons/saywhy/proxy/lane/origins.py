"""Connections to origins: opened for a verdict, kept for a while for the same client, TLS sessions taken up again.

A connection is never shared between clients: what one of them could confuse an origin with stays its own. One on which
somebody has signed in by itself (NTLM, Negotiate: RFC 4559 section 6) serves no other connection of that client either.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol, cast

from OpenSSL import SSL

from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.http.answers import AnswerBuffer
from saywhy.proxy.http.bounds import MOST_UNWRITTEN
from saywhy.proxy.lane.tls_transport import GONE, TlsTransport
from saywhy.proxy.lane.verdict import Verdict
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.origin_errors import UNPROVEN, in_our_words, why_unproven
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.certificate_rules import WRONG_USE
from saywhy.proxy.tls.chains import Chains, is_incomplete
from saywhy.proxy.tls.proof import Proof
from saywhy.proxy.tls.resumption import is_resumed

CLOSED: Final = "server closed connection"
MOST_KEPT: Final = 512
MOST_KEPT_OF_ONE: Final = 6  # connections of a client to a place: what browsers open
SESSION_SECONDS: Final = 3_600.0
MOST_SESSIONS: Final = 2_048


class HandshakeFailedError(Exception):
    """The origin proved nothing, or TLS failed. The text is one that `fault_kinds` knows."""


class Answers(Protocol):
    """Who asked an origin something."""

    def answer_came(self, data: bytes) -> None:
        """A piece of the answer."""

    def answer_ended(self, error: str) -> None:
        """The connection has ended; `error` in TLS's words, "" where it says nothing."""

    def origin_is_full(self) -> None:
        """The origin takes no more for now."""

    def origin_takes_more(self) -> None:
        """The origin takes more again."""


class Origin(asyncio.Protocol):
    """One connection to an origin."""

    transport: asyncio.Transport

    def __init__(self, origins: "Origins", verdict: Verdict) -> None:
        self.verdict = verdict
        self.buffer = AnswerBuffer()
        self.proven_until = 0.0  # seconds of the loop
        self.answered = 0  # answers that came to their end
        self.bound = False  # to one connection of the client: somebody has signed in on it, or requests were in a row
        self.gone = True  # until it is there
        self.asks: Answers | None = None
        self.tls: TlsTransport | None = None
        self.handshake: asyncio.Future[str] | None = None
        self.until: asyncio.TimerHandle | None = None
        self._origins = origins

    @property
    def usable(self) -> bool:
        """Whether a further request can be sent on it."""
        return not self.gone and not self.transport.is_closing()

    @property
    def why_gone(self) -> str:
        """What TLS said of the end, in our words; "" where it said nothing."""
        said = "" if self.tls is None else self.tls.error
        return in_our_words(said, done_here=True) if said else ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected; TLS may have to come yet."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(high=MOST_UNWRITTEN)
        self.gone = False

    def handshaken(self) -> str:
        """TLS has come to its end: was it proven who this is."""
        assert self.tls is not None
        connection = self.tls.connection
        proof = connection.get_app_data()
        if not is_resumed(connection):  # else what was proven before holds
            if not (isinstance(proof, Proof) and proof.fits(connection.get_cipher_name())):
                return f"{UNPROVEN}{WRONG_USE}"
            self.proven_until = self._origins.proven_until(connection)
        self._told("")
        return ""

    def handshake_failed(self, error: str, *, by_them: bool, said_all: bool) -> None:
        """TLS has failed."""
        del by_them
        assert self.tls is not None
        if error == GONE:
            self._told(CLOSED)
        else:
            self._told(in_our_words(why_unproven(self.tls.connection, error), done_here=said_all))

    def _told(self, error: str) -> None:
        if self.handshake is not None and not self.handshake.done():
            self.handshake.set_result(error)

    def data_received(self, data: bytes) -> None:
        """A piece of an answer; what nobody asked for ends the connection."""
        if self.asks is None:
            self.close()
        else:
            self.asks.answer_came(data)

    def eof_received(self) -> bool:
        """They have said all."""
        self._ended()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._told(CLOSED)
        self._ended("" if exc is None else str(exc))

    def _ended(self, error: str = "") -> None:
        if not self.gone:
            self.gone = True
            self._origins.forget(self)
            if self.asks is not None:
                self.asks.answer_ended(self.why_gone or error)

    def pause_writing(self) -> None:
        """They take no more for now."""
        if self.asks is not None:
            self.asks.origin_is_full()

    def resume_writing(self) -> None:
        """They take more again."""
        if self.asks is not None:
            self.asks.origin_takes_more()

    def close(self) -> None:
        """End it; nobody is told."""
        self.gone, self.asks = True, None
        self._origins.forget(self)
        self.transport.abort()


class Origins:
    """Opens and keeps them, for one event loop."""

    def __init__(self, outbound: Outbound, chains: Chains, handshake_seconds: float, kept_seconds: float) -> None:
        self._outbound = outbound
        self._chains = chains
        self._handshake_seconds = handshake_seconds
        self._kept_seconds = kept_seconds
        self._kept: BoundedCache[Origin, None] = BoundedCache(MOST_KEPT)
        self._of: dict[Verdict, list[Origin]] = {}
        self._sessions: BoundedCache[tuple[str, int], tuple[float, SSL.Context, SSL.Session]] = BoundedCache(
            MOST_SESSIONS
        )

    def take(self, verdict: Verdict) -> Origin | None:
        """One that was kept for such a verdict, if there is any."""
        while (of := self._of.get(verdict)) is not None:
            one = of[-1]
            self.forget(one)
            if one.usable:
                return one
        return None

    def keep(self, one: Origin) -> None:
        """Keep one that has answered, for whoever asks next with such a verdict."""
        of = self._of.get(one.verdict, ())
        if one.bound or not one.usable or len(of) >= MOST_KEPT_OF_ONE:
            one.close()
            return
        one.asks = None
        one.transport.resume_reading()
        if len(self._kept) >= MOST_KEPT:
            next(iter(self._kept)).close()
        self._kept.keep(one, None)
        self._of.setdefault(one.verdict, []).append(one)
        one.until = asyncio.get_running_loop().call_later(self._kept_seconds, one.close)

    def forget(self, one: Origin) -> None:
        """It is taken, or gone."""
        if one.until is not None:
            one.until.cancel()
            one.until = None
        if one in self._kept:
            del self._kept[one]
            of = self._of[one.verdict]
            of.remove(one)
            if not of:
                del self._of[one.verdict]

    async def open(self, verdict: Verdict, offers: Sequence[bytes]) -> Origin:
        """Open one. `offers`: versions of HTTP, in TLS. Raises NotReachableError and HandshakeFailedError."""
        if verdict.scheme == "http":
            origin = Origin(self, verdict)
            origin.transport, _ = await self._outbound.connect(lambda: origin, verdict.host, verdict.port)
        else:
            try:
                origin = await self._open_tls(verdict, offers)
            except HandshakeFailedError as error:
                if not is_incomplete(str(error)) or not await self._chains.complete(verdict.host):
                    raise
                origin = await self._open_tls(verdict, offers)
        if not origin.usable:  # they went as soon as they had come, and said why or did not
            origin.close()
            raise HandshakeFailedError(origin.why_gone or CLOSED)
        return origin

    async def _open_tls(self, verdict: Verdict, offers: Sequence[bytes]) -> Origin:
        origin = Origin(self, verdict)
        loop = asyncio.get_running_loop()
        connection = self._chains.connection(verdict.host, offers)
        self._take_up(origin, connection)
        tls = origin.tls = TlsTransport(connection, origin, origin)
        origin.handshake = loop.create_future()
        raw: asyncio.Transport | None = None
        try:
            raw, _ = await self._outbound.connect(lambda: tls, verdict.host, verdict.port)
            async with asyncio.timeout(self._handshake_seconds):
                error = await origin.handshake
        except BaseException as failure:
            if raw is not None:
                raw.abort()
            else:
                tls.let_go()
                origin.tls = None  # the two would hold each other
            if isinstance(failure, TimeoutError):
                raise NotReachableError(NotReachableError.TIMED_OUT) from None
            raise
        if error:
            self._chains.failed(verdict.host, connection)
        if error or connection.get_alpn_proto_negotiated() not in (b"", *offers):
            self._sessions.pop((verdict.host, verdict.port), None)
            origin.close()
            raise HandshakeFailedError(error or CLOSED)
        return origin

    def proven_until(self, connection: SSL.Connection) -> float:
        """Until when (seconds of the loop) what was proven in a whole handshake is good for others that take it up."""
        holds = min(SESSION_SECONDS, self._chains.proven_for(connection))
        return asyncio.get_running_loop().time() + holds

    def _take_up(self, origin: Origin, connection: SSL.Connection) -> None:
        # a ticket is good for once (RFC 8446 appendix C.4)
        kept = self._sessions.pop((origin.verdict.host, origin.verdict.port), None)
        if kept is None:
            return
        until, context, session = kept
        if until > asyncio.get_running_loop().time() and context is connection.get_context():
            connection.set_session(session)
            origin.proven_until = until  # nothing is proven anew: the certificate's end stays what it is

    def remember(self, one: Origin) -> None:
        """Remember the session of a connection that has answered."""
        if one.tls is None or one.tls.error or one.proven_until <= asyncio.get_running_loop().time():
            return
        connection = one.tls.connection
        session = connection.get_session()
        if session is not None:
            kept = one.proven_until, connection.get_context(), session
            self._sessions.keep((one.verdict.host, one.verdict.port), kept)
