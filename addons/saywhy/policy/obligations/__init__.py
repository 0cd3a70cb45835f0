"""What an allow can carry, one file each: a new file here is a new obligation, in YAML, schema, decisions and diff.

The law of this room: a file has one class and, as `OBLIGATION`, one of it; no other file needs to know its name.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import Field

from saywhy.policy.obligation import Obligation, ObligationKind


@cache
def kinds() -> Mapping[str, ObligationKind]:
    """Every kind by its key, in the order of the keys."""
    found = [import_module(f"{__name__}.{one.name}").OBLIGATION for one in iter_modules(__path__)]
    return {one.key: one for one in sorted(found, key=lambda one: str(one.key))}


def keys_of_a_part(description: str = "") -> dict[str, Any]:
    """A key for each kind, for a part of the schema that is made of them; each says its own description, or this one."""
    return {
        one.key: (
            one.annotation,
            Field(default=one.left_out, description=description or one.description, examples=[one.example]),
        )
        for one in kinds().values()
    }


def told(key: str, obligations: frozenset[Obligation]) -> str:
    """What these say by one key, in a sentence."""
    kind = kinds()[key]
    found = sorted(kind.told(one) for one in obligations if one.kind == key)
    left_out = "false" if kind.left_out is False else "nothing"
    return " and ".join(found) or left_out
