"""Whom to tell, and by what: what `telling.yaml` says, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from saywhy.exceptions.mail_address import MailAddress


class Security(StrEnum):
    """How a mail server is spoken to."""

    STARTTLS = "starttls"  # RFC 3207; nothing is sent before it
    TLS = "tls"  # from the first byte (RFC 8314)
    NONE = "none"


class Shape(StrEnum):
    """How a webhook wants to be told."""

    JSON = "json"
    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that mail is handed to. `roots` are certificates (PEM) to trust in place of the system's."""

    host: str
    port: int
    security: Security
    sender: MailAddress
    user: str = ""
    password: str = field(default="", repr=False)
    roots: Path | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that messages are posted to. Its URL is a secret with Slack and Teams."""

    url: str = field(repr=False)
    shape: Shape
    secret: bytes = field(default=b"", repr=False)
    roots: Path | None = None


@dataclass(frozen=True, slots=True)
class Listening:
    """Where replies are taken: an IP address of this machine, a port, SMTP or LMTP (RFC 2033)."""

    host: str
    port: int
    lmtp: bool = False


@dataclass(frozen=True, slots=True)
class Replies:
    """The domain of the addresses for replies; where they are taken, None where a program hands them over."""

    domain: str
    listening: Listening | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """Where a role is told, besides the accounts that hold it: addresses, and names of webhooks."""

    mail: tuple[MailAddress, ...] = ()
    webhooks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """All of it. `portal` is the address that links lead to, without a slash at its end.

    `asker_domains` are the domains of addresses that are told although somebody merely wrote them on a form.
    """

    portal: str
    mail: MailServer | None = None
    replies: Replies | None = None
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    roles: Mapping[str, Box] = field(default_factory=dict)
    asker_domains: frozenset[str] = frozenset()
    every: timedelta = timedelta(minutes=15)
    words: bool = False
