"""TLS with an origin, heard to its end: a fatal alert ends the connection and says why.

mitmproxy passes over what comes after the handshake. But there TLS 1.3 says what an origin thinks of us: its handshake is
over for the client before the server has looked for a client's certificate (RFC 8446 sections 4.4.2.4 and 6.2).
"""

import re
from typing import Final

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.tls import ServerTLSLayer
from OpenSSL import SSL

from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.tls.certificate_rules import WRONG_USE
from saywhy.proxy.tls.proof import Proof

# Alerts about a client's certificate, which we never have. As Chromium's ERR_BAD_SSL_CLIENT_AUTH_CERT, from
# net/ssl/openssl_ssl_util.cc: certificate_required, bad_certificate, unsupported_certificate, certificate_revoked,
# certificate_expired, certificate_unknown, unknown_ca and access_denied, in OpenSSL's words.
_ABOUT_US: Final = re.compile(
    r"alert (certificate required|bad certificate|unsupported certificate|certificate revoked|certificate expired"
    r"|certificate unknown|unknown ca|access denied)"
)
_UNPROVEN: Final = "Certificate verify failed: "  # as mitmproxy begins it
_UNSPECIFIC: Final = "alert handshake failure"
# OpenSSL's word for a handshake of TLS 1.2 in which we have said all and the server has not.
_WE_ARE_DONE: Final = b"SSLv3/TLS write finished"


class OriginTls(ServerTLSLayer):
    """As mitmproxy's, but an alert is heard whenever it comes."""

    _over = False

    def receive_handshake_data(self, data: bytes) -> layer.CommandGenerator[tuple[bool, str | None]]:
        """As mitmproxy, but the origin's Proof decides. An error about our own certificate is told as such."""
        done_here = self.tls.get_state_string() == _WE_ARE_DONE
        done, error = yield from super().receive_handshake_data(data)
        proof = self.tls.get_app_data()
        if isinstance(proof, Proof):  # in somebody's own mitmproxy there is none
            if proof.fault and error:
                error = f"{_UNPROVEN}{proof.fault}"
            elif done and not proof.fits(self.conn.cipher):
                done, error = False, f"{_UNPROVEN}{WRONG_USE}"
        return done, None if error is None else _plain(error, done_here=done_here)

    def receive_data(self, data: bytes) -> layer.CommandGenerator[None]:
        """Pass on what came before an alert, then tell that the connection is over, and why (`conn.error`)."""
        if self._over:
            return
        if data:
            self.tls.bio_write(data)
        plain = bytearray()
        closed = False
        try:
            while True:
                plain += self.tls.recv(65_535)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            closed = True
        except SSL.Error as error:
            self._over = closed = True
            self.conn.error = _plain(f"OpenSSL {error!r}", done_here=True)
        yield from self.tls_interact()  # an answer to the other side's keys, or our own alert
        if plain:
            yield from self.event_to_child(events.DataReceived(self.conn, bytes(plain)))
        if closed:
            self.conn.state &= ~ConnectionState.CAN_READ
            yield from self.event_to_child(events.ConnectionClosed(self.conn))
        if self._over and self.conn.state & ConnectionState.CAN_WRITE:
            yield commands.CloseConnection(self.conn)

    def receive_close(self) -> layer.CommandGenerator[None]:
        """The end of TCP; nothing new where TLS has ended before."""
        if not self._over:
            yield from super().receive_close()

    def send_data(self, data: bytes) -> layer.CommandGenerator[None]:
        """Send, while there is somebody to send to."""
        if not self._over:
            yield from super().send_data(data)


def _plain(error: str, *, done_here: bool) -> str:
    """Say in our own words what is about a certificate of ours.

    handshake_failure is what TLS 1.2 has instead of certificate_required (RFC 5246 section 7.4.6). Where we have said all,
    suites and keys are agreed on, and it can be about nothing else.
    """
    if _ABOUT_US.search(error) is not None or (done_here and _UNSPECIFIC in error):
        return NotReachableError.WANTS_CERTIFICATE
    return error
