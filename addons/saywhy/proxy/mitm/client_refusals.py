"""Clients that end the handshake with the filter: they do not trust the school's certificate, or take their own alone."""

import re
from typing import Final

from mitmproxy.tls import TlsData

from saywhy.decide.access import Target
from saywhy.observe.decision_log import DecisionLog
from saywhy.observe.handshake_log import ALERTS, CLOSED, HandshakeRecord
from saywhy.observe.metrics import Metrics
from saywhy.policy.address import AddressError, canonical_host
from saywhy.proxy.judge import Judge
from saywhy.proxy.mitm.faults import Faults, closed_on_fault

_ALERT: Final = re.compile(r"alert ([a-z ]+)")
_WENT: Final = "disconnected during the handshake"  # mitmproxy's words, where nothing but an end came
# OpenSSL's words where they are not those of RFC 8446.
_OTHER_WORDS: Final = {"user_cancelled": "user_canceled", "no_certificate": "bad_certificate"}


class ClientRefusals:
    """mitmproxy addon: counts each and writes it down."""

    def __init__(self, judge: Judge, metrics: Metrics, log: "DecisionLog", faults: Faults) -> None:
        self.faults = faults
        self._judge = judge
        self._metrics = metrics
        self._log = log

    @closed_on_fault
    def tls_failed_client(self, data: TlsData) -> None:
        """A handshake with a client has failed."""
        address = data.context.server.address
        if address is not None:
            self.client_refused(data.context.client.peername[0], *address, data.conn.error or "")

    def client_refused(self, peer: str, host: str, port: int, error: str) -> None:
        """A client at an address has ended the handshake of a tunnel to a host, in these words of OpenSSL's or ours."""
        alert = alert_in(error)
        if alert is None:
            return
        self._metrics.handshake_ended(alert)
        try:
            host = canonical_host(host)
        except AddressError:
            return
        judged = self._judge.judge(peer, Target(host, port))
        if judged is not None:
            self._log.write(HandshakeRecord.of(judged.access, judged.decision, alert))


def alert_in(error: str) -> str | None:
    """The alert that a client sent, by its name in RFC 8446, as an error tells it; None where it is about something else."""
    found = _ALERT.search(error)
    if found is not None:
        name = found[1].strip().replace(" ", "_")
        name = _OTHER_WORDS.get(name, name)
        return name if name in ALERTS else "other"
    return CLOSED if _WENT in error else None
