"""A proxy inside the test process, so that a test may break a part of it on purpose."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.embedded import Listening
from saywhy.proxy.tls.authority import ensure_authority
from saywhy.serve.assembly import ProxyParts, proxy_parts
from saywhy.serve.clock import wall_clock
from saywhy.serve.policy_keeper import PolicyKeeper
from saywhy.serve.revisions import Revisions
from saywhy.serve.roots import upstream_roots
from saywhy.serve.settings import Endpoint, Settings
from tests.migrated_store import copy_migrated
from tests.wire.filter_process import FilterProcess, free_port


class InsideProxy(FilterProcess):
    """Everything of `saywhy run` but the processes and the portal."""

    limits: Limits | None = None
    thin_lane: bool = True
    now: Callable[[], datetime] = staticmethod(wall_clock)
    parts: ProxyParts
    ending: asyncio.Event
    loop: asyncio.AbstractEventLoop
    door: Any

    def start(self, before: Sequence[object] = ()) -> None:
        if self.policy:
            self.write_policy(self.policy)
        hosts = self.folder / "hosts"
        hosts.write_text(self.hosts)
        settings = Settings(
            self.policies,
            self.state,
            (Endpoint("127.0.0.1", self.listen_port),),
            Endpoint("127.0.0.1", self.portal_port),
            Endpoint("127.0.0.1", free_port()),
            self.upstream_ca,
            hosts,
        )
        self.state.mkdir(exist_ok=True)
        if not (self.state / "saywhy.sqlite3").exists():
            copy_migrated(self.state / "saywhy.sqlite3")
        ensure_authority(settings.authority, "Test School", wall_clock())
        keeper = PolicyKeeper(settings.policies, Revisions(settings.revisions), wall_clock)
        keeper.begin()
        keeper.stop()
        self.parts = proxy_parts(settings, self.now)
        self.parts.engine_watch.poll()
        self.parts.grant_watch.poll()
        listening = Listening(settings.authority, upstream_roots(settings), thin_lane=self.thin_lane)
        up = threading.Event()

        async def serve() -> None:
            self.ending = asyncio.Event()
            self.loop = asyncio.get_running_loop()
            door = self.door = self.parts.front_door(listening, self.limits, before)
            await door.listen(socket.create_server(("127.0.0.1", self.listen_port)))
            up.set()
            await self.ending.wait()
            await door.stop_listening()
            door.close()
            await asyncio.sleep(0.05)

        logging.getLogger("saywhy.proxy.mitm.faults").setLevel(logging.CRITICAL)
        self._thread = threading.Thread(target=lambda: uvloop.run(serve()), name="inside proxy", daemon=True)
        self._thread.start()
        assert up.wait(10)
        self.wait_for(self._listens, "the proxy to listen")

    def _listens(self) -> bool:
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def stop(self) -> int:
        self.loop.call_soon_threadsafe(self.ending.set)
        self._thread.join(10)
        self.parts.stop()
        return 0


def inside(folder: Path, origin_port: int, upstream_ca: Path, policy: str | None = None) -> InsideProxy:
    proxy = InsideProxy(folder, origin_port, upstream_ca)
    if policy is not None:
        proxy.policy = policy
    return proxy
