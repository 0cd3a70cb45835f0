"""What `saywhy explain` finds out: the decision, its trace and what its reader is told."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from saywhy.cli.permits import Permit, permits_among
from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason, Step
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.trace import trace
from saywhy.explain.explain import explain, purposes_of
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.words import Languages
from saywhy.policy.catalogue import Alternative, Source
from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.serve.basis import Basis


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An access, answered as the filter does. `permits` are those about it in the store, None where there is none.

    `connection` is the decision on the host alone, as it is made before anything is decrypted.
    """

    basis: Basis
    access: Access
    decision: Decision
    connection: Decision
    trace: tuple[Step, ...]
    explanation: Explanation
    grants: Grants = NO_GRANTS
    permits: tuple[Permit, ...] | None = None

    @property
    def engine(self) -> Engine:
        """What decided."""
        return self.basis.engine

    @property
    def encrypted(self) -> bool:
        """Whether what is asked for comes inside TLS, as far as can be told."""
        url = self.access.target.url
        return url is None or url.scheme in ("https", "wss")

    def left_out(self) -> Iterator[tuple[str, Alternative]]:
        """Places that the rule's purposes name and the page has no room for, each after its purpose's id."""
        told, rule = self.explanation, self.decision.rule
        if told.kind is Kind.OPEN or rule is None:
            return
        met = {(one.id, place) for one in told.purposes for place in one.alternatives}
        met |= {(one.purpose, one.alternative) for one in told.dropped}
        for purpose in purposes_of(self.engine, rule, self.decision):
            for place in self.engine.policy.catalogue.purposes[purpose].alternatives:
                if (purpose, place) not in met:
                    yield purpose, place

    def file_of(self, source: Source) -> str:
        """A source's file as it can be opened from here; an imported list, and what came with Saywhy, by its name."""
        if not source.line:
            return f"list {source.file}"
        return source.file if source.builtin else str(self.basis.folder / source.file)

    def place_of(self, source: Source) -> str:
        """A source as `file:line`."""
        if not source.line:
            return self.file_of(source)
        return f"{self.file_of(source)}:{source.line}"


def inquire(
    basis: Basis,
    access: Access,
    *,
    reference: str | None = None,
    languages: Languages | None = None,
    language: str = "",
) -> Inquiry:
    """Decide an access and explain it, by the same functions as the proxy. `reference` is what a page would show."""
    engine, target = basis.engine, access.target
    held, note = basis.permits(access.at, target.host)
    if note:
        basis = replace(basis, notes=(*basis.notes, note))
    grants = Grants(held) if held else NO_GRANTS
    decision = decide(engine, grants, access)
    # a link, so that the reader is told that there is a form; it leads to no form
    form = "caution" if decision.reason is Reason.CAUTION else "ask"
    ask_url = f"https://{PORTAL_NAME}/{form}/example"
    explanation = explain(
        engine,
        grants,
        access,
        decision,
        reference=reference,
        ask_url=ask_url,
        languages=languages,
        page_language=PageLanguage(language, url=None if reference is None else f"https://{PORTAL_NAME}/why/example"),
    )
    connection = decision if target.url is None else decide(engine, grants, access.by_name)
    permits = None if held is None else tuple(permits_among(engine, access, held))
    return Inquiry(basis, access, decision, connection, trace(engine, access, decision), explanation, grants, permits)
