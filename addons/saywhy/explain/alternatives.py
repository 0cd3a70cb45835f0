"""Alternatives, kept only where the filter itself lets this very person go, now."""

from collections.abc import Iterable
from typing import Final

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.explanation import DroppedAlternative, OpenPurpose
from saywhy.policy.catalogue import Alternative

MOST_PURPOSES: Final = 3
MOST_PLACES: Final = 3
_OPENABLE: Final = ("http", "https")  # what a link on a page leads to


def surviving(
    engine: Engine, grants: Grants, access: Access, purposes: Iterable[str]
) -> tuple[tuple[OpenPurpose, ...], tuple[DroppedAlternative, ...]]:
    """The purposes with places that are open to the access's subject at its moment, and the places that are not.

    At most MOST_PURPOSES and MOST_PLACES each; a purpose with no place left is passed over. Looking ends when there is
    enough, so `dropped` holds what was met on the way.
    """
    told: list[OpenPurpose] = []
    dropped: list[DroppedAlternative] = []
    for name in purposes:
        purpose = engine.policy.catalogue.purposes[name]
        kept: list[Alternative] = []
        for alternative in purpose.alternatives:
            url = alternative.url
            decision = decide(engine, grants, Access(access.subject, Target(url.host, url.port, url), access.at))
            if not decision.allowed:
                dropped.append(DroppedAlternative(purpose.id, alternative, decision))
            elif url.scheme in _OPENABLE:
                kept.append(alternative)
            if len(kept) == MOST_PLACES:
                break
        if kept:
            told.append(OpenPurpose(purpose.id, purpose.label, tuple(kept)))
        if len(told) == MOST_PURPOSES:
            break
    return tuple(told), tuple(dropped)


def address_of(alternative: Alternative) -> str:
    """The whole URL of an alternative, query included."""
    url = alternative.url
    return url.without_query + (f"?{url.query}" if url.query else "")
