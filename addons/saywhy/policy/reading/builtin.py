"""The catalogue that comes with Saywhy: apps, categories and purposes that a policy may name without defining them.

It is read once in a process, by the same schema as a policy. Categories in it have no sites of their own but those of
its apps: the rest comes from lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from saywhy.policy.catalogue import Catalogue
from saywhy.policy.codes import Code
from saywhy.policy.part import Reading
from saywhy.policy.problem import PolicyError, Problem
from saywhy.policy.reading.build import build_catalogue
from saywhy.policy.reading.checked_file import CheckedFile
from saywhy.policy.reading.checks import problems_of_wholes
from saywhy.policy.reading.gather import gather
from saywhy.policy.reading.schema import FilePart
from saywhy.policy.reading.validation_errors import problems_of
from saywhy.policy.reading.yaml12 import Document, read_yaml

_HERE: Final = Path(__file__).resolve().parent
_KINDS: Final = ("app", "category", "purpose", "carrier", "service", "help line", "country")


@dataclass(frozen=True, slots=True)
class Builtin:
    """The catalogue's files, the names that they define by kind, and a digest of their names and bytes."""

    files: tuple[CheckedFile, ...]
    names: Mapping[str, Mapping[str, str]]
    digest: bytes


def builtin_folder() -> Path:
    """The folder catalogue: beside this file in an installed wheel, at the top level in a checkout.

    Raises PolicyError naming both places.
    """
    places = (_HERE / "builtin_catalogue", _HERE.parents[3] / "catalogue")
    for place in places:
        if (place / "categories.yaml").is_file():
            return place
    what = f"Saywhy's own catalogue is neither in {places[0]} nor here"
    raise PolicyError([Problem(str(places[1]), 1, 1, what, "reinstall Saywhy", code=Code.UNREADABLE)])


@cache
def builtin() -> Builtin:
    """The builtin catalogue, read at the first call. Raises PolicyError where it is missing or damaged."""
    return read_catalogue(builtin_folder())


@cache
def builtin_catalogue() -> Catalogue:
    """The builtin catalogue by itself, as it is before any policy."""
    return build_catalogue(builtin().files, {})


def read_catalogue(folder: Path) -> Builtin:
    """Read every YAML file below a folder as a catalogue. Raises PolicyError with all problems."""
    digest = sha256()
    documents: list[Document] = []
    for path in sorted(folder.rglob("*.yaml")):
        name = f"catalogue/{path.relative_to(folder).as_posix()}"
        try:
            content = path.read_bytes()
        except OSError as error:
            what = f"the file cannot be read: {error.strerror}"
            raise PolicyError([Problem(name, 1, 1, what, "reinstall Saywhy", code=Code.UNREADABLE)]) from None
        digest.update(b"%s %d\n" % (name.encode(), len(content)))
        digest.update(content)
        documents.append(read_yaml(content, name))
    problems = [problem for document in documents for problem in document.problems]
    readable = [document for document in documents if document.root is not None]
    gathered = gather(readable)
    problems.extend(gathered.problems)
    reading = Reading(gathered.names, all_known=len(readable) == len(documents), lists_come_later=True)
    files: list[CheckedFile] = []
    for document in readable:
        assert document.root is not None
        problems.extend(problems_of_wholes(document))
        try:
            part = FilePart.model_validate(document.root.value, context=reading)
        except ValidationError as error:
            problems.extend(problems_of(document, error, reading))
        else:
            files.append(CheckedFile(document.file, document, part, builtin=True))
    if problems:
        raise PolicyError(sorted(set(problems)))
    names = {kind: gathered.names.get(kind, {}) for kind in _KINDS}
    return Builtin(tuple(files), names, digest.digest())
