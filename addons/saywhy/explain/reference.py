"""The signed, expiring reference to a decision, and the short code by which people speak of it.

The link to the form carries the reference instead of facts that a client could alter. It is signed, not encrypted: it
holds nothing that its reader does not know.
"""

import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Self

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_encode, want_bytes

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision
from saywhy.policy.address import Url, bracketed
from saywhy.policy.reader import Reader

LIFETIME: Final = timedelta(days=7)
LONGEST_TOKEN: Final = 1500  # characters: links are mailed, typed into other programs and printed
_LONGEST_PLAIN: Final = (
    700  # characters of a token that is not made shorter: to try that takes longer than all the rest
)
_SHORTEST_SECRET: Final = 16
_SALT: Final = "saywhy.explain.reference.1"
# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES: Final = str.maketrans("OIL", "011")
_CODE_BYTES: Final = 5
CODE_PATTERN: Final = "-".join(f"[{_ALPHABET}]{{{count}}}" for count in (2, 4, 2))  # as it stands on a page


class BadReferenceError(ValueError):
    """A reference that cannot be used."""


class ReferenceForged(BadReferenceError):  # noqa: N818  # what happened to it, as the portal tells it
    """It was not signed here, or somebody changed it."""


class ReferenceExpired(BadReferenceError):  # noqa: N818  # what happened to it, as the portal tells it
    """It is older than references live."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What was refused, to whom and when. `url` has no query; `groups` are the named ones; `at` is aware."""

    code: str
    host: str
    url: str
    scheme: str
    rule: str | None
    reason: str  # the reason code
    groups: tuple[str, ...]
    place: str | None
    device: str | None
    reader: Reader
    at: datetime
    revision: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the moment of a reference carries a time zone")
        if "?" in self.url or "#" in self.url:
            raise ValueError("the address in a reference has no query and no fragment")

    @classmethod
    def of(cls, code: str, access: Access, decision: Decision, url: Url) -> Self:
        """The reference to what an access was refused; `url` is what is asked to be opened."""
        subject = access.subject
        return cls(
            code=code,
            host=url.host,
            url=url.without_query,
            scheme=url.scheme,
            rule=None if decision.rule is None else decision.rule.id,
            reason=decision.reason,
            groups=subject.named_groups,
            place=subject.place,
            device=subject.device_address,
            reader=subject.reader,
            at=access.at,
            revision=decision.revision,
        )


class References:
    """Signs references and reads them again. The secret, at least 16 bytes, is the same for proxy and portal."""

    def __init__(self, secret: bytes, lifetime: timedelta = LIFETIME) -> None:
        if len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"the secret for references has at least {_SHORTEST_SECRET} bytes")
        self._lifetime = lifetime
        self._serializer = URLSafeSerializer(
            secret, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": sha256}
        )
        self._key = self._serializer.make_signer(_SALT).derive_key()

    def sign(self, reference: Reference) -> str:
        """The reference as URL-safe text. Where a path makes it too long, the root of the host stands for the page."""
        token = self._dumped(reference)
        if len(token) > LONGEST_TOKEN:
            token = self._dumped(replace(reference, url=f"{reference.scheme}://{bracketed(reference.host)}/"))
        return token

    def read(self, token: str, now: datetime) -> Reference:
        """The reference that was signed. Raises ReferenceForged or ReferenceExpired; `now` is aware."""
        if not token.isascii() or len(token) > 4 * LONGEST_TOKEN:
            raise ReferenceForged("this link was not made here")
        # base64 can be written in more than one way: only the very text that was signed is taken
        payload, _, signature = token.rpartition(".")
        expected = self._serializer.make_signer(self._serializer.salt).get_signature(payload)
        if not hmac.compare_digest(expected, want_bytes(signature)):
            raise ReferenceForged("this link was not made here, or was changed on the way")
        try:
            reference = _from_fields(self._serializer.loads(token))
        except (BadData, ValueError, TypeError, KeyError) as error:
            raise ReferenceForged("this link was made by another version of the filter") from error
        if now > reference.at + self._lifetime:
            raise ReferenceExpired(f"this link is older than {self._lifetime.days} days")
        return reference

    def _dumped(self, reference: Reference) -> str:
        """As the serializer has it, which would derive the key anew, and try to compress, each time."""
        fields = _fields(reference)
        payload = base64_encode(json.dumps(fields, separators=(",", ":")))
        if len(payload) > _LONGEST_PLAIN:
            return str(self._serializer.dumps(fields))
        return b".".join((payload, base64_encode(hmac.digest(self._key, payload, "sha256")))).decode("ascii")


def new_code(random: bytes) -> str:
    """A code that people can read aloud, like K7-42QX-9M: 40 bits, from the first five of the random bytes."""
    if len(random) < _CODE_BYTES:
        raise ValueError(f"a code is made from {_CODE_BYTES} random bytes")
    number = int.from_bytes(random[:_CODE_BYTES])
    signs = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return _grouped(signs)


def read_code(text: str) -> str:
    """A code as somebody wrote it down, in its usual form: capitals, hyphens, O as 0, I and L as 1.

    Raises BadReferenceError for what is no code.
    """
    signs = "".join(text.upper().replace("-", " ").split()).translate(_LOOKALIKES)
    if len(signs) != 8 or any(sign not in _ALPHABET for sign in signs):
        raise BadReferenceError(f"{text[:40]!r} is no reference; one looks like K7-42QX-9M")
    return _grouped(signs)


def _grouped(signs: str) -> str:
    return f"{signs[:2]}-{signs[2:6]}-{signs[6:]}"


def _fields(reference: Reference) -> list[Any]:
    return [
        reference.code,
        reference.host,
        reference.url,
        reference.scheme,
        reference.rule,
        str(reference.reason),
        list(reference.groups),
        reference.place,
        reference.device,
        reference.reader.value,
        reference.at.isoformat(),
        reference.revision,
    ]


def _from_fields(fields: list[Any]) -> Reference:
    code, host, url, scheme, rule, reason, groups, place, device, reader, at, revision = fields
    return Reference(
        code,
        host,
        url,
        scheme,
        rule,
        reason,
        tuple(groups),
        place,
        device,
        Reader(reader),
        datetime.fromisoformat(at),
        revision,
    )
