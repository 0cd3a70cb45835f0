"""Handshakes with clients that came to nothing: they do not trust the school's certificate, or take their own alone.

One that came to its end, and was followed by no request, is written down as well: its device may trust the certificate.
"""

import re
from datetime import date
from typing import Final

from mitmproxy import http
from mitmproxy.connection import Client
from mitmproxy.tls import TlsData

from saywhy.decide.access import Target
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.handshake_log import ALERTS, CLOSED, NONE, HandshakeRecord
from saywhy.observe.metrics import Metrics
from saywhy.policy.address import AddressError, canonical_host
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.judge import Judge
from saywhy.proxy.mitm.faults import Faults, closed_on_fault

type Address = tuple[str, int]

_REMEMBERED: Final = 8_192
_ALERT: Final = re.compile(r"alert ([a-z ]+)")
_WENT: Final = "disconnected during the handshake"  # mitmproxy's words, where nothing but an end came
# OpenSSL's words where they are not those of RFC 8446.
_OTHER_WORDS: Final = {"user_cancelled": "user_canceled", "no_certificate": "bad_certificate"}


class ClientRefusals:
    """mitmproxy addon: counts those that clients ended, and writes down all."""

    def __init__(self, judge: Judge, metrics: Metrics, log: "DailyLog", faults: Faults) -> None:
        self.faults = faults
        self._judge = judge
        self._metrics = metrics
        self._log = log
        self._completed: dict[str, Address] = {}  # by connection, while no request has come on it
        self._written: BoundedCache[tuple[str, str], date] = BoundedCache(_REMEMBERED)

    @closed_on_fault
    def tls_failed_client(self, data: TlsData) -> None:
        """A handshake with a client has failed."""
        address = data.context.server.address
        if address is not None:
            self.ended(data.context.client.peername[0], address, data.conn.error or "")

    @closed_on_fault
    def tls_established_client(self, data: TlsData) -> None:
        """A handshake with a client has come to its end."""
        if data.context.server.address is not None:
            self._completed[data.context.client.id] = data.context.server.address

    @closed_on_fault
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """A request has come."""
        self._completed.pop(flow.client_conn.id, None)

    @closed_on_fault
    def client_disconnected(self, client: Client) -> None:
        """A connection is over."""
        address = self._completed.pop(client.id, None)
        if address is not None:
            self.said_nothing(client.peername[0], address)

    def ended(self, peer: str, address: Address, error: str) -> None:
        """The client at `peer` has ended the handshake of a tunnel to an address, in these words of OpenSSL's or ours."""
        alert = alert_in(error)
        if alert is None:
            return
        self._metrics.handshake_ended(alert)
        record = self._record(peer, address, alert)
        if record is not None:
            self._log.write(record)

    def said_nothing(self, peer: str, address: Address) -> None:
        """Nothing came on a connection after its handshake: that is kept, once a day for a device and host."""
        record = self._record(peer, address, NONE)
        if record is None:
            return
        of, day = (peer, record.host), record.at.date()
        if self._written.get(of) != day:
            self._written.keep(of, day)
            self._log.write(record)

    def _record(self, peer: str, address: Address, alert: str) -> HandshakeRecord | None:
        try:
            host = canonical_host(address[0])
        except AddressError:
            return None
        judged = self._judge.judge(peer, Target(host, address[1]))
        return None if judged is None else HandshakeRecord.of(judged.access, judged.decision, alert)


def alert_in(error: str) -> str | None:
    """The alert that a client sent, by its name in RFC 8446, as an error tells it; None where it is about something else."""
    found = _ALERT.search(error)
    if found is not None:
        name = found[1].strip().replace(" ", "_")
        name = _OTHER_WORDS.get(name, name)
        return name if name in ALERTS else "other"
    return CLOSED if _WENT in error else None
