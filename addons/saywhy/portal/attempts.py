"""Wrong passwords, counted so that guessing is slow and nobody is shut out by somebody else.

The law: only what an address did itself can make it wait. A name that many addresses guess at makes each of them wait a
little after its own mistake, never before its first try, so the right password from elsewhere always gets in. No thread
sleeps: whoever has to wait is told for how long.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

from saywhy.portal.counted import MOST_KEYS, Journal, Limit
from saywhy.portal.language import ngettext

WINDOW: Final = timedelta(minutes=15)
FOR_ONE_NAME: Final = 10  # wrong passwords for one name from one address
FOR_ALL_NAMES: Final = 30  # from one address, whatever the names
UNDER_ATTACK: Final = 20  # for one name, from all addresses together
PAUSE: Final = timedelta(seconds=10)  # after a mistake with a name that is under attack
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
    """Counts of one process, which a journal remembers; safe to use from several threads. Moments are aware."""

    def __init__(self, journal: Journal | None = None, most: int = MOST_KEYS) -> None:
        self._journal = journal or Journal()
        self._pairs = self._journal.table("passwords", Limit(FOR_ONE_NAME, WINDOW), most)
        self._addresses = self._journal.table("passwords by address", Limit(FOR_ALL_NAMES, WINDOW), most)
        self._names = self._journal.table("passwords by name", Limit(UNDER_ATTACK, WINDOW), most)

    def begin(self, address: str | None, name: str, now: datetime) -> timedelta | None:
        """Count a try before its password is checked; or how long this address has to wait with this name."""
        pair, where, who = self._keys(address, name)
        with self._journal.lock:
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
        pair, where, who = self._keys(address, name)
        with self._journal.lock:
            for table, key in ((self._pairs, pair), (self._addresses, where), (self._names, who)):
                table.take_back(key, began)

    def right(self, address: str | None, name: str, began: datetime) -> None:
        """The password was right: this address starts anew with this name, and with this name alone."""
        with self._journal.lock:
            self.unmade(address, name, began)
            self._pairs.forget(self._keys(address, name)[0])

    def _keys(self, address: str | None, name: str) -> tuple[str, str, str]:
        where, who = counted_as(address), name.strip().lower()[:_LONGEST_NAME]
        return self._journal.key(where, who), self._journal.key(where), self._journal.key(who)


def wait_in_words(wait: timedelta) -> str:
    """Like "1 second" or "15 minutes", never less than it is."""
    seconds = ceil(wait.total_seconds())
    if seconds <= 90:
        return ngettext("%(num)d second", "%(num)d seconds", seconds)
    return ngettext("%(num)d minute", "%(num)d minutes", ceil(seconds / 60))
