"""A proxy worker: `main`, run by the supervisor in a process of its own, one of several that share the listening sockets."""

import asyncio
import gc
import logging
import os
import time
from typing import Final

import uvloop

from saywhy.explain.render import builtin_renderer
from saywhy.observe.metrics import Metrics
from saywhy.observe.process_figures import ProcessFigures
from saywhy.proxy.door.draining import Draining
from saywhy.proxy.door.open_connections import limits_for
from saywhy.proxy.embedded import Listening
from saywhy.proxy.lane.own_origin import OwnOrigin
from saywhy.proxy.tls.device_contexts import ticket_keys
from saywhy.serve.alarms import ToldSupervisor, tell_supervisor
from saywhy.serve.assembly import ProxyParts, proxy_parts
from saywhy.serve.beats import beat
from saywhy.serve.child import NUMBER, end_when_told, log_to_stderr, settings_from_parent
from saywhy.serve.listen_sockets import sockets_from_parent
from saywhy.serve.open_files import raise_open_files
from saywhy.serve.roots import upstream_roots
from saywhy.serve.settings import DRAIN_SECONDS, Settings
from saywhy.serve.shared_counts import counts_from_parent

_DRAIN_POLL: Final = 0.05
_WRITTEN_EVERY: Final = 0.1  # seconds: so much of the figures goes with a worker that is killed
_GARBAGE: Final = 20_000  # objects made between two collections of the youngest


async def _write(metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(_WRITTEN_EVERY)
        metrics.write()


async def _serve(settings: Settings, number: int, parts: ProxyParts, files: int, tell: ToldSupervisor) -> None:
    loop = asyncio.get_running_loop()
    listening = Listening(
        settings.authority, upstream_roots(settings), thin_lane=os.environ.get("SAYWHY_THIN_LANE", "on") != "off"
    )
    clients = counts_from_parent(number, settings.workers)
    door = parts.front_door(listening, limits_for(files), clients=clients)
    origin = OwnOrigin(settings.authority)
    parts.outbound.lead_inside(await origin.listen())
    ending = asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(ending.set)

    end_when_told(end)
    for one in sockets_from_parent(len(settings.listen)):
        await door.listen(one)
    parts.metrics.gather()
    regular = loop.create_task(beat(tell.is_alive)), loop.create_task(_write(parts.metrics))
    await ending.wait()
    await door.stop_listening()
    draining = Draining(door.relays)
    deadline = loop.time() + DRAIN_SECONDS
    while loop.time() < deadline and (door.busy_inspected or draining.goes_on(loop.time())):  # noqa: ASYNC110 — counts, not an event
        await asyncio.sleep(_DRAIN_POLL)
    door.close()
    origin.close()
    for task in regular:
        task.cancel()
    await asyncio.sleep(0)
    parts.metrics.write()


def before_fork() -> None:
    """Make what all workers share."""
    ticket_keys()
    builtin_renderer()


def main() -> None:
    """Run until told to end."""
    settings, tell, number = settings_from_parent(), tell_supervisor(), int(os.environ[NUMBER])
    log_to_stderr("proxy" if settings.workers == 1 else f"proxy {number + 1}")
    if number:
        logging.getLogger("saywhy").setLevel(logging.WARNING)  # what all do alike, the first one tells
    files = raise_open_files()
    parts = proxy_parts(settings)
    parts.start()
    figures = ProcessFigures(parts.metrics.registry, f"worker-{number + 1}", files, limits_for(files).in_all)
    figures.start(lambda: parts.engine_watch.revision, time.time)
    alarms = parts.alarm_watch(tell)
    alarms.start()
    # what is there now stays for good: the garbage collector does not look at it again, and looks less often
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 20, 20)
    try:
        uvloop.run(_serve(settings, number, parts, files, tell))
    finally:
        figures.stop()
        alarms.stop()
        parts.stop()
