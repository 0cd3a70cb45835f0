"""The way in: a policy's folder becomes a `Policy`, or every problem that it has."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from saywhy.policy.codes import Code
from saywhy.policy.part import Reading
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError, Problem
from saywhy.policy.reading.build import build
from saywhy.policy.reading.builtin import builtin
from saywhy.policy.reading.calendars import read_calendars
from saywhy.policy.reading.checked_file import CheckedFile
from saywhy.policy.reading.checks import problems_of_wholes
from saywhy.policy.reading.copies import without_copies
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.gather import gather, missing_sections
from saywhy.policy.reading.lists import read_lists
from saywhy.policy.reading.look import read_look
from saywhy.policy.reading.role_checks import role_problems
from saywhy.policy.reading.schema import FilePart
from saywhy.policy.reading.validation_errors import problems_of
from saywhy.policy.reading.yaml12 import Document, read_yaml


def load_policy(directory: Path) -> Policy:
    """Read every `*.yaml` directly in the folder, and the lists that they name.

    Raises PolicyError, and nothing else, with all problems in the order of files, lines and columns. Their files are
    named as the directory was: `policies/school.yaml` for `Path("policies")`. Apps, categories and purposes that the
    folder does not define itself are those of the catalogue that comes with Saywhy.
    """
    return load_folder(Folder(directory))


def load_folder(folder: Folder) -> Policy:
    """As `load_policy`; what was read is in the folder's `contents` afterwards. Raises PolicyError."""
    read, problems = _read(folder)
    whole = not problems
    documents, copies = without_copies(read)
    problems.extend(copies)
    readable = {name: document for name, document in documents.items() if document.root is not None}
    whole = whole and len(readable) == len(documents)
    for document in documents.values():
        problems.extend(document.problems)
    gathered = gather(list(readable.values()))
    problems.extend(gathered.problems)
    problems.extend(role_problems(list(readable.values())))
    lists, wrong_lists = read_lists(folder, readable.values())
    problems.extend(wrong_lists)
    if whole:
        only = next(iter(documents)) if len(documents) == 1 else ""
        problems.extend(
            folder.problem(only, *missing, code=Code.MISSING_SECTION)
            for missing in missing_sections(list(readable.values()))
        )
    checked: list[CheckedFile] = []
    ours = builtin()
    reading = Reading(gathered.names, all_known=whole, builtin=ours.names)
    for name, document in readable.items():
        problems.extend(problems_of_wholes(document))
        part = _checked(document, reading, problems)
        if part is not None:
            checked.append(CheckedFile(name, document, part))
        elif not problems:  # what is not written is told elsewhere, as a rule; nothing passes untold
            loc, instead = next(document.nothings(), ()), "write a value, or take the key out"
            problems.append(
                document.problem(loc, "a key has no value", instead, code=Code.NOTHING_WRITTEN, of_key=True)
            )
    expanded, wrong_calendars = read_calendars(folder, readable.values(), _zone(checked))
    problems.extend(wrong_calendars)
    look, wrong_look = read_look(folder, checked)
    problems.extend(wrong_look)
    if problems:
        raise PolicyError(_in_order(problems))
    return build(checked, lists, folder.revision(ours.digest), ours.files, expanded, look)


def _zone(files: Sequence[CheckedFile]) -> ZoneInfo:
    """The school's time zone; UTC where none can be told, which is a problem by itself."""
    schools = (file.part.school for file in files)
    return next((school.timezone for school in schools if school is not None), ZoneInfo("UTC"))


def _read(folder: Folder) -> tuple[dict[str, Document], list[Problem]]:
    names, problems = folder.yaml_names()
    documents: dict[str, Document] = {}
    for name in names:
        try:
            documents[name] = read_yaml(folder.read(name), folder.shown(name))
        except UnreadableError as error:
            problems.append(folder.problem(name, error.what, error.instead, code=error.code))
    return documents, problems


def _checked(document: Document, reading: Reading, problems: list[Problem]) -> FilePart | None:
    assert document.root is not None
    try:
        return FilePart.model_validate(document.root.value, context=reading)
    except ValidationError as error:
        problems.extend(problems_of(document, error, reading))
        return None


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(set(problems))
