"""Takes what is to be told out of the store and tells it, in threads of its own that nobody waits for.

One thread makes messages, one sends mail, one posts to webhooks, so that a server that hangs keeps nobody else waiting. Each
message is tried eight times within two days; then it is given up, with a line in the log and a figure. Whatever goes wrong
here is logged, and the threads go on.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from saywhy.decide.engine import Engine
from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.outbox import Delivery, News, Notice, Waiting
from saywhy.exceptions.store import Store
from saywhy.notify.audience import audience
from saywhy.notify.composing import Composing
from saywhy.notify.http_posting import post
from saywhy.notify.recipient import Asker, Channel, WebhookBox, recipient_from
from saywhy.notify.settings import Telling
from saywhy.notify.smtp_sending import send_mail
from saywhy.notify.unsent import NotReached, Refused, Unsent

logger = logging.getLogger(__name__)

SETTLED: Final = timedelta(seconds=30)  # so that a class that asks at once is one message
AGAIN: Final = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 240, 720, 1440))
TRIES: Final = len(AGAIN) + 1
_POLL_SECONDS: Final = 2.0
_NOT_REACHED_SECONDS: Final = 30.0
_TIDY: Final = timedelta(hours=1)


class Records(Protocol):
    """Where it is counted."""

    def told(self, channel: str, outcome: str) -> None:
        """Count what became of a try: "sent", "put-off" or "given-up"."""

    def untold(self, count: int) -> None:
        """Set how many messages wait."""

    def fault(self, kind: str) -> None:
        """Count a fault."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a teller knows of the world. `telling` gives the settings, None where there are none, and what is wrong with them.

    `reply_key` is the key of addresses for replies; `engine` gives what is in force, None where nothing is.
    """

    store: Store
    engine: Callable[[], Engine | None]
    telling: Callable[[], tuple[Telling | None, str]]
    reply_key: bytes
    now: Callable[[], datetime]
    records: Records


class Teller:
    """Tells from `start` to `stop`. Each step can be taken alone, too: that is what the threads do again and again."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._outbox = given.store.outbox
        self._stop = threading.Event()
        self._tidied: datetime | None = None
        self._threads = [
            threading.Thread(target=self._again_and_again, args=(name, step), name=name, daemon=True)
            for name, step in (
                ("telling", self.make),
                ("telling by mail", lambda: self.send(Channel.MAIL)),
                ("telling webhooks", lambda: self.send(Channel.WEBHOOK)),
            )
        ]

    def start(self) -> None:
        """Tell from now on."""
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        """Begin nothing more; what is being sent is not waited for."""
        self._stop.set()

    def make(self) -> float:
        """Make messages of what happened. How many seconds there is nothing more to do. Raises StoreUnavailable."""
        now = self._given.now()
        telling, wrong = self._given.telling()
        engine = self._given.engine()
        self._tidy(now)
        if telling is None:
            if not wrong:  # nobody is to be told; where the settings are wrong, it is told once they are right
                self._outbox.drop()
        elif engine is not None:
            addresses = self._given.store.accounts.addresses()

            def told_to(news: News) -> Sequence[Notice]:
                return audience(news, engine, telling, addresses)

            while self._outbox.spread(told_to) and not self._stop.is_set():
                pass
            composing = Composing(telling, engine.policy.school.name, addresses, self._given.reply_key, now)

            def compose(id_: str, recipient: str, waiting: Sequence[Waiting]) -> str | None:
                return composing.body(id_, recipient, waiting)

            self._outbox.gather(now, SETTLED, telling.every, compose)
        self._given.records.untold(self._outbox.waiting())
        return _POLL_SECONDS

    def send(self, channel: Channel) -> float:
        """Send one message that is due. How many seconds there is nothing more to do. Raises StoreUnavailable."""
        telling, _ = self._given.telling()
        is_there = telling is not None and (telling.mail is not None if channel is Channel.MAIL else telling.webhooks)
        if telling is None or not is_there:
            return _POLL_SECONDS
        now = self._given.now()
        delivery = self._outbox.take(now, lambda attempt: now + AGAIN[min(attempt, len(AGAIN)) - 1], channel.value)
        if delivery is None:
            return _POLL_SECONDS
        try:
            self._send(telling, delivery)
        except Unsent as reason:
            self._not_sent(channel, delivery, reason)
            return _NOT_REACHED_SECONDS if isinstance(reason, NotReached) else 0.0
        self._outbox.sent(delivery)
        self._given.records.told(channel.value, "sent")
        return 0.0

    def _send(self, telling: Telling, delivery: Delivery) -> None:
        recipient = recipient_from(delivery.recipient)
        if not isinstance(recipient, WebhookBox):
            assert telling.mail is not None  # `send` saw to it
            send_mail(telling.mail, delivery.body)
        elif (webhook := telling.webhooks.get(recipient.name)) is None:
            raise Refused("the settings name no such webhook any more")
        else:
            post(webhook, delivery.body, delivery.id, self._given.now())

    def _not_sent(self, channel: Channel, delivery: Delivery, reason: Unsent) -> None:
        if isinstance(reason, Refused) or delivery.attempt >= TRIES:
            self._outbox.give_up(delivery)
            self._given.records.told(channel.value, "given-up")
            tries = "one try" if delivery.attempt == 1 else f"{delivery.attempt} tries"
            logger.error("message %s to %s is given up after %s: %s", delivery.id, shown(delivery), tries, reason)
        else:
            self._given.records.told(channel.value, "put-off")
            logger.warning("message %s to %s is tried again: %s", delivery.id, shown(delivery), reason)

    def _tidy(self, now: datetime) -> None:
        if self._tidied is not None and abs(now - self._tidied) < _TIDY:
            return
        self._tidied = now
        if lost := self._outbox.forget(now):
            for _ in range(lost):
                self._given.records.told("none", "given-up")
            logger.error("%d messages are given up: for four days there was no way to send them", lost)

    def _again_and_again(self, name: str, step: Callable[[], float]) -> None:
        while not self._stop.is_set():
            try:
                pause = step()
            except StoreUnavailable:
                self._given.records.fault("store")
                pause = _POLL_SECONDS
            except Exception:  # whatever it is, what is to be told stays in the store
                logger.exception("%s failed; it is tried again", name)
                self._given.records.fault("telling")
                pause = _NOT_REACHED_SECONDS
            self._stop.wait(pause)


def shown(delivery: Delivery) -> str:
    """A recipient as the log has them: no address that somebody gave on a form."""
    recipient = recipient_from(delivery.recipient)
    return "the person who asked" if isinstance(recipient, Asker) else delivery.recipient
