"""A policy folder, a keeper and its revisions, for the tests of several modules."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from saywhy.policy.policy import Policy
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Revisions
from tests.wire.filter_process import POLICY

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
NAMES = [f"bet{number}.example" for number in range(10)]
GOOD = POLICY.replace("ORIGIN_PORT", "8443") + "categories: {bets: {lists: [lists/bets.txt]}}\n"
CHANGED = GOOD.replace("Shorts never end.", "Shorts go on and on.")
BROKEN = GOOD.replace("block: {apps: [blocked]}", "blokc: {apps: [blocked]}")
CUT = GOOD[: GOOD.index("  - id: staff-may")] + GOOD[GOOD.index("categories:") :]  # loads, with 1 of 4 rules


@dataclass
class Records:
    loaded: list[str] = field(default_factory=list)
    failed: int = 0
    rolled_back: list[bool] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def policy_loaded(self, revision: str, at: datetime, groups: Iterable[str] | None = None) -> None:
        self.loaded.append(revision)

    def policy_failed(self, at: datetime) -> None:
        self.failed += 1

    def policy_rolled_back(self, rolled_back: bool) -> None:
        self.rolled_back.append(rolled_back)

    def fault(self, kind: str) -> None:
        self.faults.append(kind)


@dataclass
class School:
    """Files to write and a keeper to look at them."""

    path: Path
    records: Records = field(default_factory=Records)

    def __post_init__(self) -> None:
        self.folder = self.path / "policies"
        self.revisions = Revisions(self.path / "state" / "policy")
        self.save(GOOD)
        (self.folder / "lists").mkdir()
        self.save("\n".join(NAMES), "lists/bets.txt")
        self.make_keeper: Callable[[], PolicyKeeper] = lambda: PolicyKeeper(
            self.folder, self.revisions, lambda: NOW, poll=0.02, settled=0.05
        )

    def save(self, text: str | bytes, name: str = "school.yaml") -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)

    def start(self) -> Policy | None:
        """A process begins: as after a restart."""
        self.keeper = self.make_keeper()
        self.keeper._records = self.records
        return self.keeper.begin()

    def look(self, text: str | bytes | None = None, name: str = "school.yaml") -> str:
        """Save, let the keeper look; the revision in force."""
        if text is not None:
            self.save(text, name)
        self.keeper.look()
        return self.in_force

    def until(self, happens: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something that a thread does."""
        deadline = time.monotonic() + seconds
        while not happens():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    @property
    def in_force(self) -> str:
        current = self.revisions.current()
        return "" if current is None else current.revision

    @property
    def problems(self) -> str:
        return "\n".join(str(problem) for problem in self.revisions.folder_state.problems)

    @property
    def revisions_made(self) -> Revisions:
        """The folder of revisions, with nothing in it yet."""
        self.revisions.prepare()
        return self.revisions
