"""TLS with an origin, heard to its end: a fatal alert ends the connection and says why.

mitmproxy passes over what comes after the handshake. But there TLS 1.3 says what an origin thinks of us: its handshake is
over for the client before the server has looked for a client's certificate (RFC 8446 sections 4.4.2.4 and 6.2).
"""

from mitmproxy.connection import ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.tls import ServerTLSLayer
from OpenSSL import SSL

from saywhy.proxy.outbound.origin_errors import UNPROVEN, done_here, in_our_words
from saywhy.proxy.tls.certificate_rules import WRONG_USE
from saywhy.proxy.tls.proof import Proof


class OriginTls(ServerTLSLayer):
    """As mitmproxy's, but an alert is heard whenever it comes."""

    _over = False

    def receive_handshake_data(self, data: bytes) -> layer.CommandGenerator[tuple[bool, str | None]]:
        """As mitmproxy, but the origin's Proof decides. An error about our own certificate is told as such."""
        said_all = done_here(self.tls)
        done, error = yield from super().receive_handshake_data(data)
        proof = self.tls.get_app_data()
        if isinstance(proof, Proof):  # in somebody's own mitmproxy there is none
            if proof.fault and error:
                error = f"{UNPROVEN}{proof.fault}"
            elif done and not proof.fits(self.conn.cipher):
                done, error = False, f"{UNPROVEN}{WRONG_USE}"
        return done, None if error is None else in_our_words(error, done_here=said_all)

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
            self.conn.error = in_our_words(f"OpenSSL {error!r}", done_here=True)
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
