"""Wrong passwords, counted so that guessing is slow and nobody is shut out by somebody else.

The law: only what an address did itself can make it wait. A name that many addresses guess at makes each of them wait a
little after its own mistake, never before its first try, so the right password from elsewhere always gets in. No thread
sleeps: whoever has to wait is told for how long.
"""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import Final

WINDOW: Final = timedelta(minutes=15)
FOR_ONE_NAME: Final = 10  # wrong passwords for one name from one address
FOR_ALL_NAMES: Final = 30  # from one address, whatever the names
UNDER_ATTACK: Final = 20  # for one name, from all addresses together
PAUSE: Final = timedelta(seconds=10)  # after a mistake with a name that is under attack
_MOST: Final = 10_000  # keys in each table; beyond, the one that was touched longest ago goes
_LONGEST_NAME: Final = 64


def counted_as(address: str | None) -> str:
    """What an address is counted as: itself, or its /64, of which one device may have every address it likes.

    Link-local addresses stay apart: everybody on a link shares their /64.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        if not found.is_link_local:
            return str(ip_network((int(found), 64), strict=False))
    return str(found)


class Attempts:
    """Counts in the memory of one process; safe to use from several threads. Moments are aware."""

    def __init__(self, most: int = _MOST) -> None:
        self._lock = Lock()
        self._pairs = _Counted(FOR_ONE_NAME, most)
        self._addresses = _Counted(FOR_ALL_NAMES, most)
        self._names = _Counted(UNDER_ATTACK, most)

    def begin(self, address: str | None, name: str, now: datetime) -> timedelta | None:
        """Count a try before its password is checked; or how long this address has to wait with this name."""
        where, who = counted_as(address), _plain(name)
        pair = f"{where} {who}"
        with self._lock:
            waits = [self._pairs.wait(pair, now), self._addresses.wait(where, now)]
            last = self._pairs.last(pair, now)
            if last is not None and self._names.wait(who, now):
                waits.append(last + PAUSE - now)
            longest = max(waits)
            if longest > timedelta():
                return longest
            for table, key in ((self._pairs, pair), (self._addresses, where), (self._names, who)):
                table.add(key, now)
        return None

    def unmade(self, address: str | None, name: str, began: datetime) -> None:
        """Take a try back that was no wrong password: it could not be checked."""
        where, who = counted_as(address), _plain(name)
        with self._lock:
            for table, key in ((self._pairs, f"{where} {who}"), (self._addresses, where), (self._names, who)):
                table.take_back(key, began)

    def right(self, address: str | None, name: str, began: datetime) -> None:
        """The password was right: this address starts anew with this name, and with this name alone."""
        self.unmade(address, name, began)
        with self._lock:
            self._pairs.forget(f"{counted_as(address)} {_plain(name)}")


class _Counted:
    """The last moments by key, at most `limit` of each and `most` keys. In the order in which keys were touched."""

    def __init__(self, limit: int, most: int) -> None:
        self._limit = limit
        self._most = most
        self._kept: OrderedDict[str, deque[datetime]] = OrderedDict()

    def wait(self, key: str, now: datetime) -> timedelta:
        """How long until there are fewer than the limit again."""
        kept = self._present(key, now)
        return kept[0] + WINDOW - now if kept is not None and len(kept) >= self._limit else timedelta()

    def last(self, key: str, now: datetime) -> datetime | None:
        kept = self._present(key, now)
        return kept[-1] if kept else None

    def add(self, key: str, now: datetime) -> None:
        self._kept.setdefault(key, deque(maxlen=self._limit)).append(now)
        self._kept.move_to_end(key)
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= self._most and self._kept[oldest] and self._kept[oldest][-1] > now - WINDOW:
                return
            del self._kept[oldest]

    def take_back(self, key: str, moment: datetime) -> None:
        kept = self._kept.get(key)
        if kept is not None and moment in kept:
            kept.remove(moment)
            if not kept:
                del self._kept[key]

    def forget(self, key: str) -> None:
        self._kept.pop(key, None)

    def _present(self, key: str, now: datetime) -> deque[datetime] | None:
        kept = self._kept.get(key)
        # One from the future is gone too: the clock was set back, and nobody waits for that.
        while kept and not now - WINDOW < kept[0] <= now:
            kept.popleft()
        return kept


def _plain(name: str) -> str:
    return name.strip().lower()[:_LONGEST_NAME]


def wait_in_words(wait: timedelta) -> str:
    """Like "1 second" or "15 minutes", never less than it is."""
    seconds = ceil(wait.total_seconds())
    number, unit = (seconds, "second") if seconds <= 90 else (ceil(seconds / 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"
