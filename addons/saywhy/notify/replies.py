"""Replies by mail: whose they are, what they say, and onto which request they go. They never decide anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from saywhy.exceptions.store import Store
from saywhy.notify.recipient import AccountBox, Asker, Mailbox, RoleBox
from saywhy.notify.reply_address import BadReplyAddress, ReplyAddresses, ReplyTo
from saywhy.notify.reply_text import read_reply
from saywhy.notify.settings import Telling
from saywhy.policy.policy import Policy


class Outcome(StrEnum):
    """What became of a reply."""

    KEPT = "kept"
    KNOWN = "known"  # it came before
    IGNORED = "ignored"  # a machine wrote it


@dataclass(frozen=True, slots=True)
class ReplyTaker:
    """Takes replies for the requests of a store. `key` is the key of addresses for replies.

    What the person who asked replies to a question is the answer to it; `policy` says in what hours it was waited for.
    """

    store: Store
    telling: Telling
    key: bytes
    now: Callable[[], datetime]
    policy: Callable[[], Policy | None] = lambda: None

    def check(self, address: str) -> ReplyTo:
        """What an address was made for. Raises BadReplyAddress, StoreUnavailable."""
        if self.telling.replies is None:
            raise BadReplyAddress("Replies by mail are not taken here.")
        return ReplyAddresses(self.key, self.telling.replies.domain).read(address, self.now(), self._candidates)

    def take(self, address: str, content: bytes) -> Outcome:
        """Keep what a message says. Raises BadReplyAddress, NothingSaid, TooManyReplies, StoreUnavailable."""
        to = self.check(address)
        said = read_reply(content)
        if said is None:
            return Outcome.IGNORED
        kept = self.store.outbox.reply(
            to.request, to.recipient.speaker, said.text, said.message, self.now(), self.policy()
        )
        return Outcome.KEPT if kept else Outcome.KNOWN

    def _candidates(self, request: int) -> Iterator[Mailbox]:
        asked = self.store.request(request)
        if asked is None:
            return
        for account in self.store.accounts.addresses():
            if account.roles:
                yield AccountBox(account.name)
            if asked.receipt_of(account.name):
                yield AccountBox(account.name, asked=True)
        for role, box in self.telling.roles.items():
            yield from (RoleBox(role, address) for address in box.mail)
        address = self.store.outbox.address_of(request)
        if address is not None:
            yield Asker(address)
