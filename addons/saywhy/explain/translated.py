"""The texts of a file of words, as it is written: each with the keys that lead to it, and all of them in another language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from saywhy.explain.translation import Translation

_COUNTED: Final = frozenset({"one", "other"})  # the keys of what is told for one, and for another number
_UNTRANSLATED: Final = frozenset({"language", "clock"})


def texts_of(written: object, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str | tuple[str, str]]]:
    """Every text that a file of words holds, by the keys that lead to it; of what is counted, both forms."""
    if isinstance(written, dict) and written.keys() == _COUNTED:
        yield keys, (written["one"], written["other"])
    elif isinstance(written, dict):
        for key, value in written.items():
            yield from texts_of(value, (*keys, key))
    elif isinstance(written, list):
        for value in written:
            yield from texts_of(value, keys)
    elif isinstance(written, str) and written and keys[0] not in _UNTRANSLATED:
        yield keys, written


def context_of(keys: tuple[str, ...]) -> str:
    """The context of a text: the reading level, since the same in English may be told otherwise to another reader."""
    return keys[1] if keys[0] == "levels" else ""


def translated(written: object, translation: Translation, keys: tuple[str, ...] = ()) -> object:
    """The same with every text in another language. What is counted stays: its form depends on the number."""
    if isinstance(written, dict) and written.keys() != _COUNTED:
        return {key: translated(value, translation, (*keys, key)) for key, value in written.items()}
    if isinstance(written, list):
        return [translated(value, translation, keys) for value in written]
    if keys == ("language",):
        return translation.tag
    return translation.text(written, context_of(keys)) if isinstance(written, str) else written


class WhenAsked[T](Mapping[str, T]):
    """One of a kind for each language. Those that are not made yet are made when they are asked for: a command needs one."""

    def __init__(self, tags: Iterable[str], made: dict[str, T], make: Callable[[str], T]) -> None:
        self._tags = tuple(tags)
        self._made = made
        self._make = make

    def __getitem__(self, tag: str) -> T:
        if tag not in self._tags:
            raise KeyError(tag)
        if tag not in self._made:
            self._made[tag] = self._make(tag)
        return self._made[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)
