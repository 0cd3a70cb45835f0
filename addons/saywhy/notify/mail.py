"""A letter as mail (RFC 5322): plain text, one recipient, 7 bits, headers that let no machine answer it.

Nothing that came from anybody makes a header but through `one_line`, and the standard library refuses a line break in one
besides.
"""

import textwrap
from dataclasses import dataclass
from datetime import datetime
from email import message_from_string
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from saywhy.exceptions.mail_address import MailAddress
from saywhy.notify.letter import MOST_TOGETHER, Letter, in_groups, one_line, what_next

ABOVE_THIS_LINE: Final = "--- Write your reply above this line ---"
_WIDTH: Final = 72
_LONGEST_NAME: Final = 100
_POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=78)


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom, to whom, by which id and when; `reply_to` is an address for replies, empty where none is taken."""

    id: str
    sender: MailAddress
    school: str
    to: MailAddress
    at: datetime
    reply_to: str = ""


def mail_of(letter: Letter, envelope: Envelope) -> str:
    """The message as it is sent, in ASCII, with CRLF. The same id gives the same Message-ID."""
    return mail_with(letter.subject, _text(letter, envelope), envelope)


def trial_mail(envelope: Envelope) -> str:
    """A message that only tries whether mail arrives."""
    said = "This is a test, to see whether mail from Saywhy arrives. You do not need to do anything."
    return mail_with("Saywhy: test message", f"{said}\n", envelope)


def mail_with(subject: str, text: str, envelope: Envelope) -> str:
    """A message of a subject and a text, as it is sent."""
    message = EmailMessage(policy=_POLICY)
    name = one_line(f"Saywhy, {envelope.school}")[:_LONGEST_NAME]
    message["From"] = Address(name, addr_spec=envelope.sender.text)
    message["To"] = Address(addr_spec=envelope.to.text)
    message["Subject"] = one_line(subject)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = f"<{envelope.id}@{envelope.sender.domain}>"
    if envelope.reply_to:
        message["Reply-To"] = Address(addr_spec=envelope.reply_to)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5
    message["X-Auto-Response-Suppress"] = "All"  # what Exchange heeds instead
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message.as_string()


def read_mail(body: str) -> tuple[EmailMessage, MailAddress, MailAddress]:
    """A message that `mail_of` made, its sender and its recipient."""
    message = message_from_string(body, policy=_POLICY)
    assert isinstance(message, EmailMessage)
    sender, to = (message[name].addresses[0].addr_spec for name in ("From", "To"))
    return message, MailAddress.parse(sender), MailAddress.parse(to)


def _text(letter: Letter, envelope: Envelope) -> str:
    parts = [ABOVE_THIS_LINE] if envelope.reply_to else []
    parts += ["Hello,"]
    for says, told in in_groups(letter.told):
        lines = [f"{says}.", f"  {told[0].host}", *(f"  {one.link}" for one in told[:MOST_TOGETHER])]
        if len(told) > MOST_TOGETHER:
            lines.append(f"  and {len(told) - MOST_TOGETHER} more in the list")
        for one in told:
            lines += [f"  > {line}" for words in one.words if words for line in textwrap.wrap(words, _WIDTH - 4)]
        parts.append("\n".join(lines))
    if letter.more:
        parts.append(f"{letter.more} more {'waits' if letter.more == 1 else 'wait'} in the list.")
    parts.append(_wrapped(f"{what_next(letter)} {_about_replies(letter, envelope)}"))
    parts.append(f"Saywhy, {one_line(envelope.school)}")
    return "\n\n".join(parts) + "\n"


def _about_replies(letter: Letter, envelope: Envelope) -> str:
    if not envelope.reply_to:
        return "A reply to this mail reaches nobody who decides; use the page."
    if letter.for_deciders:
        return "A reply to this mail is kept with the request, and decides nothing."
    return "A reply to this mail reaches those who decide."


def _wrapped(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)
