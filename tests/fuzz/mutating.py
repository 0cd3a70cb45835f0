"""Seeds bent at random, repeatably: an input is known by its seed number, its subject and its own number."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

_MOST_BENDS = 4
_MOST_BYTES = 4_096


def bent(seeds: Sequence[bytes], words: Sequence[bytes], chance: Random) -> bytes:
    """One of the seeds, bent once or a few times. `words` are what such inputs are made of."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, _MOST_BENDS)):
        at = chance.randint(0, len(data))
        to = min(len(data), at + chance.choice((1, 1, 2, 4, 16, 64)))
        match chance.randrange(8):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(data):
                data[at] = chance.choice((0, 1, 9, 10, 13, 32, 47, 58, 127, 128, 255, chance.randrange(256)))
            case 2:
                data[at:at] = chance.choice(words)
            case 3:
                data[at:to] = chance.choice(words)
            case 4:
                del data[at:to]
            case 5:
                data[at:at] = data[at:to] * chance.choice((1, 2, 40))
            case 6:
                other = chance.choice(seeds)
                data[at:] = other[chance.randint(0, len(other)) :]
            case _:
                del data[at:]
    return bytes(data[:_MOST_BYTES])


def pieces(data: bytes, chance: Random) -> list[bytes]:
    """The bytes as they may come in: mostly at once, else cut at random."""
    cuts = sorted(chance.randint(0, len(data)) for _ in range(chance.choice((0, 0, 1, 3))))
    edges = [0, *cuts, len(data)]
    return [data[start:end] for start, end in pairwise(edges) if start < end]
