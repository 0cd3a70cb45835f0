"""The ways that are compared: by Saywhy or straight to the origin, HTTP/2 or HTTP/1.1."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from bench.page_load.pages import HOSTS
from bench.peers import saywhy
from bench.peers.accounting import cpu_seconds
from bench.peers.authority import Authority, p256
from bench.peers.waiting import until_listening

_POLICY: Final = """
school: {name: Bench School, timezone: Europe/London}
roles: {it: IT support}
groups:
  students: {label: Students}
places:
  - {network: 127.0.0.0/8, groups: [students]}
reach: {ports: [443], addresses: [198.51.100.0/24]}
default: allow
inspection: {always: {domains: [page.test]}}
purposes:
  watch:
    label: Watch something short
    alternatives:
      - {name: Good One, url: "https://h1.page.test/", trusted: Made for schools.}
rules:
  - id: listed
    block: {categories: [gambling]}
    for: [students]
    why: {risk: This site is on the list that the benchmark made.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
# Children are forked from the command's process, so they find what it has put there.
HTTP_1_ALONE: Final = "from saywhy.proxy.tls.device_contexts import DeviceContexts; DeviceContexts.__init__.__kwdefaults__['http2'] = False; "


class Saywhy(saywhy.Saywhy):
    """As it comes: devices are offered HTTP/2, and origins what the device chose."""

    key = "filter-http2"
    policy: ClassVar[str] = _POLICY

    def cpu(self) -> float:
        """Seconds that all its processes have spent."""
        return cpu_seconds(self.pid)


class SaywhyHttp1(Saywhy):
    """It offers devices HTTP/1.1 alone. No setting says so: the default of `DeviceContexts` is another one before it runs."""

    key = "filter-http1"
    port = 3152

    def command(self) -> Sequence[str]:
        """The same program, told beforehand."""
        return [HTTP_1_ALONE + one if one == saywhy.RUN else one for one in super().command()]


class SaywhyBehind(Saywhy):
    """HTTP/2 towards the browser by `http2_front`, which asks the filter's thin lane by HTTP/1.1."""

    key = "filter-http2-front"
    port = 3162
    _FRONT_PORT: ClassVar[int] = 3165

    def start(self) -> None:
        """The filter, then the front, which has an authority of its own that the browser trusts."""
        super().start()
        authority = Authority(self.folder / "front", "Front", p256())
        leaf, key = authority.leaf(HOSTS, p256())
        said = (str(self._FRONT_PORT), str(self.port), str(self.trust), str(leaf), str(key))
        root = Path(__file__).parents[2]
        self._front = subprocess.Popen([sys.executable, "-m", "bench.page_load.http2_front", *said], cwd=root)
        until_listening("127.0.0.1", self._FRONT_PORT, self._front)
        self.trust, self.port = authority.certificate, self._FRONT_PORT  # type: ignore[misc]  # where browsers go

    def stop(self) -> None:
        """Both."""
        self._front.kill()
        self._front.wait()
        super().stop()

    def cpu(self) -> float:
        """Seconds that both have spent."""
        return cpu_seconds(self.pid) + cpu_seconds(self._front.pid)


@dataclass(frozen=True, slots=True)
class Way:
    """How a browser is started for it: through which proxy, trusting whom (PEM), with which arguments besides.

    `spoken` is what the browser has to say it spoke (ALPN), `cpu` what the filter has spent so far, in seconds.
    """

    key: str
    spoken: str
    trust: Path
    proxy: str | None = None
    arguments: tuple[str, ...] = ()
    cpu: Callable[[], float] | None = None
