"""A WebSocket: its messages are bounded, and an end that nobody announced is passed on as such."""

from typing import Final

from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.websocket import WebsocketEndHook, WebsocketLayer

LONGEST_MESSAGE: Final = 16 * 1024 * 1024  # bytes of a WebSocket message; mitmproxy keeps one until it is whole

MOST_FRAMES: Final = 4_096  # of one message


class BoundedWebsocketLayer(WebsocketLayer):
    """A WebSocket of which no message may grow without end."""

    def relay_messages(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Pass messages on, or end a connection on which one is too long."""
        if isinstance(event, events.ConnectionClosed):  # without a word: nobody is told that it ended well
            yield from self._cut()
            return
        yield from super().relay_messages(event)
        for side in (self.client_ws, self.server_ws):
            if len(side.frame_buf) > MOST_FRAMES or sum(map(len, side.frame_buf)) > LONGEST_MESSAGE:
                yield from self._cut()
                return

    def _cut(self) -> layer.CommandGenerator[None]:
        """End both connections as they are: a browser takes that for 1006 (RFC 6455 section 7.1.5)."""
        yield commands.CloseConnection(self.client_ws.conn)
        yield commands.CloseConnection(self.server_ws.conn)
        yield WebsocketEndHook(self.flow)
        self.flow.live = False
        self._handle_event = self.done
