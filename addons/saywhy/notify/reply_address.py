"""Addresses for replies: request+TOKEN@the school's reply domain, each bound to one request, one recipient, a purpose and a day.

A token is what it says and a MAC (HMAC-SHA-256, 120 bits) over that and the recipient, whom it does not name: whoever reads it
tries those who can be meant. It is written in base 32, since local parts may arrive in any case (RFC 5321, 2.4), and with
"request+" it fits into the 64 octets of one.
"""

import hashlib
import hmac
from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from saywhy.notify.recipient import AccountBox, Asker, Mailbox

LIFETIME: Final = timedelta(days=30)
_BEFORE: Final = "request+"
_MAC: Final = 15  # bytes
_HEAD: Final = 8  # bytes: version and purpose, request, day
_DAY_ZERO: Final = datetime(2026, 1, 1, tzinfo=UTC)
_VERSION: Final = 1

type Purpose = Literal["asked", "decides"]


class BadReplyAddress(Exception):  # noqa: N818 — reads as what it says
    """An address that takes no replies; the message says why, in words for a mail server's answer."""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """What an address for replies was made for."""

    request: int
    recipient: Mailbox

    @property
    def purpose(self) -> Purpose:
        """Whether it is for one who asked, or for one who decides."""
        return purpose_of(self.recipient)


def purpose_of(recipient: Mailbox) -> Purpose:
    """In what part somebody is told."""
    asked = isinstance(recipient, Asker) or (isinstance(recipient, AccountBox) and recipient.asked)
    return "asked" if asked else "decides"


class ReplyAddresses:
    """Makes addresses for replies and reads them again. `domain` is canonical; the key has 32 bytes."""

    def __init__(self, key: bytes, domain: str) -> None:
        self._key = key
        self._domain = domain

    def make(self, to: ReplyTo, now: datetime) -> str:
        """The address, good for thirty days from the end of this one."""
        day = (now + LIFETIME - _DAY_ZERO).days + 1
        head = bytes([_VERSION << 1 | (to.purpose == "asked")]) + to.request.to_bytes(5) + day.to_bytes(2)
        token = b32encode(head + self._mac(head, to.recipient)).decode().rstrip("=").lower()
        return f"{_BEFORE}{token}@{self._domain}"

    def read(self, address: str, now: datetime, candidates: Callable[[int], Iterable[Mailbox]]) -> ReplyTo:
        """What an address was made for, among those who are told of its request. Raises BadReplyAddress."""
        local, _, domain = address.strip().strip("<>").rpartition("@")
        if domain.lower().rstrip(".") != self._domain or not local.lower().startswith(_BEFORE):
            raise BadReplyAddress("Mail for this address is not taken here.")
        token = local[len(_BEFORE) :].upper()
        try:
            whole = b32decode(token + "=" * (-len(token) % 8))
        except Error:
            whole = b""
        head, mac = whole[:_HEAD], whole[_HEAD:]
        if len(whole) != _HEAD + _MAC or head[0] >> 1 != _VERSION:
            raise BadReplyAddress("This is no address for replies. Use the one in the mail that you got.")
        request = int.from_bytes(head[1:6])
        found = None
        if request < 2**31:
            for one in candidates(request):
                same = (purpose_of(one) == "asked") == bool(head[0] & 1)
                if same and hmac.compare_digest(mac, self._mac(head, one)):
                    found = one
        if found is None:
            raise BadReplyAddress("This is no address for replies. Use the one in the mail that you got.")
        if (now - _DAY_ZERO).days > int.from_bytes(head[6:8]):
            raise BadReplyAddress("This address has ended. Open the request's page to say something.")
        return ReplyTo(request, found)

    def _mac(self, head: bytes, recipient: Mailbox) -> bytes:
        return hmac.digest(self._key, head + recipient.text.encode(), hashlib.sha256)[:_MAC]
