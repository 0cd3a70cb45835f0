"""What happens when a hook raises: the way closes.

mitmproxy logs the exception and goes on, as if the hook had agreed. So each of our hooks is wrapped, and in the
embedded proxy everything that answers a hook is (`Hooks`).
"""

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, Protocol

from mitmproxy import exceptions, http
from mitmproxy.connection import Client
from mitmproxy.proxy import layer, server_hooks
from mitmproxy.tls import ClientHelloData, TlsData

from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.layers import RefusedLayer

logger = logging.getLogger(__name__)


class CountsFaults(Protocol):
    """Where faults are counted."""

    def fault(self, kind: str) -> None:
        """Count one."""


class Faults:
    """Closes what a raising hook was about, and counts it."""

    def __init__(self, count: CountsFaults) -> None:
        self.distrusted = gate.Distrusted()
        self._count = count

    def closed(self, hook: str, data: object, error: Exception) -> None:
        """Close the flow, layer or connection that a hook called `hook` was given when it raised."""
        logger.error("hook %s raised; the request is refused", hook, exc_info=error)
        self._count.fault("hook")
        if isinstance(data, http.HTTPFlow):
            self._close_flow(hook, data)
        elif isinstance(data, layer.NextLayer):
            data.layer = RefusedLayer(data.context)
        elif isinstance(data, server_hooks.ServerConnectionHookData):
            data.server.error = "refused after a fault"
            self.distrusted.add(data.client)
        elif isinstance(data, Client):
            data.error = "refused after a fault"
            self.distrusted.add(data)
        elif isinstance(data, (ClientHelloData, TlsData)):
            self.distrusted.add(data.context.client)

    def _close_flow(self, hook: str, flow: http.HTTPFlow) -> None:
        if hook in ("requestheaders", "request", "http_connect"):
            gate.refuse_without_explaining(flow)
        elif hook in ("http_connected", "http_connect_upstream"):
            self.distrusted.add(flow.client_conn)
        elif flow.websocket is not None:
            self.distrusted.add(flow.client_conn)
            for message in flow.websocket.messages:
                message.drop()
        else:
            gate.close(flow)


class HasFaults(Protocol):
    """An addon that knows where its faults go."""

    faults: Faults


type Hook = Callable[[Any, Any], Any]


def closed_on_fault(hook: Hook) -> Hook:
    """Wrap a hook method so that an exception closes what it was about. Works for sync and async hooks."""
    name = hook.__name__

    if inspect.iscoroutinefunction(hook):

        @functools.wraps(hook)
        async def guarded_async(self: HasFaults, data: object) -> None:
            try:
                await hook(self, data)
            except exceptions.AddonHalt:
                raise
            except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
                self.faults.closed(name, data, error)

        return guarded_async

    @functools.wraps(hook)
    def guarded(self: HasFaults, data: object) -> None:
        try:
            hook(self, data)
        except exceptions.AddonHalt:
            raise
        except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
            self.faults.closed(name, data, error)

    return guarded
