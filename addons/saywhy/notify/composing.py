"""From what waits for a recipient to the message that they get."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.outbox import Waiting
from saywhy.exceptions.request import Account
from saywhy.notify.letter import Letter, letter_of
from saywhy.notify.mail import Envelope, mail_of
from saywhy.notify.recipient import AccountBox, Mailbox, WebhookBox, recipient_from
from saywhy.notify.reply_address import ReplyAddresses, ReplyTo
from saywhy.notify.settings import Telling
from saywhy.notify.webhooks import body_of


class Composing:
    """Makes messages under these settings, at this moment."""

    def __init__(
        self, telling: Telling, school: str, addresses: Mapping[Account, MailAddress], reply_key: bytes, now: datetime
    ) -> None:
        self._telling = telling
        self._school = school
        self._addresses = {account.name: address for account, address in addresses.items()}
        self._now = now
        replies = telling.replies
        self._replies = None if replies is None else ReplyAddresses(reply_key, replies.domain)

    def body(self, id_: str, recipient: str, waiting: Sequence[Waiting]) -> str | None:
        """The message by this id; None where nothing is left to tell, or nowhere to tell it."""
        try:
            to = recipient_from(recipient)
        except ValueError:  # written by another version
            return None
        asker = to.name if isinstance(to, AccountBox) and to.asked else None
        letter = letter_of(waiting, self._telling.portal, words=self._telling.words, asker=asker)
        if letter is None:
            return None
        if isinstance(to, WebhookBox):
            webhook = self._telling.webhooks.get(to.name)
            return None if webhook is None else body_of(webhook.shape, letter, id_, self._school, self._now)
        return self._mail(id_, to, letter)

    def _mail(self, id_: str, to: Mailbox, letter: Letter) -> str | None:
        server = self._telling.mail
        address = self._addresses.get(to.name) if isinstance(to, AccountBox) else to.address
        if server is None or address is None:
            return None
        only = letter.only
        reply_to = ""
        if self._replies is not None and only is not None:
            reply_to = self._replies.make(ReplyTo(only.request, to), self._now)
        return mail_of(letter, Envelope(id_, server.sender, self._school, address, self._now, reply_to))
