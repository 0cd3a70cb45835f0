"""A proxy worker: `python -m addons.serve.worker`, started by the supervisor."""

import asyncio
from typing import TYPE_CHECKING, Final

from addons.serve.child import end_when_told, forget_key_logs, log_to_stderr, settings_from_parent
from addons.serve.settings import DRAIN_SECONDS, Settings

if TYPE_CHECKING:
    from addons.serve.assembly import ProxyParts

_DRAIN_POLL: Final = 0.05


async def _serve(settings: Settings, parts: "ProxyParts") -> None:
    from addons.proxy import embedded
    from addons.serve.roots import upstream_roots

    loop = asyncio.get_running_loop()
    listening = embedded.Listening(
        settings.listen.host, settings.listen.port, settings.authority, upstream_roots(settings)
    )
    door = embedded.build(listening, parts.enforcer)
    ending = asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(ending.set)

    end_when_told(end)
    await door.listen(settings.listen.host, settings.listen.port)
    await ending.wait()
    await door.stop_listening()
    deadline = loop.time() + DRAIN_SECONDS
    while parts.enforcer.in_flight and loop.time() < deadline:  # noqa: ASYNC110 — a count, not an event
        await asyncio.sleep(_DRAIN_POLL)
    door.close()
    await asyncio.sleep(0)


def main() -> None:
    """Run until told to end."""
    forget_key_logs()
    log_to_stderr("proxy")
    import uvloop

    from addons.serve.assembly import proxy_parts

    settings = settings_from_parent()
    parts = proxy_parts(settings)
    parts.start()
    try:
        uvloop.run(_serve(settings, parts))
    finally:
        parts.stop()


if __name__ == "__main__":
    main()
