"""The proxy's parts, wired together: used by the worker process and by `mitmdump -s`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.store import Store
from saywhy.explain.reference import References
from saywhy.explain.render import builtin_renderer
from saywhy.observe.daily_log import DailyLog
from saywhy.observe.metrics import Metrics
from saywhy.policy.own_hosts import CLOCK_NAME, PORTAL_NAME, TRUST_NAME
from saywhy.proxy.door.client_counts import ClientCounts
from saywhy.proxy.door.front_door import FrontDoor
from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.embedded import Listening, build
from saywhy.proxy.in_force import InForce
from saywhy.proxy.judge import Judge
from saywhy.proxy.mitm.client_refusals import ClientRefusals
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.faults import Faults
from saywhy.proxy.mitm.handshake_counts import HandshakeCounts
from saywhy.proxy.mitm.next_layer import NextLayerAddon
from saywhy.proxy.mitm.portal_route import PortalRoute
from saywhy.proxy.outbound.outbound import Outbound, Portal, read_hosts
from saywhy.serve.alarms import Alarm, Alarms, AlarmWatch, as_kinds
from saywhy.serve.answer_time_watch import AnswerTimeWatch
from saywhy.serve.clock import wall_clock
from saywhy.serve.engine_watch import EngineWatch
from saywhy.serve.grant_watch import GrantWatch
from saywhy.serve.secret import REFERENCES, RELAY, derived, ensure_secret
from saywhy.serve.settings import Settings


@dataclass(frozen=True, slots=True)
class ProxyParts:
    """What a proxy process owns."""

    judge: Judge
    enforcer: Enforcer
    refusals: ClientRefusals
    counts: HandshakeCounts
    next_layer: NextLayerAddon
    outbound: Outbound
    portal: Portal
    engine_watch: EngineWatch
    grant_watch: GrantWatch
    answer_times: AnswerTimeWatch
    store: Store
    logs: tuple[DailyLog, ...]
    metrics: Metrics

    def start(self) -> None:
        """Load policy, lists and grants, then follow them."""
        self.engine_watch.poll()
        self.grant_watch.poll()
        self.engine_watch.start()
        self.grant_watch.start()
        self.answer_times.start()

    def front_door(
        self,
        listening: Listening,
        limits: Limits | None = None,
        before: Sequence[object] = (),
        clients: ClientCounts | None = None,
    ) -> FrontDoor:
        """What listens in the place of mitmproxy: see `build`."""
        return build(
            listening,
            self.enforcer,
            self.refusals,
            self.outbound,
            self.portal,
            self.metrics,
            before,
            limits,
            clients,
        )

    def alarm_watch(self, *tell: Callable[[Alarms], None]) -> AlarmWatch:
        """What watches over the parts; to be started after them."""
        troubles = {**self.engine_watch.troubles, Alarm.STORE: lambda: self.grant_watch.trouble}
        return AlarmWatch(troubles, as_kinds(self.metrics.alarms), *tell)

    def stop(self) -> None:
        """Let go of threads and files."""
        self.engine_watch.stop()
        self.grant_watch.stop()
        self.answer_times.stop()
        self.outbound.close()
        for log in self.logs:
            log.close()
        self.store.close()


def proxy_parts(settings: Settings, now: Callable[[], datetime] = wall_clock) -> ProxyParts:
    """Build everything that decides and answers on the way of a request. Raises ValueError and OSError for bad files."""
    secret = ensure_secret(settings.secret)
    metrics = Metrics()
    in_force = InForce()
    also = frozenset({TRUST_NAME, CLOCK_NAME})
    portal = Portal(PORTAL_NAME, settings.portal.reachable_host, settings.portal.port, also)
    own = [(one.host, one.port) for one in (*settings.listen, settings.portal, settings.metrics)]
    hosts = None if settings.hosts is None else read_hosts(settings.hosts)
    outbound = Outbound(in_force, portal=portal, own=own, hosts=hosts)
    log = DailyLog(settings.decision_log, on_dropped=metrics.log_lines_dropped)
    references = References(derived(secret, REFERENCES))
    judge = Judge(in_force, outbound, builtin_renderer(), references, portal, metrics, log, now)
    faults = Faults(metrics)
    enforcer = Enforcer(judge, PortalRoute(portal, derived(secret, RELAY).hex()), metrics, faults)
    handshake_log = DailyLog(settings.handshake_log, name="handshake log", on_dropped=metrics.log_lines_dropped)
    store = Store(lambda: settings.database)

    def take_engine(engine: Engine) -> None:
        builtin_renderer().wearing(engine.policy.school.look)  # now, so that no refused request waits for it
        in_force.engine = engine
        metrics.traffic.take(engine.policy)
        for one in (log, handshake_log):
            one.keep(engine.policy.keep.log.days)

    def take_grants(grants: Grants) -> None:
        in_force.grants = grants
        metrics.grants(grants.count)

    def take_answer_time(usual: timedelta | None) -> None:
        in_force.answer_time = usual

    return ProxyParts(
        judge=judge,
        enforcer=enforcer,
        refusals=ClientRefusals(judge, metrics, handshake_log, faults),
        counts=HandshakeCounts(metrics.lanes),
        next_layer=NextLayerAddon(enforcer.faults, enforcer.unreachable),
        outbound=outbound,
        portal=portal,
        engine_watch=EngineWatch(settings, secret, take_engine, metrics, now, list_records=metrics),
        grant_watch=GrantWatch(store, take_grants, metrics, now),
        answer_times=AnswerTimeWatch(store, lambda: in_force.policy, take_answer_time, now),
        store=store,
        logs=(log, handshake_log),
        metrics=metrics,
    )
