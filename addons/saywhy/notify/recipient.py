"""Whoever is told: an account, the mail box of a role, somebody who gave an address on the form, a webhook.

`text` stands in the store, and is what an address for replies is bound to: `mail:account:kim`, `webhook:it-chat`.
"""

from dataclasses import dataclass
from enum import StrEnum

from saywhy.exceptions.mail_address import MailAddress, MailAddressError


class Channel(StrEnum):
    """By what somebody is told."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class AccountBox:
    """The address of an account, as one who decides or, where it `asked`, as one who asked."""

    name: str
    asked: bool = False

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"mail:{'asker' if self.asked else 'account'}:{self.name}"

    @property
    def speaker(self) -> str:
        """Whom a timeline names when a reply comes from there."""
        return self.name


@dataclass(frozen=True, slots=True)
class RoleBox:
    """A mail box of a role."""

    role: str
    address: MailAddress

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"mail:role:{self.role}:{self.address}"

    @property
    def speaker(self) -> str:
        """Whom a timeline names; no account has a name with a space."""
        return f"the mail box of {self.role}"


@dataclass(frozen=True, slots=True)
class Asker:
    """An address that was given on the form."""

    address: MailAddress

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"mail:form:{self.address}"

    @property
    def speaker(self) -> str:
        """The person who asked has no name."""
        return ""


@dataclass(frozen=True, slots=True)
class WebhookBox:
    """A webhook, by its name in the settings."""

    name: str

    @property
    def text(self) -> str:
        """As the store keeps it."""
        return f"webhook:{self.name}"


type Mailbox = AccountBox | RoleBox | Asker
type Recipient = Mailbox | WebhookBox


def recipient_from(text: str) -> Recipient:
    """The recipient that the store keeps by this text. Raises ValueError."""
    channel, _, rest = text.partition(":")
    kind, _, name = rest.partition(":")
    match channel, kind:
        case "webhook", _ if rest:
            return WebhookBox(rest)
        case "mail", "account" | "asker" if name:
            return AccountBox(name, asked=kind == "asker")
        case "mail", "form":
            return Asker(_address(name))
        case "mail", "role":
            role, _, address = name.rpartition(":")
            return RoleBox(role, _address(address))
    raise ValueError(f"nobody is named by {text!r}")


def _address(text: str) -> MailAddress:
    try:
        return MailAddress.parse(text)
    except MailAddressError as error:
        raise ValueError(str(error)) from None
