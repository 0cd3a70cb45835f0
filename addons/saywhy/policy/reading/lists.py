"""List files: one domain a line, each with its subdomains; `#` begins a comment."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic_core import PydanticCustomError

from saywhy.policy.codes import Code
from saywhy.policy.host_fields import read_host
from saywhy.policy.problem import Problem
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.named_files import read_named
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import quoted

MOST_LIST_BYTES: Final = 256 * 1024 * 1024
_LONGEST: Final = 1000  # characters; a name has at most 253
_MOST_WRONG: Final = 1000  # lines; what has more of them is read no further
_MOST_PROBLEMS: Final = 20  # a list in another format is wrong in each of its lines


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed name (canonical) and its line, from 1."""

    host: str
    line: int


def parse_list(content: bytes, file: str) -> tuple[list[Entry], list[Problem]]:
    """The names in a list file's bytes, and what is wrong with its lines."""
    nul = content.find(0)  # no text has one; a file that is mostly holes is told before it is taken apart
    if nul >= 0:
        return [], [
            Problem(
                file, *_place(content[:nul]), "a NUL byte", "save the file as plain text in UTF-8", code=Code.NOT_UTF8
            )
        ]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(content[: error.start])
        return [], [Problem(file, *place, "a byte that is not UTF-8", "save the file as UTF-8", code=Code.NOT_UTF8)]
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, whole in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        written = whole.partition("#")[0]
        if not (name := written.strip(" \t")):
            continue
        if len(problems) > _MOST_WRONG:
            break
        if len(name) > _LONGEST:
            problems.append(
                Problem(
                    file, number, 1, f"{quoted(name)} is no domain", "write one domain a line", code=Code.BAD_DOMAIN
                )
            )
            continue
        try:
            entries.append(Entry(read_host(name), number))
        except PydanticCustomError as error:
            context = error.context or {}
            column = len(written) - len(written.lstrip()) + 1
            problems.append(Problem(file, number, column, context["what"], context["instead"], code=context["code"]))
    if len(problems) > _MOST_PROBLEMS:
        rest = problems[_MOST_PROBLEMS:]
        at_least = "at least " if len(problems) > _MOST_WRONG else ""
        what = f"{at_least}{len(rest)} more lines, from this one on, are no domains"
        instead = "write one domain a line"
        problems[_MOST_PROBLEMS:] = [Problem(file, rest[0].line, rest[0].column, what, instead, code=Code.BAD_DOMAIN)]
    if not entries and not problems:
        instead = "write one domain a line, or take the list away"
        problems.append(Problem(file, 1, 1, "the list is empty", instead, code=Code.EMPTY_LIST))
    return entries, problems


def _place(before: bytes) -> tuple[int, int]:
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")


def read_lists(folder: Folder, documents: Iterable[Document]) -> tuple[dict[str, list[Entry]], list[Problem]]:
    """Every list that categories and apps name, by its name as written, each read once; and all problems."""
    lists: dict[str, list[Entry]] = {}
    problems: list[Problem] = []
    for document in documents:
        for loc, name in named_lists(document):
            if name in lists:
                continue
            try:
                content = read_named(folder, name, MOST_LIST_BYTES, "lists/games.txt")
            except UnreadableError as error:
                what = f"list {quoted(name)}: {error.what}"
                code = Code.BAD_LIST_FILE if error.code is Code.UNREADABLE else error.code
                problems.append(document.problem(loc, what, error.instead, code=code))
                continue
            lists[name], wrong = parse_list(content, folder.shown(name))
            problems.extend(wrong)
    return lists, problems


def named_lists(document: Document) -> Iterator[tuple[Loc, str]]:
    """The names of list files in a document, each with where it is written."""
    for section in ("categories", "apps"):
        for entry in document.node_at(section).inner:
            for index, node in document.node_at(section, entry, "lists").inner.items():
                if isinstance(node.value, str) and node.value.strip():
                    yield (section, entry, "lists", index), node.value.strip()
