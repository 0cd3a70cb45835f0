"""A first policy, written for a kind of school: complete, without warnings, with tests, and marked where it is an example.

The templates in `starter/` are those of every kind. A line that ends in `#only KIND …` stays for these kinds alone; TODAY
and REVIEW are days. What is to be made one's own is marked `# CHANGE: …`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

_TEMPLATES: Final = Path(__file__).parent / "starter"
_FILES: Final = {"school.yaml": "school.yaml", "rules.yaml": "rules.yaml", "names.yaml": "names.yaml"} | {
    "tests.yaml": "tests/first.yaml"
}
_ONLY: Final = re.compile(r" *#only (.+)$")
_CHANGE: Final = re.compile(r"# CHANGE: (.+)$")
REVIEWED_AFTER: Final = timedelta(days=120)  # a first version is looked at again within two terms


class Kind(StrEnum):
    """Kinds of school, by the ages of their pupils."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    ALL_THROUGH = "all-through"


class StarterError(Exception):
    """The policy cannot be written there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ToChange:
    """A line that is an example: its file within the folder, its number from 1, and what belongs there."""

    file: str
    line: int
    what: str


def starter(kind: Kind, today: date) -> dict[str, str]:
    """The files of the first policy: name within the folder to text. `today` is the day of its decisions."""
    return {
        name: "".join(f"{line}\n" for line in _lines(_TEMPLATES / template, kind, today))
        for template, name in _FILES.items()
    }


def _lines(template: Path, kind: Kind, today: date) -> Iterator[str]:
    for line in template.read_text("utf-8").splitlines():
        only = _ONLY.search(line)
        if only is None or kind in only[1].split():
            kept = line if only is None else line[: only.start()]
            yield kept.replace("TODAY", f"{today}").replace("REVIEW", f"{today + REVIEWED_AFTER}")


def to_change(files: dict[str, str]) -> list[ToChange]:
    """What has to be made one's own before real use, in the order of the files."""
    return [
        ToChange(name, number, found[1])
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _CHANGE.search(line))
    ]


def write_starter(files: dict[str, str], folder: Path) -> None:
    """Write the files into a folder that is new, or holds nothing but hidden files. Raises StarterError; none is left then."""
    written: list[Path] = []
    try:
        if folder.is_dir() and any(not one.name.startswith(".") for one in folder.iterdir()):
            raise StarterError(f"{folder} is not empty, and nothing in it is overwritten; name a new folder")
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        said = f"{error.filename or folder} cannot be written ({error.strerror}); name a new folder of your own"
        raise StarterError(said) from None
