"""A policy's files as they were written: for problems about a policy that loads, which still need a line and a column."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Final

from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.lists import MOST_LIST_BYTES, named_lists
from saywhy.policy.reading.yaml12 import Document, Node, read_yaml

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_SAID: Final = re.compile(rb"#\s*saywhy|^\s*all\s+of\s", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """Documents and texts by their files' names within the folder.

    `texts` has YAML files whole, and of list files the comments at their head, those for Saywhy, and the lines that say
    "all of"; `shown` has the names of files as problems say them.
    """

    documents: Mapping[str, Document] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)

    def document_with(self, section: str) -> Document:
        """The document that has a section which stands in one file alone."""
        found = (one for one in self.documents.values() if section in one.node_at().keys)
        return next(found, Document("", Node({}, 1, 1), []))


def read_written(directory: Path) -> Written:
    """Read a folder that `load_policy` took. What cannot be read any more is left out."""
    folder = Folder(directory)
    documents: dict[str, Document] = {}
    texts: dict[str, str] = {}
    for name in folder.yaml_names()[0]:
        content = _content(folder, name)
        document = read_yaml(content, folder.shown(name))
        if document.root is not None:
            documents[name] = document
            texts[name] = content.decode("utf-8-sig", "replace")
    for _loc, name in (one for document in documents.values() for one in named_lists(document)):
        texts[name] = _comments(_content(folder, name))
    return Written(documents, texts, {name: folder.shown(name) for name in texts})


def _content(folder: Folder, name: str) -> bytes:
    try:
        return folder.read(name, MOST_LIST_BYTES)
    except UnreadableError:
        return b""


def _comments(content: bytes) -> str:
    """The comments at the head of a list, and each line that says something besides a name, at their places."""
    lines = _LINE_END.split(content[:65_536].decode("utf-8-sig", "replace"))
    kept = list(takewhile(lambda line: not line.strip() or line.lstrip().startswith("#"), lines))
    if _SAID.search(content) is not None:
        lines = _LINE_END.split(content.decode("utf-8-sig", "replace"))
        kept += [line if _SAID.search(line.encode()) else "" for line in lines[len(kept) :]]
    return "\n".join(kept)
