"""What an app needs of others to work: a sign-in, fonts, a player. A rule that allows the app opens these as well."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from saywhy.policy.catalogue import App

NEEDED: Final = "needed"  # the kind of a belonging, and of a key: ("needed", "desmos") is what the app desmos needs


@dataclass(frozen=True, slots=True)
class Needs:
    """Hosts, each with its subdomains, and other apps by id, each as a whole: its hosts and what it needs itself."""

    domains: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.domains or self.apps)


NO_NEEDS: Final = Needs()


def needing(apps: Mapping[str, "App"]) -> Mapping[str, tuple[str, ...]]:
    """For each app that others need as a whole: all that do, directly or through one another, sorted."""
    direct: defaultdict[str, set[str]] = defaultdict(set)
    for app in apps.values():
        for other in app.needs.apps:
            direct[other].add(app.id)
    found: dict[str, tuple[str, ...]] = {}
    for app_id in direct:
        reached: set[str] = set()
        waiting = [app_id]
        while waiting:
            new = direct.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        found[app_id] = tuple(sorted(reached - {app_id}))
    return found
