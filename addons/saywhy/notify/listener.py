"""Where replies come in: SMTP (RFC 5321) or LMTP (RFC 2033), for addresses that were signed here and for nothing else.

It takes one recipient in a transaction, so that each gets an answer of its own; others are told to come again (RFC 5321,
4.5.3.1.10). It passes nothing on to anywhere.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.outbox import TooManyReplies
from saywhy.notify.replies import Outcome, ReplyTaker
from saywhy.notify.reply_address import BadReplyAddress
from saywhy.notify.reply_text import LARGEST, NothingSaid
from saywhy.notify.settings import Listening

logger = logging.getLogger(__name__)

_MOST_CONNECTIONS: Final = 50
_MOST_A_MINUTE: Final = 120  # recipients that are looked at, and messages that are taken
_MOST_COMMANDS: Final = 60  # of each kind in one connection
_SILENT_SECONDS: Final = 30.0
_STARTING_SECONDS: Final = 10.0
_LATER: Final = "451 4.3.0 This cannot be taken now; try again later"
_BUSY: Final = "451 4.7.1 Too many messages; try again in a minute"


class Listener:
    """Listens from `start` to `stop`, in a thread of its own. `told` is given what became of each message."""

    def __init__(self, at: Listening, taker: ReplyTaker, told: Callable[[str], None]) -> None:
        self.at = at
        self._taking = _Taking(taker, told)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replies by mail", daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[SMTP] = set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def start(self) -> None:
        """Listen. Raises OSError where the address cannot be had."""
        self._thread.start()
        made = self._loop.create_server(self._protocol, self.at.host, self.at.port)
        try:
            self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result(_STARTING_SECONDS)
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """Listen no more; connections that are open end."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_STARTING_SECONDS)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STARTING_SECONDS)
        if not self._loop.is_running():
            self._loop.close()

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        ending = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _protocol(self) -> SMTP:
        speaks: type[_Bounded] = _LmtpConnection if self.at.lmtp else _Bounded
        made = speaks(
            self._taking,
            data_size_limit=LARGEST,
            hostname="saywhy",
            ident="Saywhy",
            timeout=_SILENT_SECONDS,
            command_call_limit=_MOST_COMMANDS,
            loop=self._loop,
        )
        made.others = self._connections
        return made


class _Bounded(SMTP):
    """A connection among so many at the most."""

    others: set[SMTP]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        if len(self.others) >= _MOST_CONNECTIONS:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"421 4.7.0 Too many connections; try again later\r\n")
            transport.close()
            return
        self.others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        if self in self.others:
            self.others.discard(self)
            super().connection_lost(error)


class _LmtpConnection(_Bounded, LMTP):
    """The same, with LMTP's greeting."""


class _Taking:
    """What aiosmtpd asks at each step; the store is asked in a thread, since it can be waited for."""

    def __init__(self, taker: ReplyTaker, told: Callable[[str], None]) -> None:
        self._taker = taker
        self._told = told
        self._minute = -1
        self._in_minute = 0

    async def handle_RCPT(  # noqa: N802 — aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether this recipient is one of ours."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time; send to this one next"
        if not self._has_room():
            return _BUSY
        try:
            await asyncio.to_thread(self._taker.check, address)
        except BadReplyAddress as reason:
            self._told("refused")
            return f"550 5.1.1 {reason}"
        except StoreUnavailable:
            return _LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 — so, too
        """Keep what a message says."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        if not self._has_room():
            return _BUSY
        try:
            outcome = await asyncio.to_thread(self._taker.take, envelope.rcpt_tos[0], raw)
        except (BadReplyAddress, NothingSaid) as reason:
            self._told("refused")
            return f"554 5.6.0 {reason}"
        except TooManyReplies:
            return "451 4.7.1 So many replies came to this request that no more are taken within the hour"
        except (StoreUnavailable, LookupError):
            return _LATER
        self._told(outcome.value)
        return "250 2.0.0 It stands with the request now" if outcome is not Outcome.IGNORED else "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is, the message stays where it is and comes again."""
        logger.error("a reply by mail met a fault", exc_info=error)
        return _LATER

    def _has_room(self) -> bool:
        minute = int(self._taker.now().timestamp() // 60)
        if minute != self._minute:
            self._minute, self._in_minute = minute, 0
        self._in_minute += 1
        return self._in_minute <= _MOST_A_MINUTE
