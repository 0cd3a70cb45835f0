"""What an allow can carry, one file each: a new file here is a new obligation, in YAML, schema, decisions and diff.

The law of this room: a file has one class and, as `OBLIGATION`, one of it; no other file needs to know its name.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, Literal

from pydantic import Field, WrapValidator

from saywhy.policy.obligation import Obligation, ObligationKind


@cache
def kinds() -> Mapping[str, ObligationKind]:
    """Every kind by its key, in the order of the keys."""
    found = [import_module(f"{__name__}.{one.name}").OBLIGATION for one in iter_modules(__path__)]
    return {one.key: one for one in sorted(found, key=lambda one: str(one.key))}


def keys_of_a_part() -> dict[str, Any]:
    """A key for each kind, for a part of the schema that is made of them."""
    return {key: (one.annotation, _field(one, one.description)) for key, one in kinds().items()}


def keys_of_what_is_expected() -> dict[str, Any]:
    """The same for what a test expects: false is written where an allow must not carry it."""
    said = "As at a rule; false where it must not be carried."
    return {key: (_or_false(one), _field(one, said)) for key, one in kinds().items()}


def _field(kind: ObligationKind, description: str) -> Any:
    return Field(default=kind.left_out, description=description, examples=[kind.example])


def _or_false(kind: ObligationKind) -> Any:
    if kind.left_out is False:
        return kind.annotation
    read = WrapValidator(
        lambda value, inner: kind.left_out if value is False else inner(value), kind.annotation | Literal[False]
    )
    return Annotated[kind.annotation, read]


def told(key: str, obligations: frozenset[Obligation]) -> str:
    """What these say by one key, in a sentence."""
    kind = kinds()[key]
    found = sorted(kind.told(one) for one in obligations if one.kind == key)
    left_out = "false" if kind.left_out is False else "nothing"
    return " and ".join(found) or left_out
