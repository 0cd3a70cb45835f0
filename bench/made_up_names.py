"""Names as public lists hold them, made up, the same ones in every run; and the names that are asked for.

Words are one to three syllables, drawn by Zipf's law, one to three to a label, one label in five with hyphens, one in
eight with a number behind it. Top-level domains, second levels (`co.uk`) and hosting suffixes (`blogspot.com`) come in about
the shares that public lists have; one name in ten stands below a usual label (`www`, `m`, `cdn` …), one in eight below a word.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

_TOP: Final = {
    "com": 480, "net": 60, "org": 40, "ru": 45, "de": 40, "co.uk": 25, "info": 25, "xyz": 25, "fr": 20, "top": 20,
    "nl": 15, "it": 15, "cn": 15, "com.br": 12, "pl": 12, "online": 12, "site": 12, "jp": 10, "tv": 8, "es": 8, "club": 8,
    "biz": 8, "io": 8, "me": 8, "eu": 8, "cz": 6, "ch": 6, "com.au": 6, "blogspot.com": 20, "github.io": 5, "test": 1,
}  # fmt: skip
_BELOW: Final = (
    "www",
    "m",
    "mail",
    "blog",
    "shop",
    "cdn",
    "ads",
    "api",
    "news",
    "en",
    "forum",
    "static",
    "img",
    "login",
)
_ONSETS: Final = (*"bcdfghjklmnprstvwz", "br", "ch", "cl", "dr", "fr", "gr", "pl", "pr", "sh", "st", "th", "tr")
_CODAS: Final = ("", "", "", "n", "r", "s", "t", "l", "ck", "ng")


def made_up(count: int, seed: int = 4) -> list[str]:
    """That many different names, shuffled."""
    chance = random.Random(seed)
    words = list(
        dict.fromkeys(
            "".join(
                chance.choice(_ONSETS) + chance.choice("aeiou") + chance.choice(_CODAS)
                for _ in range(chance.choice((1, 2, 2, 3)))
            )
            for _ in range(60_000)
        )
    )
    zipf = list(accumulate(1 / (rank + 20) for rank in range(len(words))))
    tops, shares = list(_TOP), list(accumulate(_TOP.values()))
    names: set[str] = set()
    while len(names) < count:
        batch = 50_000
        pick = iter(chance.choices(words, cum_weights=zipf, k=batch * 4))
        for top in chance.choices(tops, cum_weights=shares, k=batch):
            dice = chance.random()
            parts = [next(pick) for _ in range(1 if dice < 0.15 else 2 if dice < 0.75 else 3)]
            label = ("-" if dice * 10 % 1 < 0.2 else "").join(parts)
            if dice * 100 % 1 < 0.12:
                label += str(chance.randrange(1000))
            below = dice * 1000 % 1
            prefix = f"{chance.choice(_BELOW)}." if below < 0.1 else f"{next(pick)}." if below < 0.22 else ""
            names.add(f"{prefix}{label}.{top}")
            if len(names) == count:
                break
    shuffled = sorted(names)
    chance.shuffle(shuffled)
    return shuffled


def asked_for(names: Sequence[str], most: int) -> tuple[list[str], list[str]]:
    """Names of four labels, at most that many of each: below listed names, and below names that no list holds."""
    three = [name for name in names if name.count(".") == 2][:most]
    hits = [f"www.{name}" for name in three]
    listed = set(names)
    misses = [
        f"www.{label[:-1]}{'q' if label[-1] != 'q' else 'z'}x.{rest}"
        for label, _, rest in (name.partition(".") for name in three)
    ]
    above = (one.split(".") for one in misses)
    kept = [
        one
        for one, labels in zip(misses, above, strict=True)
        if not any(".".join(labels[start:]) in listed for start in range(len(labels)))
    ]
    return hits, kept
