"""The languages that pages can be read in: a folder for each, of gettext catalogues. English, the source, has none."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
SOURCE: Final = "en"


def languages_folder() -> Path:
    """The folder languages: beside this file in an installed wheel, at the top level in a checkout.

    Raises FileNotFoundError naming both places.
    """
    places = (_HERE / "builtin_languages", _HERE.parents[2] / "languages")
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"no languages: neither {places[0]} nor {places[1]} is there; reinstall Saywhy")


def languages_in(folder: Path) -> tuple[str, ...]:
    """The languages of a folder by their tags (BCP 47), English first: each folder in it that holds a catalogue."""
    return (SOURCE, *sorted(path.name for path in folder.iterdir() if any(path.glob("*.po"))))


@cache
def available_languages() -> tuple[str, ...]:
    """The languages that come with Saywhy."""
    return languages_in(languages_folder())


def language_for(tag: str, available: Iterable[str]) -> str:
    """The language that serves for a tag: "pt-BR" is content with "pt". Empty where none does."""
    known = {one.lower(): one for one in available}
    pieces = tag.lower().split("-")
    return next((known[one] for end in range(len(pieces), 0, -1) if (one := "-".join(pieces[:end])) in known), "")


def languages_for(tags: Iterable[str], available: Iterable[str]) -> tuple[str, ...]:
    """The languages that serve for some tags, each once, in their order."""
    known = tuple(available)
    found = (language_for(tag, known) for tag in tags)
    return tuple(dict.fromkeys(one for one in found if one))
