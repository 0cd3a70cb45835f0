"""What every part of the schema is made of: strict, without unknown keys, and able to say what should stand there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from saywhy.policy.codes import Code
from saywhy.policy.suggest import did_you_mean

MISTAKE = "mistake"
WRONG_KIND = "wrong_kind"
_MOST_REMEDIES: Final = 100
_SHOWN_BY: Final = {"app": "saywhy apps", "category": "saywhy categories"}


def mistake(what: str, instead: str = "", *, code: Code) -> PydanticCustomError:
    """A value that is of the right kind but cannot be meant: what is wrong, what to write instead."""
    return PydanticCustomError(MISTAKE, "{what}", {"what": what, "instead": instead, "code": code})


def wrong_kind(wanted: str, instead: str = "") -> PydanticCustomError:
    """A list where text belongs, a number where a date does: what belongs there, and how to write it."""
    return PydanticCustomError(WRONG_KIND, "{wanted}", {"wanted": wanted, "instead": instead})


@dataclass(slots=True)
class Reading:
    """What is known while a folder's files are held against the schema.

    `names` has every name that the folder defines, by its kind ("group", "role", …); with `all_known` False a file
    could not be read, and then a name that is not among them may well exist. `parts` remembers which part of the
    schema each mapping was read as, by the mapping's id(). `builtin` has the names of Saywhy's own catalogue; while
    that is read itself, `lists_come_later`: a category's sites are then known only to those who use it.
    """

    names: Mapping[str, Collection[str]] = field(default_factory=dict)
    all_known: bool = False
    parts: dict[int, type["Part"]] = field(default_factory=dict)
    builtin: Mapping[str, Collection[str]] = field(default_factory=dict)
    lists_come_later: bool = False
    _remedies: dict[tuple[str, str], str] = field(default_factory=dict)

    def knows(self, kind: str, name: str) -> bool:
        """Whether there is such a name, as far as can be told."""
        return not self.all_known or name in self.names.get(kind, ()) or name in self.builtin.get(kind, ())

    def remedy(self, kind: str, name: str) -> str:
        """What to write instead of an unknown name. The nearest is looked for a hundred times; it takes long."""
        own, builtin = self.names.get(kind, ()), self.builtin.get(kind, ())
        if not (own or builtin):
            return f"this policy has no {kind} yet"
        if (kind, name) not in self._remedies:
            if len(self._remedies) >= _MOST_REMEDIES:
                return "check how it is written"
            nearest = did_you_mean(name, [*own, *builtin])
            if kind in _SHOWN_BY and builtin and not nearest.startswith("did"):
                nearest = f"{_own(name, own)}one that `{_SHOWN_BY[kind]}` shows"
            self._remedies[kind, name] = nearest
        return self._remedies[kind, name]


def _own(name: str, own: Collection[str]) -> str:
    return f"{did_you_mean(name, own)}, or " if own else "write "


class Part(BaseModel):
    """A mapping in a policy."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def keys(cls) -> list[str]:
        """The keys that may be written, in the order in which they are explained."""
        return [one.alias or name for name, one in cls.model_fields.items()]

    @classmethod
    def example(cls, key: str) -> str:
        """The key with a value, as it could be written; empty where the schema has none."""
        for name, one in cls.model_fields.items():
            if key == (one.alias or name) and one.examples:
                return f"{key}: {one.examples[0]}"
        return ""

    @classmethod
    def may_leave(cls, key: str) -> bool:
        """Whether a key may be left out."""
        return any(key == (one.alias or name) and not one.is_required() for name, one in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _is_mapping(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(data, cls):
            return data
        if not isinstance(data, dict):
            raise wrong_kind("a mapping", f"write its keys below, each with a value: {', '.join(cls.keys())}")
        if isinstance(info.context, Reading):
            info.context.parts[id(data)] = cls
        return data
