"""A school day as a list of visits, the same in every run. Its proportions are chosen, not measured in a school."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

RELAYED_HOSTS = 400
INSPECTED_HOSTS = 60
BLOCKED_HOSTS = 200

# Of 100 connections: most go to hosts where nothing inside matters.
KINDS = {"relayed": 78, "inspected": 15, "blocked": 4, "plain": 3}
# Bytes of an answer, and how many of 100 have that size.
SIZES = {1_000: 36, 4_000: 28, 16_000: 20, 64_000: 11, 256_000: 4, 1_000_000: 1}
MEAN_REQUESTS = 6  # over one connection
MOST_REQUESTS = 60
SEED = 20260907


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection: where it goes and the sizes of the answers asked for over it, one after the other."""

    kind: str
    host: str
    sizes: tuple[int, ...]


def host(kind: str, number: int) -> str:
    """The name of a host. Plain HTTP goes to the hosts that are relayed; each name of `blocked.test` is listed by itself."""
    return f"h{number}.{'relayed' if kind == 'plain' else kind}.test"


def hosts(kind: str) -> tuple[str, ...]:
    """All hosts of a kind."""
    counts = {"relayed": RELAYED_HOSTS, "plain": RELAYED_HOSTS, "inspected": INSPECTED_HOSTS, "blocked": BLOCKED_HOSTS}
    return tuple(host(kind, number) for number in range(counts[kind]))


def school_day(seed: int = SEED) -> Iterator[Visit]:
    """Visits without end. Hosts are chosen by Zipf's law, the requests of a connection geometrically."""
    chance = random.Random(seed)
    kinds, kind_shares = list(KINDS), list(accumulate(KINDS.values()))
    sizes, size_shares = list(SIZES), list(accumulate(SIZES.values()))
    names = {kind: hosts(kind) for kind in KINDS}
    zipf = {kind: list(accumulate(1 / rank for rank in range(1, len(some) + 1))) for kind, some in names.items()}
    while True:
        kind = chance.choices(kinds, cum_weights=kind_shares)[0]
        at = chance.choices(names[kind], cum_weights=zipf[kind])[0]
        count = 1
        while kind != "blocked" and count < MOST_REQUESTS and chance.random() > 1 / MEAN_REQUESTS:
            count += 1
        yield Visit(kind, at, tuple(chance.choices(sizes, cum_weights=size_shares, k=count)))
