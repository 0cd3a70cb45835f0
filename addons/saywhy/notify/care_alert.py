"""What the role for safeguarding is told: that pages that care were shown, when and on which devices. Pure.

It holds the least: no address, no words, no group of its own; what kind of page was asked for only where policy says so. What a
place is called is the school's own name for a network.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.exceptions.mail_address import MailAddress
from saywhy.exceptions.request import Account
from saywhy.notify.letter import one_line
from saywhy.notify.mail import Envelope, mail_with
from saywhy.notify.recipient import AccountBox, Recipient, RoleBox, WebhookBox
from saywhy.notify.settings import Shape, Telling

MOST_NAMED: Final = 20  # devices in one message
_NEXT: Final = (
    "Please check on whoever was there, as your safeguarding policy says. This message does not say what they looked for. "
    "The page gave people at school and help lines to turn to."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that cares was shown: when (aware), on which device and where, as far as that is known; `kinds` are labels."""

    at: datetime
    device: str
    place: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CareLetter:
    """All that one message tells. `more` is how many devices it does not name."""

    school: str
    zone: ZoneInfo
    shown: tuple[Shown, ...]
    more: int = 0

    @property
    def subject(self) -> str:
        """In one line, without anything that others who see it could read from it."""
        count = len(self.shown) + self.more
        return "A page with people to talk to was shown" + (f" on {count} devices" if count > 1 else "")

    def lines(self) -> Iterator[str]:
        """A line for each device, and one for those that are not named."""
        for one in self.shown:
            at = one.at.astimezone(self.zone)
            where = f", {one_line(one.place)}" if one.place else ""
            kinds = f" ({one_line(', '.join(one.kinds))})" if one.kinds else ""
            yield f"{at:%d %B %Y, %H:%M}: device {one_line(one.device) or 'unknown'}{where}{kinds}"
        if self.more:
            yield f"and {self.more} more device{'' if self.more == 1 else 's'}"


def recipients(role: str, telling: Telling, addresses: Mapping[Account, MailAddress]) -> tuple[Recipient, ...]:
    """Who is told: accounts with the role that have an address, and the role's mail boxes and webhooks, each once."""
    found: dict[Recipient, None] = {}
    written: set[MailAddress] = set()
    if telling.mail is not None:
        for account, address in addresses.items():
            if role in account.roles and address not in written:
                written.add(address)
                found[AccountBox(account.name)] = None
    box = telling.roles.get(role)
    for address in () if box is None or telling.mail is None else box.mail:
        if address not in written:
            written.add(address)
            found[RoleBox(role, address)] = None
    for name in () if box is None else box.webhooks:
        found[WebhookBox(name)] = None
    return tuple(found)


def body_for(
    to: Recipient,
    letter: CareLetter,
    id_: str,
    telling: Telling,
    addresses: Mapping[Account, MailAddress],
    now: datetime,
) -> str | None:
    """The message for one recipient; None where there is no way to them."""
    if isinstance(to, WebhookBox):
        webhook = telling.webhooks.get(to.name)
        return None if webhook is None else json.dumps(_webhook(webhook.shape, letter, id_, now))
    by_name = {account.name: address for account, address in addresses.items()}
    address = by_name.get(to.name) if isinstance(to, AccountBox) else to.address
    if telling.mail is None or address is None:
        return None
    text = "\n\n".join(("Hello,", "\n".join(letter.lines()), _NEXT, f"Saywhy, {one_line(letter.school)}")) + "\n"
    return mail_with(letter.subject, text, Envelope(id_, telling.mail.sender, letter.school, address, now))


def _webhook(shape: Shape, letter: CareLetter, id_: str, now: datetime) -> Mapping[str, object]:
    lines = [*letter.lines(), _NEXT]
    match shape:
        case Shape.SLACK:
            blocks = [{"type": "section", "text": {"type": "plain_text", "text": one, "emoji": False}} for one in lines]
            return {"text": letter.subject, "blocks": blocks}
        case Shape.TEAMS:
            body = [_run(letter.subject), *map(_run, lines)]
            schema = "http://adaptivecards.io/schemas/adaptive-card.json"
            card = {"$schema": schema, "type": "AdaptiveCard", "version": "1.2", "body": body}
            kind = "application/vnd.microsoft.card.adaptive"
            return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}
        case Shape.JSON:
            return {
                "version": 1,
                "id": id_,
                "at": now.isoformat(timespec="seconds"),
                "school": one_line(letter.school),
                "subject": letter.subject,
                "care": [_as_json(one) for one in letter.shown],
                "more": letter.more,
            }


def _run(text: str) -> Mapping[str, object]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}


def _as_json(one: Shown) -> Mapping[str, object]:
    told = {"at": one.at.isoformat(timespec="seconds"), "device": one.device, "place": one.place}
    return {**told, "kinds": list(one.kinds)} if one.kinds else told


def once_each(shown: Sequence[Shown]) -> tuple[tuple[Shown, ...], int]:
    """The first time on each device, the oldest first, as many as a message names; and how many it does not."""
    first: dict[str, Shown] = {}
    for one in sorted(shown, key=lambda one: one.at):
        first.setdefault(one.device, one)
    named = tuple(first.values())
    return named[:MOST_NAMED], len(named[MOST_NAMED:])
