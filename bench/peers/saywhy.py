"""Saywhy: `saywhy run` of a checkout, with a school's policy."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from bench.peers.peer import Peer, World

_POLICY: Final = """
school: {name: Bench School, timezone: Europe/London}
roles: {it: IT support}
groups:
  students: {label: Students}
  year9: {label: Year 9, reader: secondary, within: [students]}
places:
  - {network: 127.0.0.0/8, groups: [year9]}
reach: {ports: [80, 443], addresses: [127.0.0.0/8]}
default: allow
purposes:
  watch:
    label: Watch something short
    alternatives:
      - {name: Good One, url: "https://h1.relayed.test/", trusted: Made for schools.}
      - {name: Good Two, url: "https://h2.relayed.test/", trusted: Run by a museum.}
rules:
  - id: listed
    block: {categories: [gambling]}
    for: [students]
    why: {risk: This site is on the list that the benchmark made., would_change: Another benchmark.}
    instead: [watch]
    decided: {by: Senior leadership team, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
    ask: {decides: [it]}
  - id: shorts
    block: {urls: ["inspected.test/shorts"]}
    for: [students]
    why: {risk: Shorts never end.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
_FILES: Final = """
  - id: files
    block: {domains: [inspected.test]}
    files: [programs, archives, disk-images, office-macros]
    for: [students]
    why: {risk: Programs can change a computer.}
    instead: [watch]
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
RUN: Final = "from saywhy.cli.main import run; run()"
_PROFILED: Final = """
import atexit, cProfile
from multiprocessing.util import register_after_fork
from pathlib import Path

def save():
    profile.disable()
    if Path("/proc/self/comm").read_text() == "saywhy worker\\n":
        profile.dump_stats({into!r})

def begin(profile):
    atexit.register(save)
    profile.enable()

profile = cProfile.Profile()
register_after_fork(profile, begin)
"""


class Saywhy(Peer):
    """One worker, as `saywhy run` starts it. `checkout` is the folder whose code and .venv are run."""

    key = "saywhy"
    label = "Saywhy"
    told = (
        "`saywhy run`, one worker; a category list with the names, blocked for students; a rule about a path at "
        "`inspected.test`, so that connections there have to be inspected; its own P-256 authority"
    )
    port = 3132
    can: ClassVar[frozenset[str]] = frozenset({
        "relayed-new", "relayed-kept", "inspected-new", "inspected-kept", "inspected-http2", "plain-kept", "block-pages",
        "block-pages-plain", "bulk-relayed",
        "bulk-inspected", "idle", "school-day",
    })  # fmt: skip
    page_words = b"on the list that the benchmark made"
    policy: ClassVar[str] = _POLICY
    workers: ClassVar[int] = 1

    def __init__(self, world: World, checkout: Path, profile: Path | None = None) -> None:
        super().__init__(world)
        self._checkout = checkout
        self._profile = profile
        self._state = self.folder / "state"
        self.trust = self._state / "ca" / "saywhy-ca.pem"

    def prepare(self) -> None:
        """The policy; the names as a list."""
        policies = self.folder / "policies"
        policies.mkdir()
        (policies / "school.yaml").write_text(self.policy)
        added = subprocess.run(
            [
                self._python(), "-c", RUN, "lists", "add", "bench/listed", str(self.world.listed),
                "--category", "gambling", "--lists", str(self._state / "lists"),
            ],
            cwd=self._checkout, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if added.returncode:
            raise RuntimeError(f"Saywhy did not take the list: {added.stdout}{added.stderr}")
        if self._profile is not None:
            (self.folder / "profiled").mkdir()
            text = _PROFILED.format(into=str(self._profile.absolute()))
            (self.folder / "profiled" / "sitecustomize.py").write_text(text)

    def environment(self) -> Mapping[str, str]:
        """The worker runs under cProfile where a profile is wanted: sitecustomize is read as Python starts."""
        path = [str(self._checkout / "addons"), *([str(self.folder / "profiled")] if self._profile is not None else [])]
        return {"PYTHONPATH": ":".join(path)}

    def directory(self) -> Path:
        """Where settings and lists are made."""
        return self._checkout

    def command(self) -> Sequence[str]:
        """As its documentation says."""
        return (
            self._python(), "-c", RUN, "run", "--policies", str(self.folder / "policies"), "--state", str(self._state),
            "--listen", f"127.0.0.1:{self.port}", "--portal", f"127.0.0.1:{self.port + 1}",
            "--metrics", f"127.0.0.1:{self.port + 2}",
            "--upstream-ca", str(self.world.origin_ca), "--hosts", str(self.world.hosts), "--workers", str(self.workers),
        )  # fmt: skip

    def _python(self) -> str:
        own = self._checkout / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable


class SaywhyFiles(Saywhy):
    """The same, with a rule about kinds of file where connections are inspected anyway."""

    key = "saywhy-files"
    label = "Saywhy, files"
    told = "the same, with a rule that closes programs, archives, disk images and macros at `inspected.test`"
    port = 3142
    can: ClassVar[frozenset[str]] = frozenset({"inspected-kept", "bulk-inspected"})
    policy: ClassVar[str] = _POLICY + _FILES


class SaywhyTwo(Saywhy):
    """The same with two workers: what a second one adds to the rate, where clients and origin leave a core for it."""

    key = "saywhy-two"
    label = "Saywhy, two workers"
    told = "the same as Saywhy with two workers, which share the machine's cores with clients and origin"
    port = 3152
    can: ClassVar[frozenset[str]] = frozenset({"inspected-new", "inspected-kept", "block-pages", "school-day"})
    workers: ClassVar[int] = 2
