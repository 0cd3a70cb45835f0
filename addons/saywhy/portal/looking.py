"""That staff have read a request, told to whoever writes it down: once for each account, request and hour."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from saywhy.exceptions.request import Account
from saywhy.portal.context import PortalContext

_AGAIN_AFTER: Final = timedelta(hours=1)
_MOST: Final = 10_000


class Looks:
    """Remembers who has looked at what. Safe to use from several threads."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context
        self._lock = Lock()
        self._told: OrderedDict[tuple[int, str], datetime] = OrderedDict()

    def note(self, number: int, account: Account) -> None:
        """Somebody reads a request now. Raises StoreUnavailable where that cannot be written down: then it is not shown."""
        now, key = self._context.now(), (number, account.name)
        with self._lock:
            told = self._told.get(key)
        if told is not None and timedelta() <= now - told < _AGAIN_AFTER:
            return
        self._context.looked(number, account.name, now)
        with self._lock:
            self._told[key] = now
            self._told.move_to_end(key)
            while len(self._told) > _MOST:
                self._told.popitem(last=False)
