"""What `saywhy explain` finds out: the decision, its trace and what its reader is told."""

from dataclasses import dataclass
from pathlib import Path

from addons.decide.access import Access
from addons.decide.decide import decide, trace
from addons.decide.decision import Decision, Step
from addons.decide.grants import NO_GRANTS
from addons.explain.explain import explain
from addons.explain.explanation import Explanation
from addons.policy.catalogue import Source
from addons.policy.policy import Policy
from addons.serve.settings import PORTAL_NAME


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An access, answered. Grants are not part of it: they are in the store of a running filter."""

    folder: Path
    policy: Policy
    access: Access
    decision: Decision
    trace: tuple[Step, ...]
    explanation: Explanation

    def file_of(self, source: Source) -> str:
        """A source's file as it can be opened from here; an imported list by its name."""
        if not source.line:
            return f"list {source.file}"
        return str(self.folder / source.file)

    def place_of(self, source: Source) -> str:
        """A source as `file:line`."""
        if not source.line:
            return self.file_of(source)
        return f"{self.file_of(source)}:{source.line}"


def inquire(folder: Path, policy: Policy, access: Access) -> Inquiry:
    """Decide an access and explain it, by the same functions as the proxy."""
    decision = decide(policy, NO_GRANTS, access)
    # a link, so that the reader is told that there is a form; nobody follows it from here
    ask_url = f"https://{PORTAL_NAME}/ask"
    explanation = explain(policy, NO_GRANTS, access, decision, reference=None, ask_url=ask_url)
    return Inquiry(folder, policy, access, decision, trace(policy, access, decision), explanation)
