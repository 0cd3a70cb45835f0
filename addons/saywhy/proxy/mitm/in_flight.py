"""Requests that have come in and are not answered to their end, by the connection that they came on."""

from collections import defaultdict

from mitmproxy import http
from mitmproxy.connection import Client

from saywhy.proxy.judged import Judged


class InFlight:
    """Each with what let it out, once something has. A WebSocket is one for as long as it lasts."""

    def __init__(self) -> None:
        self._of: defaultdict[str, dict[str, tuple[http.HTTPFlow, Judged | None]]] = defaultdict(dict)

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def came(self, flow: http.HTTPFlow) -> None:
        """A request has come."""
        self._of[flow.client_conn.id][flow.id] = flow, None

    def let_out(self, flow: http.HTTPFlow, judged: Judged) -> None:
        """It was let out, or what is known of its answer was decided on."""
        if flow.id in self._of.get(flow.client_conn.id, ()):
            self._of[flow.client_conn.id][flow.id] = flow, judged

    def ended(self, flow: http.HTTPFlow) -> None:
        """It was answered to its end, or broke off; perhaps after its connection did, and all that came on it."""
        if flow.client_conn.id in self._of:
            self._of[flow.client_conn.id].pop(flow.id, None)

    def connection_ended(self, client: Client) -> None:
        """All that came on a connection is over."""
        self._of.pop(client.id, None)

    def judged(self, flow: http.HTTPFlow) -> Judged | None:
        """What let a request out, if something has and it is under way."""
        return self._of.get(flow.client_conn.id, {}).get(flow.id, (flow, None))[1]

    def on(self, client: Client) -> list[tuple[http.HTTPFlow, Judged]]:
        """What came on a connection and was let out."""
        return [(flow, judged) for flow, judged in self._of.get(client.id, {}).values() if judged is not None]
