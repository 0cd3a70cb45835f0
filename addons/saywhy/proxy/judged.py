"""An access that was decided on, with what it was decided from."""

from dataclasses import dataclass

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision
from saywhy.decide.inspection import Way, way_of
from saywhy.policy.obligation import safe_address
from saywhy.policy.own_hosts import TEST_NAMES
from saywhy.proxy.in_force import Snapshot


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided from which policy; `took` in seconds. The rest is of a host that was decided on by its name."""

    snapshot: Snapshot
    access: Access
    decision: Decision
    took: float

    def goes_on_as(self, now: "Judged | None") -> bool:
        """Whether what was let out would be let out now, and in the same way."""
        return now is not None and now.decision.allowed and now.decision.obligations == self.decision.obligations

    @property
    def is_test(self) -> bool:
        """Whether it is about a name of the self-test: no figure of decisions and no log has it."""
        return self.access.target.host in TEST_NAMES

    @property
    def way(self) -> Way:
        """Which way the connection goes."""
        return way_of(self.decision)

    @property
    def through(self) -> str:
        """The host that a relay connects to: the site's own, or the safe address that an obligation asks for."""
        return safe_address(self.decision.obligations) or self.access.target.host

    @property
    def speaking(self) -> frozenset[str]:
        """The apps that the host belongs to and that speak more than the web."""
        apps = self.snapshot.policy.catalogue.apps
        return frozenset(one for one in self.decision.membership.apps if one in apps and apps[one].protocols)

    @property
    def protocols(self) -> frozenset[str]:
        """What these apps speak."""
        apps = self.snapshot.policy.catalogue.apps
        return frozenset(protocol for one in self.speaking for protocol in apps[one].protocols)
