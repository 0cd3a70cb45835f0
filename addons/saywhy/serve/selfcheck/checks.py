"""The checks of the self-test: a closed set, each by a name that the filter has for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from saywhy.policy.address import canonical_url
from saywhy.policy.own_hosts import SEALED_PATH, TEST_BLOCKED, TEST_INSPECTED, TEST_RELAYED, TEST_SEALED
from saywhy.serve.selfcheck.outcome import Found, Outcome, found_at
from saywhy.serve.selfcheck.through_proxy import ThroughProxy


class Check(StrEnum):
    """What is tried; also a label in metrics."""

    BLOCKED = "blocked"
    BLOCKED_PLAIN = "blocked-plain"
    BLOCKED_HTTP2 = "blocked-http2"
    SEALED = "sealed"
    ALLOWED_PLAIN = "allowed-plain"
    ALLOWED_RELAYED = "allowed-relayed"
    ALLOWED_INSPECTED = "allowed-inspected"
    ALLOWED_LAYERS = "allowed-layers"

    @property
    def opens(self) -> bool:
        """Whether it asks for what has to open; the others ask for what has to be closed."""
        return self.startswith("allowed")


@dataclass(frozen=True, slots=True)
class Way:
    """What a check asks for, and how. `inside`: whether the filter has to have looked inside; None: nothing tells."""

    address: str
    about: str
    http2: bool = False
    fields: str = ""
    inside: bool | None = None


WAYS: Final = {
    Check.BLOCKED: Way(f"https://{TEST_BLOCKED}/", "what is closed to everybody"),
    Check.BLOCKED_PLAIN: Way(f"http://{TEST_BLOCKED}/", "the same without TLS"),
    Check.BLOCKED_HTTP2: Way(f"https://{TEST_BLOCKED}/", "the same over HTTP/2", http2=True),
    Check.SEALED: Way(f"https://{TEST_SEALED}{SEALED_PATH}", "what is on sealed lists"),
    Check.ALLOWED_PLAIN: Way(f"http://{TEST_INSPECTED}/", "what is open, without TLS"),
    Check.ALLOWED_RELAYED: Way(f"https://{TEST_RELAYED}/", "what is open and passed on as it is", inside=False),
    Check.ALLOWED_INSPECTED: Way(f"https://{TEST_INSPECTED}/", "what is open and looked into", inside=True),
    # a request of which more is asked than the thin lane does goes over to mitmproxy's layers
    Check.ALLOWED_LAYERS: Way(f"https://{TEST_INSPECTED}/", "the same by the other lane", fields="TE: trailers\r\n", inside=True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What a check came to. `wrong` says what is not as it has to be; empty where all is."""

    check: Check
    found: Found
    wrong: str = ""

    @property
    def let_through(self) -> bool:
        """Whether something passed that must not."""
        return self.found.outcome is Outcome.LET_THROUGH and not self.check.opens


def tried(check: Check, through: ThroughProxy) -> Result:
    """Try one."""
    way = WAYS[check]
    found = found_at(through, canonical_url(way.address), http2=way.http2, fields=way.fields)
    wanted = Outcome.LET_THROUGH if check.opens else Outcome.BLOCKED
    if found.outcome is not wanted:
        return Result(check, found, f"{way.about}: {said(found, wanted)}")
    if way.inside is None or found.came is None or way.inside is not _is_of_origin(found):
        return Result(check, found)
    how = "passed on unseen" if way.inside else "looked into"
    return Result(check, found, f"{way.about}: it was {how}")


def said(found: Found, wanted: Outcome) -> str:
    """What came in the place of what was wanted, in words."""
    match found.outcome:
        case Outcome.BLOCKED:
            return f"it is blocked (reference {found.reference})"
        case Outcome.LET_THROUGH:
            return "it was LET THROUGH"
        case Outcome.FAULT:
            return f"the filter could not open it, and said so without a reference: {found.detail}"
        case Outcome.ELSEWHERE:
            return f"something other than Saywhy answered: {found.detail}"
        case Outcome.NOT_TRUSTED:
            return f"the certificate is not trusted here: {found.detail}"
        case Outcome.UNREACHABLE:
            blocked = ", which does not mean that it is blocked" if wanted is Outcome.BLOCKED else ""
            return f"it could not be reached{blocked}: {found.detail}"


def _is_of_origin(found: Found) -> bool:
    """Whether the certificate that was shown is the one that the origin says it has."""
    assert found.came is not None
    return found.came.certificate in found.came.body.split()
