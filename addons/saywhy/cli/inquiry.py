"""What `saywhy explain` finds out: the decision, its trace and what its reader is told."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from saywhy.cli.permits import Permit
from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide, trace
from saywhy.decide.decision import Decision, Step
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.explain import explain, purposes_of
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.words import Languages
from saywhy.policy.catalogue import Alternative, Source
from saywhy.policy.policy import Policy
from saywhy.serve.settings import PORTAL_NAME


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An access, answered by the policy alone. `permits` are those of a running filter's store, None where it has none.

    `connection` is the decision on the host alone, as it is made before anything is decrypted.
    """

    folder: Path
    policy: Policy
    access: Access
    decision: Decision
    connection: Decision
    trace: tuple[Step, ...]
    explanation: Explanation
    permits: tuple[Permit, ...] | None = None

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
        for purpose in purposes_of(self.policy, rule, self.decision):
            for place in self.policy.catalogue.purposes[purpose].alternatives:
                if (purpose, place) not in met:
                    yield purpose, place

    def file_of(self, source: Source) -> str:
        """A source's file as it can be opened from here; an imported list, and what came with Saywhy, by its name."""
        if not source.line:
            return f"list {source.file}"
        return source.file if source.builtin else str(self.folder / source.file)

    def place_of(self, source: Source) -> str:
        """A source as `file:line`."""
        if not source.line:
            return self.file_of(source)
        return f"{self.file_of(source)}:{source.line}"


def inquire(
    folder: Path, policy: Policy, access: Access, *, reference: str | None = None, languages: Languages | None = None
) -> Inquiry:
    """Decide an access and explain it, by the same functions as the proxy. `reference` is what a page would show."""
    decision = decide(policy, NO_GRANTS, access)
    # a link, so that the reader is told that there is a form; it leads to no form
    ask_url = f"https://{PORTAL_NAME}/ask/example"
    explanation = explain(
        policy, NO_GRANTS, access, decision, reference=reference, ask_url=ask_url, languages=languages
    )
    target = access.target
    by_name = replace(access, target=Target(target.host, target.port))
    connection = decision if target.url is None else decide(policy, NO_GRANTS, by_name)
    return Inquiry(folder, policy, access, decision, connection, trace(policy, access, decision), explanation)
