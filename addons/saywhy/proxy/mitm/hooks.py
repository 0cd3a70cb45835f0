"""What mitmproxy's layers ask of us, answered directly: a table from the name of a hook to the methods that answer it.

mitmproxy by itself walks every addon for every hook, twice for some, each in a task of its own. Here the table is made
once. Whatever raises closes what it was about (`Faults`).
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from mitmproxy import exceptions
from mitmproxy.proxy.commands import StartHook

from saywhy.proxy.mitm.faults import Faults

# Every hook that the layers of an inspected connection can start.
NAMES: Final = (
    "client_connected", "client_disconnected", "server_connect", "server_connected", "server_connect_error",
    "server_disconnected", "tls_start_client", "tls_start_server", "tls_established_client", "tls_established_server",
    "tls_failed_client", "tls_failed_server", "chain_incomplete", "requestheaders", "request", "responseheaders", "response", "error",
    "websocket_start", "websocket_message", "websocket_end",
)  # fmt: skip

type Method = Callable[[Any], Any]


class Hooks:
    """The methods of some objects, by the hook they are for, in the order of the objects."""

    def __init__(self, faults: Faults, answering: Sequence[object]) -> None:
        self._faults = faults
        self._table: dict[str, tuple[Method, ...]] = {}
        for name in NAMES:
            methods = tuple(method for one in answering if callable(method := getattr(one, name, None)))
            if methods:
                self._table[name] = methods

    def call(self, hook: StartHook) -> Awaitable[None] | None:
        """Answer a hook. Gives something to wait for where an answer takes its time; otherwise it is done."""
        methods = self._table.get(hook.name)
        if methods is None:
            return None
        return self.tell(
            hook.name, next(iter(vars(hook).values()))
        )  # its one field; `args` would look for it each time

    def tell(self, name: str, data: Any) -> Awaitable[None] | None:
        """Call the methods for a hook, all of them, even after one that raised."""
        for number, method in enumerate(self._table.get(name, ())):
            try:
                waiting = method(data)
            except exceptions.AddonHalt:
                return None
            except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
                self._faults.closed(name, data, error)
                continue
            if inspect.isawaitable(waiting):
                return self._tell_rest(name, data, waiting, number + 1)
        return None

    async def _tell_rest(self, name: str, data: Any, waiting: Awaitable[object], number: int) -> None:
        try:
            await waiting
        except exceptions.AddonHalt:
            return
        except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
            self._faults.closed(name, data, error)
        for method in self._table[name][number:]:
            try:
                further = method(data)
                if inspect.isawaitable(further):
                    await further
            except exceptions.AddonHalt:
                return
            except Exception as error:  # noqa: BLE001 — whatever it is, the way closes
                self._faults.closed(name, data, error)
