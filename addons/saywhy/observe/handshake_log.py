"""The log of TLS handshakes that came to nothing: one line of JSON each, kept for a month beside the decision log.

A device that does not trust the school's certificate, or a program that takes its own alone, ends the handshake and says so in an
alert (RFC 8446 section 6.2), or just goes. What is kept is what tells the one from the other: when, which device, at which
host, and the alert; no address within the site, since there was none yet. A handshake that came to its end and was followed by no
request (browsers connect beforehand) is kept as well, one of a device and host each day: the device may trust the certificate.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision
from saywhy.observe.log_line import address_written, as_line, moment_written

CLOSED: Final = "closed"  # they went without an alert
NONE: Final = "none"  # the handshake came to its end, and no request followed
# What alerts say that a certificate is not taken for; others are about versions and ciphers.
OF_CERTIFICATES: Final = frozenset({
    "access_denied", "bad_certificate", "certificate_expired", "certificate_revoked", "certificate_unknown",
    "unknown_ca", "unsupported_certificate",
})  # fmt: skip
ALERTS: Final = OF_CERTIFICATES | {
    CLOSED, "decode_error", "decrypt_error", "handshake_failure", "illegal_parameter", "insufficient_security",
    "internal_error", "protocol_version", "unexpected_message", "user_canceled",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandshakeRecord:
    """One handshake that came to nothing. `at` is aware; `alert` is one of ALERTS, "other", or NONE."""

    at: datetime
    place: str | None
    device: str | None
    host: str
    port: int
    alert: str

    @classmethod
    def of(cls, access: Access, decision: Decision, alert: str) -> Self:
        """The record of a handshake for what was decided on by its name."""
        subject, target = access.subject, access.target
        host, _ = address_written(target, decision)
        return cls(access.at, subject.place, subject.device_address, host, target.port, alert)

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        """Read what a line holds. Raises ValueError."""
        match raw:
            case {"time": str(time), "place": str() | None as place, "device": str() | None as device,
                  "host": str(host), "port": int(port), "alert": str(alert)}:  # fmt: skip
                at = datetime.fromisoformat(time)
                if at.tzinfo is not None:
                    return cls(at, place, device, host, port, alert)
        raise ValueError("it does not say which handshake was ended")

    def line(self) -> bytes:
        """The record as one line."""
        fields = {
            "time": moment_written(self.at),
            "place": self.place,
            "device": self.device,
            "host": self.host,
            "port": self.port,
            "alert": self.alert,
        }
        return as_line(fields)
