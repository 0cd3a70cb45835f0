"""What happens to an access, whichever way it comes: it is decided on, counted, written down, and explained.

The front door, the lanes behind it and `mitmdump -s` all ask here; nothing else decides, and nothing else refuses.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from markupsafe import escape

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.file_signs import NO_KINDS, Kinds
from saywhy.decide.use import READING, Use
from saywhy.explain.accept import Shape, destination_of, shape_for
from saywhy.explain.answer import Answer, answer
from saywhy.explain.cross_origin import shared
from saywhy.explain.explain import explain
from saywhy.explain.fault import FaultKind, fault_page
from saywhy.explain.reading_language import PageLanguage, chosen, offered
from saywhy.explain.reference import Reference, References, new_code
from saywhy.explain.render import PageRenderer
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.lane_figures import Lane
from saywhy.observe.metrics import Metrics
from saywhy.policy.address import bracketed, canonical_url
from saywhy.policy.obligation import safe_address_inside
from saywhy.policy.rule import Effect
from saywhy.proxy.asking_page import asking_page
from saywhy.proxy.fault_kinds import fault_kind_of
from saywhy.proxy.in_force import InForce, Snapshot
from saywhy.proxy.judged import Judged
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Outbound, Portal
from saywhy.proxy.page_memory import Made

_CODE_BYTES: Final = 8
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Judge:
    """The one place where a verdict is given, and where a refusal is made."""

    def __init__(  # what a decision touches on its way
        self,
        in_force: InForce,
        outbound: Outbound,
        renderer: PageRenderer,
        references: References,
        portal: Portal,
        metrics: Metrics,
        log: DailyLog,
        now: Callable[[], datetime],
    ) -> None:
        self.in_force = in_force
        self._outbound = outbound
        self._renderer = renderer
        self._references = references
        self._portal = portal
        self._metrics = metrics
        self._log = log
        self._now = now

    def judge(self, peer: str, target: Target) -> Judged | None:
        """Decide on what the client at an address asks for. None: there is no policy yet."""
        snapshot = self.in_force.now
        return None if snapshot is None else self._judged(snapshot, peer, target)

    def judged_now(self, judged: Judged, peer: str) -> Judged | None:
        """The judgement, or another where something else came into force since."""
        return judged if self.holds(judged) else self.judge(peer, judged.access.target)

    def holds(self, judged: Judged) -> bool:
        """Whether the same is in force as when it was decided: nothing was changed, and no lesson or permit began or ended."""
        snapshot = judged.snapshot
        return snapshot is self.in_force.now and snapshot.stage(judged.access.at) == self.stage()

    def again(self, judged: Judged, peer: str, use: Use) -> Judged | None:
        """Decide again on what was let out. `use` is what is done, as far as it was not asked before."""
        target = judged.access.target
        return self.judge(peer, target.used_for(use) if target.use == READING else target)

    def judge_answer(self, peer: str, target: Target, use: Use) -> Judged | None:
        """Decide once more on what was let out, now that its answer tells the use. None: there is no policy any more."""
        return self.judge(peer, target.used_for(Use(target.use.certain | use.certain, settled=True)))

    def kinds_asked(self) -> Kinds:
        """The kinds of file that the policy in force asks about."""
        snapshot = self.in_force.now
        return NO_KINDS if snapshot is None else snapshot.engine.index.kinds_asked

    def stage(self) -> object:
        """What differs at moments at which something else is allowed, since time has passed."""
        snapshot = self.in_force.now
        return None if snapshot is None else snapshot.stage(self._now())

    async def judge_inside(
        self, peer: str, target: Target, use: Callable[[], Use]
    ) -> tuple[Judged | None, FaultKind | None]:
        """Decide on a request, and find where it would go: what is allowed may lead to a private address, or nowhere.

        `use` tells what is done; it is asked where rules ask for it. A fault means that policy allows it all the same.
        """
        while True:
            snapshot = self.in_force.now
            if snapshot is None:
                return None, FaultKind.NO_POLICY
            asked = target.used_for(use()) if snapshot.engine.index.used else target
            judged = self._judged(snapshot, peer, asked)
            if not judged.decision.allowed:
                return judged, None
            reached = await self._reached(judged)
            if self.holds(judged):  # else something else came into force while the name was looked up
                return reached

    def _judged(self, snapshot: Snapshot, peer: str, target: Target) -> Judged:
        access = Access(snapshot.subjects.at(peer), target, self._now())
        started = time.perf_counter()
        decision = decide(snapshot.engine, snapshot.grants, access)
        return Judged(snapshot, access, decision, time.perf_counter() - started)

    async def _reached(self, judged: Judged) -> tuple[Judged, FaultKind | None]:
        decision, target = judged.decision, judged.access.target
        safe = safe_address_inside(decision.obligations)
        try:
            await self._outbound.addresses(safe or target.host, target.port)
        except NotReachableError as error:
            if error.kind != NotReachableError.PRIVATE:
                return judged, fault_kind_of(str(error), led=bool(safe))
            closed = replace(decision, effect=Effect.BLOCK, reason=Reason.PRIVATE_ADDRESS, rule=None, grant=None)
            return replace(judged, decision=closed), None
        return judged, None

    def let_out(self, lane: Lane, method: str, judged: Judged, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        """Count and write down what is allowed, and carried out: a request with these headers, or a relay."""
        self._count(lane, judged)
        self._write_down(method, judged, page=asking_page(headers))

    def kept_in(self, method: str, judged: Judged, fault: FaultKind) -> None:
        """Write down what policy allows, and a fault refuses."""
        self._write_down(method, judged, fault=fault)

    def refused(self, lane: Lane, method: str, judged: Judged, headers: Mapping[str, str]) -> Answer:
        """The answer to a request with these headers that policy refuses; it is counted and written down."""
        code = new_code(os.urandom(_CODE_BYTES))
        self._count(lane, judged)
        self._write_down(method, judged, code=code, page=asking_page(headers), cared=_is_cared_for(judged, headers))
        return shared(self._explained(judged, code, headers), method, headers)

    def faulted(
        self,
        kind: FaultKind,
        host: str | None = None,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        path: str = "/",
        method: str = "",
    ) -> Answer:
        """The answer to a request with these headers that met a fault on its way; it is counted."""
        self._metrics.fault(kind)
        policy, said = self.in_force.policy, headers or {}
        offer = offered(policy, self._renderer.languages.by_code)
        page = fault_page(
            kind,
            host,
            None if policy is None else policy.school.name,
            detail,
            accept=said.get("accept", ""),
            destination=destination_of(said),
            path=path,
            content_type=said.get("content-type", ""),
            renderer=self._renderer if policy is None else self._renderer.wearing(policy.school.look),
            page_language=PageLanguage(
                chosen(offer, accept_language=said.get("accept-language", "")),
                offer,
                None if policy is None else self._portal.link("http", f"/fault/{kind.value}"),
            ),
        )
        return shared(page, method, said)

    def _count(self, lane: Lane, judged: Judged) -> None:
        decision = judged.decision
        if judged.is_test:
            return
        self._metrics.decided(decision.effect, decision.reason, judged.access.subject.group)
        self._metrics.lanes.decided(lane, judged.took)
        self._metrics.traffic.decided(decision)

    def _write_down(
        self,
        method: str,
        judged: Judged,
        *,
        code: str | None = None,
        fault: FaultKind | None = None,
        page: str = "",
        cared: bool = False,
    ) -> None:
        if judged.is_test:
            return
        uses = bool(judged.snapshot.engine.index.used)
        record = DecisionRecord.of(
            method, judged.access, judged.decision, took=judged.took, reference=code, fault=fault, uses=uses, page=page,
            cared=cared,
        )  # fmt: skip
        self._log.write(record)

    def _explained(self, judged: Judged, code: str, headers: Mapping[str, str]) -> Answer:
        access, decision = judged.access, judged.decision
        url = access.target.url or canonical_url(f"https://{bracketed(access.target.host)}:{access.target.port}/")
        # asked for, and asked to be opened, is the address inside a carrier's where that decided
        token = self._references.sign(Reference.of(code, access, decision, decision.carried or url))
        form = "caution" if decision.reason is Reason.CAUTION else "ask"
        ask_url = self._portal.link(url.scheme, f"/{form}/{token}")
        language_url = self._portal.link(url.scheme, f"/why/{token}")
        accept, destination = headers.get("accept", ""), destination_of(headers)
        sent = headers.get("content-type", "")
        policy = judged.snapshot.engine.policy
        offer = offered(policy, self._renderer.languages.by_code)
        wish = policy.language_of(access.subject.named_groups)
        language = chosen(offer, wish, accept_language=headers.get("accept-language", ""))

        renderer = self._renderer.wearing(judged.snapshot.policy.school.look)

        def make() -> Made:
            told = explain(
                judged.snapshot.engine,
                judged.snapshot.grants,
                access,
                decision,
                reference=code,
                ask_url=ask_url,
                languages=self._renderer.languages,
                page_language=PageLanguage(language, offer, language_url),
            )
            page = answer(told, renderer, accept=accept, destination=destination, path=url.path, content_type=sent)
            return page, told.kind, told.reader

        started = time.perf_counter()
        shape = shape_for(accept, destination, url.path, sent)
        if shape in (Shape.PAGE, Shape.CARD):
            key = (*_page_of(judged), shape, destination is None, language)
            texts = code.encode(), str(escape(ask_url)).encode(), str(escape(language_url)).encode()
            page, kind, reader = judged.snapshot.pages.page(key, texts, make)
        else:
            page, kind, reader = make()
        if not judged.is_test:
            self._metrics.page_rendered(kind, reader, time.perf_counter() - started)
        return page


def _is_cared_for(judged: Judged, headers: Mapping[str, str]) -> bool:
    """Whether the answer is a page that cares, and somebody opened it: a browser may fetch pages that nobody sees yet."""
    rule, url = judged.decision.rule, judged.access.target.url
    if rule is None or not rule.help or "prefetch" in headers.get("sec-purpose", ""):
        return False
    path = "/" if url is None else url.path
    sent = headers.get("content-type", "")
    return shape_for(headers.get("accept", ""), destination_of(headers), path, sent) in (Shape.PAGE, Shape.CARD)


def _page_of(judged: Judged) -> tuple[object, ...]:
    """All that a page depends on beside its reference, in one snapshot: who asks, for what, what decided, and the minute."""
    engine, access, decision = judged.snapshot.engine, judged.access, judged.decision
    target, subject, rule = access.target, access.subject, decision.rule
    careful = rule is not None and rule.caution is not None  # what the device opened may just be over
    grants = careful or judged.snapshot.grants.count  # one may be for a page
    seen_inside = bool(decision.carried or engine.index.used or grants) or engine.has_patterns(target.host)
    return (
        *(target.host, target.port, target.signs, target.use if seen_inside else None),
        *(target.url if seen_inside else None, decision.carried),
        *(subject.named_groups, subject.place, subject.device if grants else None),
        *(None if rule is None else rule.id, decision.reason),
        *(int(access.at.timestamp()) // 60, judged.snapshot.stage(access.at)),
    )
