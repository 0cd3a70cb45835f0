"""What is in force now: an engine and grants, and whatever is remembered of them, as one snapshot swapped by reference.

Nothing that is remembered outlives what it was worked out from: it lives in the snapshot. Whoever decides takes one and
stays with it; whoever waited in between looks whether another is in force by now.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from saywhy.decide.access import Subject, subject_at
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.policy.policy import Policy
from saywhy.proxy.bounded_cache import BoundedCache
from saywhy.proxy.page_memory import PageMemory

_REMEMBERED = 8192
_SECONDS = 64  # whose stages are remembered


class Subjects:
    """Who is behind the addresses of clients, by one engine."""

    __slots__ = ("_engine", "_known")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: BoundedCache[str, Subject] = BoundedCache(_REMEMBERED)

    def at(self, peer: str) -> Subject:
        """The subject behind a client's address, as the operating system gives it."""
        known = self._known.get(peer)
        if known is not None:
            return known
        address = ip_address(peer.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return self._known.keep(peer, subject_at(self._engine, address))


class Snapshot:
    """An engine, the grants, the subjects by that engine, and the pages that were made from both. Never changed."""

    __slots__ = ("_stages", "engine", "grants", "pages", "subjects")

    def __init__(self, engine: Engine, grants: Grants, subjects: Subjects | None = None) -> None:
        self.engine = engine
        self.grants = grants
        self.subjects = subjects or Subjects(engine)
        self.pages = PageMemory()
        self._stages: BoundedCache[int, tuple[object, ...]] = BoundedCache(_SECONDS)

    @property
    def policy(self) -> Policy:
        """What the engine was made from."""
        return self.engine.policy

    def stage(self, at: datetime) -> tuple[object, ...]:
        """What tells moments (aware) apart at which something else is allowed, though nothing was changed; to the second."""
        second = int(at.timestamp())
        known = self._stages.get(second)
        if known is None:
            local = at.astimezone(self.policy.school.timezone)
            known = self._stages.keep(second, (self.engine.index.stage(local), self.grants.stage(at)))
        return known


class InForce:
    """The snapshot in force, None until a policy has loaded. Written by `serve`, read on the way of a request."""

    def __init__(self, engine: Engine | None = None, grants: Grants = NO_GRANTS) -> None:
        self._writing = threading.Lock()
        self._grants = grants
        self._changed: Callable[[], None] | None = None
        self.answer_time: timedelta | None = None  # in which people usually hear back, in time of school; only told
        self.now: Snapshot | None = None if engine is None else Snapshot(engine, grants)

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Call `tell` after each change, in the thread that made it."""
        self._changed = tell

    @property
    def policy(self) -> Policy | None:
        """The last good policy."""
        now = self.now
        return None if now is None else now.policy

    @property
    def engine(self) -> Engine | None:
        """What the last good policy and the lists were compiled to."""
        now = self.now
        return None if now is None else now.engine

    @engine.setter
    def engine(self, engine: Engine) -> None:
        with self._writing:
            self.now = Snapshot(engine, self._grants)
        self._tell()

    @property
    def grants(self) -> Grants:
        """The grants read last."""
        return self._grants

    @grants.setter
    def grants(self, grants: Grants) -> None:
        with self._writing:
            self._grants = grants
            if self.now is not None:
                self.now = Snapshot(self.now.engine, grants, self.now.subjects)
        self._tell()

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed()
