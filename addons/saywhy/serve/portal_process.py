"""The portal's process: `main`, run by the supervisor in a process of its own."""

import logging
import threading
import time
from datetime import timedelta
from functools import partial
from typing import Final

from waitress.server import BaseWSGIServer, create_server

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.store import Store
from saywhy.explain.reference import References
from saywhy.observe.channels import share_out
from saywhy.observe.metrics import Metrics
from saywhy.observe.process_figures import ProcessFigures
from saywhy.observe.request_figures import RequestFigures
from saywhy.observe.telling_figures import TellingFigures
from saywhy.policy.own_hosts import PORTAL_NAME
from saywhy.portal.app import create_app
from saywhy.portal.context import Overblocked, PolicyNotice, PortalContext
from saywhy.portal.dossier.sources import DossierSources
from saywhy.serve.alarms import Alarm, AlarmWatch, ToldSupervisor, as_kinds, tell_supervisor
from saywhy.serve.beats import beat_from
from saywhy.serve.block_counts import BlockCounts
from saywhy.serve.child import end_when_told, log_to_stderr, settings_from_parent
from saywhy.serve.clock import wall_clock
from saywhy.serve.device_sources import device_sources
from saywhy.serve.engine_watch import EngineWatch
from saywhy.serve.list_dates import day_of_list
from saywhy.serve.log_keeping import LogKeeping
from saywhy.serve.open_files import raise_open_files
from saywhy.serve.overblocking_watch import OverblockingWatch, closed_kinds
from saywhy.serve.permit_trials import PermitTrials
from saywhy.serve.permit_use import PermitUse
from saywhy.serve.portal_outside import PortalOutside
from saywhy.serve.secret import REFERENCES, RELAY, REPLIES, SESSIONS, TRAIL, derived, ensure_secret
from saywhy.serve.settings import Settings
from saywhy.serve.store_counts import StoreCounts
from saywhy.serve.telling import TellingPeople
from saywhy.serve.trail_anchor import AnchorFile
from saywhy.serve.upkeep import Upkeep

_COUNT_SECONDS: Final = 2.0
_THREADS: Final = 8
_MOST_CONNECTIONS: Final = 10_000  # each device that has opened the portal through the proxy keeps one for a while
_IDLE_SECONDS: Final = 20
_LARGEST_FORM: Final = 256 * 1024  # bytes of a request body; forms are a few kilobytes


# The proxy's process logs what is wrong with the policy and the lists; here that is only kept from coming into force.
_UNLOGGED: Final = logging.Logger("portal, unlogged", logging.CRITICAL + 1)  # noqa: LOG001 — nobody else shares it


class _Uncounted:
    """The proxy's process counts it as well."""

    def policy_loaded(self, *_: object) -> None:
        """Nothing to count."""

    def policy_failed(self, *_: object) -> None:
        """Nothing to count."""

    def fault(self, *_: object) -> None:
        """Nothing to count."""


class PortalServer:
    """The portal on its own port: waitress, the policy watch and the count of requests."""

    def __init__(self, settings: Settings, tell: ToldSupervisor | None = None, files: int = 0) -> None:
        """`files` is how many this process may open; without `tell` it is not its own, and others tell of it."""
        secret = ensure_secret(settings.secret)
        self._store = Store(lambda: settings.database)
        self._metrics = Metrics()
        self._figures = ProcessFigures(self._metrics.registry, "portal", files)
        # updates are counted here, where there is one process, however many workers there are
        self._overblocking = OverblockingWatch(self._metrics, wall_clock)
        self._watch = EngineWatch(
            settings,
            secret,
            self._overblocking.take,
            _Uncounted(),
            wall_clock,
            list_records=self._metrics,
            count_updates=True,
            log=_UNLOGGED,
        )
        self._watch.poll()
        self._trials = PermitTrials(settings.decision_log, self._store.live_grants)
        anchor = AnchorFile(settings.trail_anchor, derived(secret, TRAIL))
        blocks = BlockCounts(self._store, settings.decision_log, self._metrics.blocks_dropped)
        self._requests = RequestFigures(self._metrics)
        self._counts = StoreCounts(self._store, self._requests, wall_clock)
        self._permit_use = PermitUse(self._store, settings.decision_log, self._requests, wall_clock, self._log_kept)
        self._upkeep = Upkeep(self._store, anchor, blocks, lambda: self._watch.engine, wall_clock, self._requests)
        logs = settings.decision_log, settings.handshake_log
        self._log_keeping = LogKeeping(logs, lambda: self._watch.engine, lambda: blocks.day, wall_clock)
        self._store_trouble = ""
        troubles = {
            **self._watch.troubles,
            Alarm.TRAIL: lambda: anchor.trouble,
            Alarm.STORE: lambda: self._store_trouble,
        }
        told = () if tell is None else (tell, as_kinds(self._metrics.alarms))
        self.alarms = AlarmWatch(troubles, *told, log=_UNLOGGED)
        context = PortalContext(
            engine=lambda: self._watch.engine,
            store=self._store,
            references=References(derived(secret, REFERENCES)),
            secret=derived(secret, SESSIONS),
            now=wall_clock,
            relay_proof=derived(secret, RELAY).hex(),
            observe=self._metrics.portal_event,
            went_on=self._metrics.traffic.went_on,
            policy_notice=self._notice,
            overblocked=self._overblocked,
            own_names=frozenset({PORTAL_NAME, *settings.portal_names}),
            safe_address=f"https://{PORTAL_NAME}",
            limits=settings.limits,
            devices=device_sources(settings),
            dossier=DossierSources(tried=self._trials.look, list_date=partial(day_of_list, settings.lists_folder)),
            outside=PortalOutside(settings, lambda: self._watch.engine, wall_clock).outside,
            asker_domains=lambda: self._telling.asker_domains,
        )
        self._telling = TellingPeople(
            settings,
            self._store,
            lambda: self._watch.engine,
            derived(secret, REPLIES),
            wall_clock,
            TellingFigures(self._metrics),
        )
        server = create_server(
            create_app(context),
            host=settings.portal.host,
            port=settings.portal.port,
            threads=_THREADS,
            max_request_body_size=_LARGEST_FORM,
            ident=None,
            connection_limit=_MOST_CONNECTIONS,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=_IDLE_SECONDS // 4,
            asyncore_use_poll=True,  # select() ends at a thousand
        )
        assert isinstance(server, BaseWSGIServer)  # one address, one server
        share_out(server)
        if tell is not None:
            beat_from(server, tell.is_alive)
        self._server = server
        self._stop = threading.Event()

    def _notice(self) -> PolicyNotice | None:
        folder_state, current = self._watch.policy.folder_state, self._watch.policy.current
        rolled_back_to = current.revision if current is not None and current.pinned else ""
        alarms = tuple(self.alarms.now.values())
        if folder_state.since is None and not rolled_back_to and not alarms:
            return None
        problems = tuple(str(one) for one in folder_state.problems)
        return PolicyNotice(folder_state.since, problems, rolled_back_to, alarms)

    def _log_kept(self) -> timedelta | None:
        engine = self._watch.engine
        return None if engine is None else engine.policy.keep.log

    def _overblocked(self) -> Overblocked | None:
        found = self._overblocking.result
        if found is None:
            return None
        kinds = tuple((one.about.words, one.closed) for one in closed_kinds(found.kinds))
        return Overblocked(found.sites, found.closed_sites, found.rate, kinds)

    def run(self) -> None:
        """Serve until `close`."""
        self.alarms.start()
        self._watch.start()
        self._overblocking.start()
        self._upkeep.start()
        self._log_keeping.start()
        self._permit_use.start()
        self._telling.start()
        self._trials.start()
        self._figures.start(lambda: self._watch.revision, time.time)
        threading.Thread(target=self._count, name="request count", daemon=True).start()
        try:
            self._server.run()
        finally:
            self._stop.set()
            self._figures.stop()
            self.alarms.stop()
            self._watch.stop()
            self._overblocking.stop()
            self._upkeep.stop()
            self._log_keeping.stop()
            self._permit_use.stop()
            self._telling.stop()
            self._trials.stop()

    def close(self) -> None:
        """Stop serving; may be called from another thread."""
        self._stop.set()
        self._server.trigger.pull_trigger(self._close)

    def _close(self) -> None:
        # In the server's own thread, whose loop ends once nothing is left to watch; from another it would be at select.
        self._server.task_dispatcher.shutdown(timeout=1)
        for watched in list(self._server._map.values()):  # noqa: SLF001 — waitress closes only its listening socket
            watched.close()

    def _count(self) -> None:
        while not self._stop.is_set():
            try:
                self._metrics.exception_requests(
                    {str(state): count for state, count in self._store.counts_by_state().items()}
                )
                self._requests.ended_without_reason(len(self._store.figures.ended_without_reason()))
                self._requests.waiting(self._store.figures.waiting_by_tier())
                self._counts.poll()
                engine = self._watch.engine
                while engine is not None and not self._stop.is_set() and self._store.listing.sort(engine):
                    pass  # another policy: whom requests concern is worked out anew, some hundred at a time
                self._store_trouble = ""
            except StoreUnavailable as error:
                self._metrics.fault("store")
                self._store_trouble = f"{error}. Nobody can ask or answer until it can; the permits read last hold"
            self._stop.wait(_COUNT_SECONDS)


def main() -> None:
    """Run until told to end."""
    log_to_stderr("portal")
    files = raise_open_files()
    server = PortalServer(settings_from_parent(), tell_supervisor(), files)
    end_when_told(server.close)
    server.run()
