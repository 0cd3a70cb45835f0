"""What the proxy works with; `serve` puts it together."""

from dataclasses import dataclass

from saywhy.observe.metrics import Metrics
from saywhy.proxy.faults import Faults
from saywhy.proxy.judge import Judge
from saywhy.proxy.outbound import Outbound
from saywhy.proxy.portal_route import PortalRoute


@dataclass(frozen=True, slots=True)
class Parts:
    """Each of them once in a process."""

    judge: Judge
    outbound: Outbound
    portal: PortalRoute
    metrics: Metrics
    faults: Faults
