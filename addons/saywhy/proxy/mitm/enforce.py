"""The addon of mitmproxy's hooks: each request head is judged, and let out or answered."""

import time
from http import HTTPStatus
from typing import Final

from mitmproxy import http
from mitmproxy.connection import Client

from saywhy.decide.access import Target
from saywhy.explain.answer import Answer
from saywhy.explain.fault import FaultKind
from saywhy.observe.metrics import Metrics
from saywhy.policy.obligation import Obligation, safe_address_inside
from saywhy.proxy.fault_kinds import detail_of, fault_kind_of
from saywhy.proxy.judge import Judge
from saywhy.proxy.judged import Judged
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.awaited import ask_readably, await_answer, awaited, hold, told_by_head
from saywhy.proxy.mitm.body_meter import BodyMeter
from saywhy.proxy.mitm.faults import Faults, closed_on_fault
from saywhy.proxy.mitm.in_flight import InFlight
from saywhy.proxy.mitm.obliging import explain_account, oblige, remember
from saywhy.proxy.mitm.portal_route import PortalRoute
from saywhy.proxy.mitm.reading import AmbiguousRequestError, read_target
from saywhy.proxy.mitm.request_head import begins_websocket
from saywhy.proxy.mitm.request_use import use_of

_LANE: Final = "layers"
_NO_LONGER: Final = "saywhy.no-longer"  # it was let out, and would not be so now
_UNWRITTEN: Final = "saywhy.unwritten"  # it was let out, and is counted and written down once its answer was decided on


class Enforcer:
    """mitmproxy addon: nothing goes out unless its head was read, decided on and allowed here."""

    def __init__(self, judge: Judge, portal: PortalRoute, metrics: Metrics, faults: Faults) -> None:
        self.judge = judge
        self.faults = faults
        self._portal = portal
        self._metrics = metrics
        self.in_flight = InFlight()

    def no_longer(self, client: Client) -> list[tuple[http.HTTPFlow, Judged | None]]:
        """What is under way on a connection and would not be let out so any more, each with what is decided now."""
        again = ((flow, judged, self._again(flow, judged)) for flow, judged in self.in_flight.on(client))
        found = [(flow, now) for flow, judged, now in again if not judged.goes_on_as(now)]
        for flow, _ in found:
            flow.metadata[_NO_LONGER] = True
        return found

    def _again(self, flow: http.HTTPFlow, judged: Judged) -> Judged | None:
        peer = flow.client_conn.peername[0]
        now = self.judge.again(judged, peer, use_of(flow.request))
        if now is None or not now.decision.needs_answer or not gate.response_passed(flow) or awaited(flow) is not None:
            return now
        return self.judge.judge(peer, told_by_head(flow, now.access.target))

    def _since(self, flow: http.HTTPFlow) -> Judged | None:
        """What is decided now on a request that was let out; None where that was decided from what is in force."""
        judged = self.in_flight.judged(flow)
        if judged is None or (self.judge.holds(judged) and _NO_LONGER not in flow.metadata):
            return None
        return self._again(flow, judged)

    def _closed_since(self, flow: http.HTTPFlow, now: Judged | None) -> Answer | None:
        """The page for a request that was let out, and is closed `now`, before its answer has begun."""
        if now is None or now.decision.allowed:
            return None
        return self.refused(flow, now)

    def refused(self, flow: http.HTTPFlow, judged: Judged) -> Answer:
        """The page for a request that is refused, perhaps after it was let out: that is then not written down."""
        flow.metadata.pop(_UNWRITTEN, None)
        return self.judge.refused(_LANE, flow.request.method, judged, flow.request.headers)

    def passed(self, flow: http.HTTPFlow, judged: Judged | None = None) -> None:
        """Count and write down, once, that a request was let out and its answer is not refused; as `judged` by the answer."""
        unwritten: Judged | None = flow.metadata.pop(_UNWRITTEN, None)
        if unwritten is not None:
            self.judge.let_out(_LANE, flow.request.method, judged or unwritten, flow.request.headers)

    def _ended(self, flow: http.HTTPFlow) -> None:
        self._metrics.lanes.answered(_LANE, max(0.0, time.time() - flow.request.timestamp_start))
        self.passed(flow)
        self.in_flight.ended(flow)

    def client_disconnected(self, client: Client) -> None:
        """Forget what was kept about a connection."""
        let_out = self.in_flight.on(client)
        self.faults.distrusted.forget(client)
        self.in_flight.connection_ended(client)
        for flow, _ in let_out:
            self.passed(flow)

    @closed_on_fault
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Read, decide, and open the gate or answer. The one place where a verdict is given."""
        gate.close(flow)
        if flow.error is not None:  # mitmproxy found the head malformed and refuses it by itself
            return
        self.in_flight.came(flow)
        self._metrics.requested("https" if flow.request.scheme == "https" else "http")
        if self.judge.in_force.now is None:
            self._fault(flow, FaultKind.NO_POLICY)
            return
        try:
            target = read_target(flow.request, flow.client_conn.sni)
        except AmbiguousRequestError as error:
            self._fault(flow, FaultKind.AMBIGUOUS_REQUEST, None, str(error))
            return
        if self._portal.is_for(target):
            self._portal.send(flow)
            return
        await self._decide(flow, target)

    async def _decide(self, flow: http.HTTPFlow, target: Target) -> None:
        request = flow.request
        judged, fault = await self.judge.judge_inside(flow.client_conn.peername[0], target, lambda: use_of(request))
        if judged is None:
            self._fault(flow, FaultKind.NO_POLICY)
            return
        if not judged.decision.allowed:
            gate.refuse(flow, self.refused(flow, judged))
            return
        flow.metadata[_UNWRITTEN] = judged
        if fault is not None:
            self.passed(flow)
            self._fault(flow, fault, target.host)
            return
        self.in_flight.let_out(flow, judged)
        awaits = await_answer(flow, judged)
        if awaits:
            ask_readably(request)
        if not (remember(flow, judged) or awaits):
            self.passed(flow)
        self._let_out(flow, judged.decision.obligations)

    def _let_out(self, flow: http.HTTPFlow, obligations: frozenset[Obligation]) -> None:
        request = flow.request
        oblige(request, obligations)
        if begins_websocket(request):
            request.headers.pop("sec-websocket-extensions", None)  # nothing is decompressed here
        request.stream = BodyMeter(self._metrics, "up")
        gate.open_for(flow, through=safe_address_inside(obligations))

    def _fault(self, flow: http.HTTPFlow, kind: FaultKind, host: str | None = None, detail: str = "") -> None:
        gate.refuse(flow, self._page(flow, kind, host, detail))

    def _page(self, flow: http.HTTPFlow, kind: FaultKind, host: str | None, detail: str) -> Answer:
        request = flow.request
        return self.judge.faulted(kind, host, detail, request.headers, request.path.partition("?")[0], request.method)

    def refuse_answer(self, flow: http.HTTPFlow, kind: FaultKind) -> None:
        """Lay down a fault's page in the place of the origin's answer."""
        gate.replace_response(flow, self._page(flow, kind, flow.request.host, ""))

    def unreachable(self, flow: http.HTTPFlow, error: str) -> http.Response:
        """The page for an origin that could not be reached, or whose certificate is not good; or since it is closed now."""
        closed = self._closed_since(flow, self._since(flow))
        if closed is not None:
            return gate.response_from(closed)
        return gate.response_from(self._page(flow, fault_kind_of(error), flow.request.host, detail_of(error)))

    @closed_on_fault
    def request(self, flow: http.HTTPFlow) -> None:
        """Refuse a flow that came here without a verdict and without an answer."""
        if flow.response is None and not gate.is_open(flow):
            gate.refuse_without_explaining(flow)

    @closed_on_fault
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Pass the response of an allowed flow, streamed: bodies are never kept."""
        response = flow.response
        if response is None or not gate.is_open(flow):
            return
        if response.status_code == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:  # a browser would offer ours a password
            self.refuse_answer(flow, FaultKind.UPSTREAM_ASKS_AS_PROXY)
            return
        now = self._since(flow)
        if (closed := self._closed_since(flow, now)) is not None:
            gate.replace_response(flow, closed)
            return
        if now is not None:
            await_answer(flow, now)
        if explain_account(self.refused, flow):
            return
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            response.stream = BodyMeter(self._metrics, "down")
            response.headers.pop("connection", None)  # what an origin says of its own connection
        elif response.headers.get("upgrade", "").lower() != "websocket" or not begins_websocket(flow.request):
            return
        # Saywhy does not see HTTP/3: without this header browsers do not try it
        response.headers.pop("alt-svc", None)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            hold(self, flow)
        if awaited(flow) is None:
            self.passed(flow)
        gate.pass_response(flow)

    @closed_on_fault
    def response(self, flow: http.HTTPFlow) -> None:
        """The response has gone to its end; a WebSocket goes on."""
        if flow.websocket is None:
            self._ended(flow)

    def error(self, flow: http.HTTPFlow) -> None:
        """The flow broke off."""
        self._ended(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """The WebSocket was closed."""
        self.in_flight.ended(flow)

    @closed_on_fault
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Count a message and let go of it: mitmproxy would keep each for the connection's life."""
        assert flow.websocket is not None
        for message in flow.websocket.messages:
            if flow.client_conn in self.faults.distrusted:
                message.drop()
            self._metrics.lanes.relayed(_LANE, "up" if message.from_client else "down", len(message.content))
        flow.websocket.messages.clear()
