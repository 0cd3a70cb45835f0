"""Addresses that mail goes to: valid from birth, so that none can carry a second header or a second recipient.

The local part is what RFC 5321 calls a dot-string (4.1.2) of ASCII, without quotes; the domain is a name with a dot, in the
form that DNS knows (RFC 5890), however it was written.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from saywhy.policy.address import AddressError, address_literal, canonical_host

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_LOCAL: Final = 64  # RFC 5321, 4.5.3.1.1
_LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3, without its angle brackets


class MailAddressError(ValueError):
    """A text that is no address; the message says why and what to write."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """`local` @ `domain`, the domain in lower case and as A-labels. Raises MailAddressError."""

    local: str
    domain: str

    def __post_init__(self) -> None:
        plain = _LOCAL.fullmatch(self.local) is not None and _DOMAIN.fullmatch(self.domain) is not None
        if not plain or len(self.local) > _LONGEST_LOCAL or len(self.text) > _LONGEST:
            raise MailAddressError(f"{self.text[:80]!r} is no mail address; write it like office@school.example")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what somebody wrote. Raises MailAddressError."""
        local, at, domain = text.strip().rpartition("@")
        shown = repr(text.strip()[:80])
        if not at:
            raise MailAddressError(f"{shown} has no @; write it like office@school.example")
        if any(mark.isspace() or not mark.isprintable() for mark in text.strip()):
            raise MailAddressError(f"{shown} holds a space or a sign that nobody sees; leave it out")
        if not local.isascii():
            raise MailAddressError(f"{shown}: before the @ only letters a to z, digits and signs can be used")
        try:
            host = canonical_host(domain)
        except AddressError:
            raise MailAddressError(f"{shown} has no domain after its @; write it like office@school.example") from None
        if "." not in host or address_literal(host) is not None:
            raise MailAddressError(f"{shown} needs the name of a domain after its @, like school.example")
        return cls(local, host)

    @property
    def text(self) -> str:
        """The address as mail servers take it."""
        return f"{self.local}@{self.domain}"

    def __str__(self) -> str:
        return self.text
