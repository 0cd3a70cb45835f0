"""Answers that are decided on once more: of an allowed request that a rule about files could still close."""

from typing import TYPE_CHECKING, Final

from mitmproxy import http

from saywhy.decide.access import Access, Target
from saywhy.decide.use import Use
from saywhy.explain.fault import FaultKind
from saywhy.policy.uses import file_use
from saywhy.proxy.http.content_codings import readable
from saywhy.proxy.http.held_answer import HeldAnswer, ToldByHead
from saywhy.proxy.judged import Judged
from saywhy.proxy.mitm import gate

if TYPE_CHECKING:
    from saywhy.proxy.mitm.enforce import Enforcer

_AWAITED: Final = "saywhy.awaited"
_HELD: Final = "saywhy.held"


class Awaited:
    """One answer: held while it tells too little, then decided on."""

    def __init__(self, enforcer: "Enforcer", flow: http.HTTPFlow, access: Access, held: HeldAnswer) -> None:
        self._enforcer = enforcer
        self._flow = flow
        self._access = access
        self.held = held

    def refuses(self, use: Use) -> bool:
        """Whether policy closes this use; what the client gets instead is then laid down. A fault refuses as well."""
        try:
            return self._refuses(use)
        except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
            self._enforcer.faults.closed("answer", self._flow, error)
            return True

    def _refuses(self, use: Use) -> bool:
        enforcer, flow = self._enforcer, self._flow
        judged = enforcer.judge.judge_answer(flow.client_conn.peername[0], self._access.target, use)
        if judged is None:
            enforcer.refuse_answer(flow, FaultKind.NO_POLICY)
            return True
        if judged.decision.allowed:
            enforcer.in_flight.let_out(flow, judged)
            enforcer.passed(flow, judged)
            return False
        gate.replace_response(flow, enforcer.refused(flow, judged))
        return True


def await_answer(flow: http.HTTPFlow, judged: Judged) -> bool:
    """Remember that the answer is decided on, if it is."""
    if judged.decision.needs_answer:
        flow.metadata[_AWAITED] = judged.access
    return judged.decision.needs_answer


def ask_readably(request: http.Request) -> None:
    """Ask for the answer in a form whose beginning can be read."""
    headers = request.headers
    if "accept-encoding" in headers:
        headers["accept-encoding"] = readable(headers["accept-encoding"])


def hold(enforcer: "Enforcer", flow: http.HTTPFlow) -> None:
    """Have the answer held, if it is awaited; its head is there."""
    access: Access | None = flow.metadata.get(_AWAITED)
    if access is None or access.target.url is None or flow.response is None:
        return

    held = HeldAnswer(_told(flow.response), access.target.url, enforcer.judge.kinds_asked)
    flow.metadata[_HELD] = Awaited(enforcer, flow, access, held)


def told_by_head(flow: http.HTTPFlow, target: Target) -> Target:
    """The target, where the answer has begun without being held: the kinds of file that its head tells are all there is."""
    if flow.response is None or target.url is None:
        return target
    kinds = _told(flow.response).kinds(target.url)
    return target.used_for(target.use.answered(map(file_use, kinds)))


def _told(response: http.Response) -> ToldByHead:
    said = response.headers
    types, named = tuple(said.get_all("content-type")), ("content-disposition", "content-encoding", "content-range")
    return ToldByHead(response.status_code, types, *(said.get(one, "") for one in named))


def awaited(flow: http.HTTPFlow) -> Awaited | None:
    """What holds this flow's answer, if anything does."""
    held: Awaited | None = flow.metadata.get(_HELD)
    return held
