"""All grants that may hold now, found by what they open: an immutable snapshot, swapped by reference."""

from collections.abc import Iterable, Sequence

from addons.decide.access import Access
from addons.policy.address import path_to_compare
from addons.policy.grant import Grant
from addons.policy.index import Key


class Grants:
    """Grants by key. Asking costs what the grants for that very target cost, not what all of them do."""

    __slots__ = ("_filed", "count")

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self._filed: dict[Key, list[Grant]] = {}
        self.count = 0
        for grant in grants:
            self._filed.setdefault(_key_of(grant), []).append(grant)
            if grant.what.page is not None:
                grant.what.page.prepare()
            self.count += 1

    def opening(self, access: Access, keys: Sequence[Key]) -> Grant | None:
        """The first grant that opens this target, by its keys, to this subject at this moment."""
        if not self.count:
            return None
        for key in keys:
            for grant in self._filed.get(key, ()):
                if _holds(grant, access):
                    return grant
        return None


NO_GRANTS = Grants()


def _key_of(grant: Grant) -> Key:
    if grant.what.app is not None:
        return ("app", grant.what.app)
    if grant.what.site is not None:
        return ("host", grant.what.site)
    assert grant.what.page is not None  # GrantTarget holds exactly one
    return ("host", grant.what.page.host)


def _holds(grant: Grant, access: Access) -> bool:
    if not grant.starts <= access.at < grant.ends:
        return False
    subject = access.subject
    network = grant.who.network
    device = subject.device
    by_device = network is not None and device is not None and device.version == network.version and device in network
    if not by_device and not grant.who.groups & subject.groups:
        return False
    page = grant.what.page
    if page is None:
        return True
    url = access.target.url
    return url is not None and page.covers_path(path_to_compare(url.path), url.query)
