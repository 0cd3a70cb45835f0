"""The addon that decides: each request head becomes an Access, then a Decision, then a relay or an answer."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

from mitmproxy import http
from mitmproxy.connection import Client

from saywhy.decide.access import Access, Subject, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.explain.answer import Answer, answer
from saywhy.explain.explain import explain
from saywhy.explain.fault import FaultKind, fault_page
from saywhy.explain.reference import Reference, References, new_code
from saywhy.explain.render import PageRenderer
from saywhy.observe.decision_log import DecisionLog, DecisionRecord
from saywhy.observe.metrics import Metrics
from saywhy.policy.address import Url, bracketed, canonical_url
from saywhy.policy.catalogue import SEALED, WITHHELD
from saywhy.policy.rule import Effect
from saywhy.policy.uses import named
from saywhy.proxy import gate
from saywhy.proxy.awaited import await_answer, hold
from saywhy.proxy.faults import Faults, closed_on_fault
from saywhy.proxy.framing import asks_for_websocket
from saywhy.proxy.in_force import InForce, Snapshot
from saywhy.proxy.not_reachable import NotReachableError
from saywhy.proxy.obliging import address_inside, explain_account, oblige, remember
from saywhy.proxy.outbound import Outbound
from saywhy.proxy.portal_route import PortalRoute
from saywhy.proxy.reading import AmbiguousRequestError, read_target
from saywhy.proxy.relaying import Meter
from saywhy.proxy.sending import use_of
from saywhy.proxy.unreachable import detail_of, fault_kind_of

_CODE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """What the enforcer works with; `serve` puts them together."""

    in_force: InForce
    renderer: PageRenderer
    references: References
    outbound: Outbound
    portal: PortalRoute
    metrics: Metrics
    log: DecisionLog
    faults: Faults
    now: Callable[[], datetime]


class Enforcer:
    """mitmproxy addon: nothing goes out unless its head was read, decided on and allowed here."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.faults = parts.faults
        self._in_flight: defaultdict[str, set[str]] = defaultdict(set)  # requests by the connection they came on

    @property
    def in_flight(self) -> int:
        """How many requests have come in and are not answered to their end."""
        return sum(map(len, self._in_flight.values()))

    @property
    def parts(self) -> Parts:
        """What it works with."""
        return self._parts

    def client_disconnected(self, client: Client) -> None:
        """Forget what was kept about a connection."""
        self.faults.distrusted.forget(client)
        self._in_flight.pop(client.id, None)

    @closed_on_fault
    async def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Read, decide, and open the gate or answer. The one place where a verdict is given."""
        gate.close(flow)
        if flow.error is not None:  # mitmproxy found the head malformed and refuses it by itself
            return
        self._in_flight[flow.client_conn.id].add(flow.id)
        parts = self._parts
        parts.metrics.requested("https" if flow.request.scheme == "https" else "http")
        if parts.in_force.now is None:
            self._fault(flow, FaultKind.NO_POLICY, None)
            return
        try:
            target = read_target(flow.request, flow.client_conn.sni)
        except AmbiguousRequestError as error:
            self._fault(flow, FaultKind.AMBIGUOUS_REQUEST, None, str(error))
            return
        if parts.portal.is_for(target):
            parts.portal.send(flow)
            return
        await self._decide(flow, target)

    async def _decide(self, flow: http.HTTPFlow, target: Target) -> None:
        parts = self._parts
        while True:
            failure: FaultKind | None = None
            snapshot = parts.in_force.now
            assert snapshot is not None
            subject = snapshot.subjects.at(flow.client_conn.peername[0])
            if snapshot.engine.index.used:
                target = target.used_for(use_of(flow.request))
            access = Access(subject, target, parts.now())
            started = time.perf_counter()
            decision = decide(snapshot.engine, snapshot.grants, access)
            took = time.perf_counter() - started
            if not decision.allowed:
                break
            safe = address_inside(decision.obligations)
            try:
                await parts.outbound.addresses(safe or target.host, target.port)
            except NotReachableError as error:
                if error.kind == NotReachableError.PRIVATE:
                    decision = replace(
                        decision, effect=Effect.BLOCK, reason=Reason.PRIVATE_ADDRESS, rule=None, grant=None
                    )
                else:
                    failure = fault_kind_of(str(error), led=bool(safe))
            if parts.in_force.now is snapshot:  # else something else came into force while the name was looked up
                break
        method, headers = flow.request.method, flow.request.headers
        if not decision.allowed:
            gate.refuse(flow, self.refused(method, snapshot, access, decision, took, headers))
            return
        self.count(access, decision, took)
        self.write_down(method, access, decision, None, took)
        if failure is not None:
            self._fault(flow, failure, target.host)
        else:
            await_answer(flow, access, decision)
            remember(flow, access, decision)
            self._let_out(flow, decision)

    def _let_out(self, flow: http.HTTPFlow, decision: Decision) -> None:
        request = flow.request
        oblige(request, decision.obligations)
        if asks_for_websocket(request):
            request.headers.pop("sec-websocket-extensions", None)  # nothing is decompressed here
        request.stream = Meter(self._parts.metrics, "up")
        gate.open_for(flow, through=address_inside(decision.obligations))

    def count(self, access: Access, decision: Decision, took: float) -> None:
        """Count a decision that was carried out; `took` in seconds."""
        self._parts.metrics.decided(decision.effect, decision.reason, access.subject.group, took)

    def refused(
        self,
        method: str,
        snapshot: Snapshot,
        access: Access,
        decision: Decision,
        took: float,
        headers: Mapping[str, str],
    ) -> Answer:
        """The answer to a request with these headers that policy refuses; it is counted and written down."""
        code = new_code(os.urandom(_CODE_BYTES))
        self.count(access, decision, took)
        self.write_down(method, access, decision, code, took)
        return self._explained(snapshot, access, decision, code, headers)

    def _explained(
        self, snapshot: Snapshot, access: Access, decision: Decision, code: str, headers: Mapping[str, str]
    ) -> Answer:
        parts = self._parts
        url = access.target.url or canonical_url(f"https://{bracketed(access.target.host)}:{access.target.port}/")
        # asked for, and asked to be opened, is the address inside a carrier's where that decided
        token = parts.references.sign(_reference(code, access, decision.carried or url, decision))
        explanation = explain(
            snapshot.engine,
            snapshot.grants,
            access,
            decision,
            reference=code,
            ask_url=parts.portal.link(url.scheme, f"/ask/{token}"),
        )
        started = time.perf_counter()
        page = answer(
            explanation,
            parts.renderer,
            accept=headers.get("accept", ""),
            destination=headers.get("sec-fetch-dest"),
            path=url.path,
        )
        parts.metrics.page_rendered(explanation.kind, explanation.reader, time.perf_counter() - started)
        return page

    def _fault(self, flow: http.HTTPFlow, kind: FaultKind, host: str | None, detail: str = "") -> None:
        self._parts.metrics.fault(kind)
        gate.refuse(flow, self._page(flow, kind, host, detail))

    def _page(self, flow: http.HTTPFlow, kind: FaultKind, host: str | None, detail: str) -> Answer:
        return self.fault_page(kind, host, detail, flow.request.headers, flow.request.path.partition("?")[0])

    def fault_page(
        self, kind: FaultKind, host: str | None, detail: str, headers: Mapping[str, str], path: str = "/"
    ) -> Answer:
        """The answer to a request with these headers that met a fault on its way."""
        policy = self._parts.in_force.policy
        return fault_page(
            kind,
            host,
            None if policy is None else policy.school.name,
            detail,
            accept=headers.get("accept", ""),
            destination=headers.get("sec-fetch-dest"),
            path=path,
            renderer=self._parts.renderer,
        )

    def refuse_answer(self, flow: http.HTTPFlow, kind: FaultKind) -> None:
        """Lay down a fault's page in the place of the origin's answer."""
        self._parts.metrics.fault(kind)
        gate.replace_response(flow, self._page(flow, kind, flow.request.host, ""))

    def unreachable(self, flow: http.HTTPFlow, error: str) -> http.Response:
        """The page for an origin that could not be reached, or whose certificate is not good."""
        kind = fault_kind_of(error)
        self._parts.metrics.fault(kind)
        return gate.response_from(self._page(flow, kind, flow.request.host, detail_of(error)))

    def write_down(
        self,
        method: str,
        access: Access,
        decision: Decision,
        code: str | None,
        took: float,
        fault: FaultKind | None = None,
    ) -> None:
        """Keep a decision in the log; of a connection that is not looked into there is no path.

        A `fault` stands in the place of the decision's effect and reason: policy allowed it, and it was refused for that.
        """
        target, subject, url = access.target, access.subject, access.target.url
        path = "" if url is None else url.path
        in_force = self._parts.in_force.now
        asks_for_uses = in_force is not None and in_force.engine.index.used
        sealed = SEALED in decision.membership.categories  # a list may hold a whole site: its host is the address then
        self._parts.log.write(
            DecisionRecord(
                at=access.at,
                groups=subject.named_groups,
                place=subject.place,
                device=_text(subject),
                method=method,
                scheme="https" if url is None else url.scheme,
                host=WITHHELD if sealed else target.host,
                port=target.port,
                path=WITHHELD if sealed else path,
                effect=decision.effect if fault is None else Effect.BLOCK,
                reason=decision.reason if fault is None else fault,
                rule=None if decision.rule is None else decision.rule.id,
                grant=None if decision.grant is None else decision.grant.id,
                categories=tuple(sorted(decision.membership.categories)),
                apps=tuple(sorted(decision.membership.apps)),
                reference=code,
                revision=decision.revision,
                microseconds=round(took * 1e6),
                uses=tuple(sorted(map(named, target.use.certain))) if asks_for_uses and url is not None else (),
            )
        )

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
        if explain_account(self, flow):
            return
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            response.stream = Meter(self._parts.metrics, "down")
            response.headers.pop("connection", None)  # what an origin says of its own connection
        elif response.headers.get("upgrade", "").lower() != "websocket" or not asks_for_websocket(flow.request):
            return
        # Saywhy does not see HTTP/3: without this header browsers do not try it
        response.headers.pop("alt-svc", None)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            hold(self, flow)
        gate.pass_response(flow)

    @closed_on_fault
    def response(self, flow: http.HTTPFlow) -> None:
        """The response has gone to its end; a WebSocket goes on."""
        if flow.websocket is None:
            self._ended(flow)

    def _ended(self, flow: http.HTTPFlow) -> None:
        if flow.client_conn.id in self._in_flight:  # else its connection has ended, and all that came on it
            self._in_flight[flow.client_conn.id].discard(flow.id)

    def error(self, flow: http.HTTPFlow) -> None:
        """The flow broke off."""
        self._ended(flow)

    def websocket_end(self, flow: http.HTTPFlow) -> None:
        """The WebSocket was closed."""
        self._ended(flow)

    @closed_on_fault
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Count a message and let go of it: mitmproxy would keep each for the connection's life."""
        assert flow.websocket is not None
        for message in flow.websocket.messages:
            if flow.client_conn in self.faults.distrusted:
                message.drop()
            self._parts.metrics.relayed("up" if message.from_client else "down", len(message.content))
        flow.websocket.messages.clear()


def _text(subject: Subject) -> str | None:
    return None if subject.device is None else str(subject.device)


def _reference(code: str, access: Access, url: Url, decision: Decision) -> Reference:
    subject = access.subject
    return Reference(
        code=code,
        host=url.host,
        url=url.without_query,
        scheme=url.scheme,
        rule=None if decision.rule is None else decision.rule.id,
        reason=decision.reason,
        groups=subject.named_groups,
        place=subject.place,
        device=_text(subject),
        reader=subject.reader,
        at=access.at,
        revision=decision.revision,
    )
