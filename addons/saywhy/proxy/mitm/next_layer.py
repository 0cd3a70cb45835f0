"""Which protocol comes next on a connection: HTTP, or TLS with HTTP inside, and nothing else.

mitmproxy guesses, and falls back to relaying raw bytes (fewer than three bytes after CONNECT are enough). Here
nothing is guessed: what is neither a ClientHello nor a request line is closed.
"""

from mitmproxy import exceptions
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers import modes
from mitmproxy.proxy.layers.http import HTTPMode

from saywhy.proxy.mitm.faults import Faults, closed_on_fault
from saywhy.proxy.mitm.gate import Distrusted
from saywhy.proxy.mitm.layers import GuardedHttpLayer, RefusedLayer, Unreachable

_ENOUGH = 3  # bytes that tell a ClientHello from a method


class NextLayerAddon:
    """mitmproxy addon: chooses the next layer. Must stand before mitmproxy's own NextLayer, if that is there."""

    def __init__(self, faults: Faults, unreachable: Unreachable) -> None:
        self.faults = faults
        self._unreachable = unreachable

    @property
    def distrusted(self) -> Distrusted:
        """The connections that nothing more may leave."""
        return self.faults.distrusted

    @closed_on_fault
    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Choose by what is already there: the proxy itself, a tunnel, or TLS inside a tunnel."""
        context = nextlayer.context
        before = context.layers
        if len(before) == 1 and isinstance(before[0], modes.HttpProxy):
            nextlayer.layer = GuardedHttpLayer(context, HTTPMode.regular, self._unreachable, self.distrusted)
            return
        if not before or not isinstance(before[0], modes.HttpProxy) or context.client.transport_protocol != "tcp":
            nextlayer.layer = RefusedLayer(context)  # a proxy mode that Saywhy does not guard
            return
        inside_tls = any(isinstance(one, layers.ClientTLSLayer) for one in before)
        data = nextlayer.data_client()
        if inside_tls:
            nextlayer.layer = GuardedHttpLayer(context, HTTPMode.transparent, self._unreachable, self.distrusted)
        elif len(data) < _ENOUGH:
            raise exceptions.AddonHalt
        elif starts_like_tls_record(data):
            tls = layers.ServerTLSLayer(context)
            tls.child_layer = layers.ClientTLSLayer(context)
            nextlayer.layer = tls
        elif data[:_ENOUGH].isalpha() and data[:_ENOUGH].isupper() and not data.startswith(b"SSH"):
            nextlayer.layer = GuardedHttpLayer(context, HTTPMode.transparent, self._unreachable, self.distrusted)
        else:
            nextlayer.layer = RefusedLayer(context)
