"""What is in force in a state folder, followed: policy, lists and sealed lists, handed on as one engine.

The worker, the portal and `mitmdump -s` follow it so; commands read the same parts once (`saywhy.serve.basis`).
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from saywhy.decide.engine import Engine
from saywhy.lists.index import ListIndex
from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_store import SealedStore
from saywhy.lists.taken import TakenLists
from saywhy.policy.policy import Policy
from saywhy.serve import list_watch, policy_follower, sealed_watch
from saywhy.serve.alarms import NO_POLICY, Alarm, Sources
from saywhy.serve.grant_watch import Records
from saywhy.serve.list_watch import ListWatch
from saywhy.serve.policy_follower import PolicyFollower
from saywhy.serve.revisions import Revisions
from saywhy.serve.sealed_watch import SealedWatch
from saywhy.serve.secret import SEALED_LISTS, derived
from saywhy.serve.settings import Settings


class EngineMaker:
    """The policy that was loaded last and the lists that were opened last, handed on as one engine.

    Nothing is handed on while lists that should be there cannot be read: a block by category would be an open way.
    """

    def __init__(self, take: Callable[[Engine], None]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._policy: Policy | None = None
        self._index: ListIndex | None = None
        self._sealed: Sealed | None = None
        self._ready = {"lists": False, "sealed": False}

    def policy(self, policy: Policy) -> None:
        """A policy was loaded."""
        with self._lock:
            self._policy = policy
            self._hand_on()

    def lists(self, index: ListIndex | None) -> None:
        """Lists were opened; None: there are none to open."""
        with self._lock:
            self._index, self._ready["lists"] = index, True
            self._hand_on()

    def sealed(self, sealed: Sealed | None) -> None:
        """Sealed lists were opened; None: there are none."""
        with self._lock:
            self._sealed, self._ready["sealed"] = sealed, True
            self._hand_on()

    def _hand_on(self) -> None:
        if self._policy is None or not all(self._ready.values()):
            return
        engine = Engine(self._policy, self._index, self._sealed)
        engine.prepare()
        self._take(engine)


class EngineWatch:
    """Follows all three; `take` gets an engine at each change. What is wrong goes to the records and to `log`."""

    def __init__(  # one for each thing that may differ between processes
        self,
        settings: Settings,
        secret: bytes,
        take: Callable[[Engine], None],
        records: Records,
        now: Callable[[], datetime],
        *,
        list_records: list_watch.Records,
        count_updates: bool = False,
        log: logging.Logger | None = None,
    ) -> None:
        made = EngineMaker(self._taken)
        self._take = take
        self._engine: Engine | None = None
        self._lists = ListWatch(
            settings.lists_folder,
            made.lists,
            list_records,
            taken=TakenLists(settings.lists_taken, settings.lists_folder),
            count_updates=count_updates,
            log=log or list_watch.logger,
        )
        store = SealedStore(settings.lists_folder, derived(secret, SEALED_LISTS), settings.sealed_copy)
        self._sealed = SealedWatch(store, made.sealed, records, log or sealed_watch.logger)
        self.policy = PolicyFollower(
            Revisions(settings.revisions),
            made.policy,
            records,
            now,
            settings.policy_settled / 2,
            log or policy_follower.logger,
        )

    def _taken(self, engine: Engine) -> None:
        self._engine = engine
        self._take(engine)

    @property
    def engine(self) -> Engine | None:
        """What was handed on last; None before the first."""
        return self._engine

    @property
    def revision(self) -> str:
        """The revision of its policy; empty before the first."""
        return "" if self._engine is None else self._engine.policy.revision

    def poll(self) -> None:
        """Look once."""
        self._sealed.poll()
        self._lists.poll()
        self.policy.load()

    def start(self) -> None:
        """Follow from now on, in threads."""
        for one in (self.policy, self._lists, self._sealed):
            one.start()

    def stop(self) -> None:
        """Stop following."""
        for one in (self.policy, self._lists, self._sealed):
            one.stop()

    @property
    def troubles(self) -> Sources:
        """What can be wrong with it, to be asked again and again."""
        return {
            Alarm.REFUSING: lambda: NO_POLICY if self._engine is None else "",
            Alarm.LISTS: lambda: self._lists.trouble,
            Alarm.SEALED: lambda: self._sealed.trouble,
            Alarm.POLICY: lambda: self.policy.trouble,
        }
