"""`mitmdump -s addons/saywhy.py`: the whole of Saywhy inside somebody's own mitmproxy."""

import asyncio
import atexit
import logging
import os
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from saywhy.policy.visible import visible
from saywhy.serve.child import forget_key_logs
from saywhy.serve.settings import Endpoint, Settings, parse_endpoint

logger = logging.getLogger(__name__)

_beats: list[asyncio.Task[None]] = []  # a loop keeps no task alive


def settings_from_environment(listen: Endpoint) -> Settings:
    """Settings from SAYWHY_POLICIES, _STATE, _LISTS, _PORTAL, _METRICS and _HOSTS; `listen` is mitmproxy's.

    Raises ValueError for an address that is none.
    """
    value = os.environ.get
    hosts, lists = value("SAYWHY_HOSTS"), value("SAYWHY_LISTS")
    return Settings(
        policies=Path(value("SAYWHY_POLICIES", "policies")).absolute(),
        state=Path(value("SAYWHY_STATE", "state")).absolute(),
        listen=(listen,),
        portal=parse_endpoint(value("SAYWHY_PORTAL", "127.0.0.1:8081")),
        metrics=parse_endpoint(value("SAYWHY_METRICS", "127.0.0.1:9090")),
        lists=Path(lists).absolute() if lists else None,
        hosts=Path(hosts).absolute() if hosts else None,
    )


def install() -> None:
    """Start everything beside the running mitmproxy. Raises when it cannot; mitmdump then ends with the reason."""
    forget_key_logs()
    from saywhy.proxy.mitm import script

    if script.installed():
        return
    settings = settings_from_environment(Endpoint(*script.listening()))

    from saywhy.observe.expose import serve_metrics, share_figures
    from saywhy.serve.first_start import prepare
    from saywhy.serve.running import hold

    held = hold(settings, datetime.now(UTC))
    try:
        prepared = prepare(settings, datetime.now(UTC))
    except BaseException:
        held.close()
        raise
    atexit.register(held.close)
    for problem in prepared.problems:
        logger.warning("%s", visible(str(problem)))  # an error here would end mitmdump; it runs, and refuses everything
    share_figures(Path(tempfile.mkdtemp(prefix="saywhy-")))

    from saywhy.serve.assembly import proxy_parts
    from saywhy.serve.beats import beat
    from saywhy.serve.health_look import PolicyLook
    from saywhy.serve.portal_process import PortalServer
    from saywhy.serve.script_health import ScriptHealth

    parts = proxy_parts(settings)
    parts.start()
    prepared.keeper.start(parts.metrics)
    script.install(parts.enforcer, parts.refusals, parts.counts, parts.next_layer, parts.outbound)
    alarms = parts.alarm_watch()
    alarms.start()
    portal = PortalServer(settings)
    serving = threading.Thread(target=portal.run, name="portal", daemon=True)
    serving.start()

    health = ScriptHealth(
        lambda: alarms.now,
        lambda: portal.alarms.now,
        serving,
        lambda: prepared.keeper.trouble,
        PolicyLook(prepared.keeper.revisions),
    )
    _beats.append(asyncio.get_running_loop().create_task(beat(health.is_alive)))
    probes = {"/healthz/live": health.live, "/healthz/ready": health.ready}
    serve_metrics(settings.metrics.host, settings.metrics.port, health.text, probes=probes)
    for name, password in prepared.passwords:
        logger.warning("first account for staff, shown this once: %s  %s", name, password)
    logger.warning("Saywhy guards this proxy; portal: http://%s/", settings.portal)
