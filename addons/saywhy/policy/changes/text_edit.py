"""A small change in a YAML file that keeps every other byte: comments, order, spaces and line ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from saywhy.policy.reading.yaml12 import Document, Loc, Node, read_yaml

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_DASH: Final = re.compile(r"([ ]*)-[ ]+\Z")
_BOM: Final = b"\xef\xbb\xbf"


class CannotEditError(Exception):
    """A file that is written so that a change has to be made by hand; the message says why."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A file by its name within the folder, before and after."""

    name: str
    before: bytes
    after: bytes

    @property
    def patch(self) -> str:
        """The change as `git apply` and `patch -p1` take it."""
        was, now = (_LINE.findall(content.decode("utf-8")) for content in (self.before, self.after))
        lines = unified_diff(was, now, f"a/{self.name}", f"b/{self.name}")
        return "".join(_whole(line) for line in lines)


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def insert_item(name: str, content: bytes, section: str, item: Sequence[str], before: int | None = None) -> Edit:
    """Put an item, as lines of which the first has the dash, into a list: before the item at a position, or last.

    Comments right above an item belong to it. Raises CannotEditError.
    """
    text, document = _read(name, content)
    found = document.node_at(section)
    lines = _LINE.findall(text)
    if not isinstance(found.value, list) or not found.value:
        raise CannotEditError(f"{name} has no list {section} with an item in it")
    starts = [_start(name, lines, found.inner[one]) for one in range(len(found.value))]
    indent = starts[0][1]
    if any(one[1] != indent for one in starts):
        raise CannotEditError(f"the items of {section} in {name} do not stand below one another")
    tops = [_with_comments(lines, line, indent) for line, _ in starts]
    apart = any(top and not lines[top - 1].strip() for top in tops[1:])
    at = tops[before] if before is not None else _end(lines, starts[-1][0], indent)
    end = _line_end(text)
    said = [f"{' ' * indent}{one}{end}" for one in item]
    if before is not None:
        said += [end] if apart else []
    elif apart:
        said.insert(0, end)
    if at and not lines[at - 1].endswith(("\n", "\r")):
        said.insert(0, end)
    return _edit(name, content, "".join((*lines[:at], *said, *lines[at:])))


def add_section(name: str, content: bytes, section: str, item: Sequence[str]) -> Edit:
    """Write a section of one item at the end of a file that has none of that name. Raises CannotEditError."""
    text, document = _read(name, content)
    top = document.root
    if top is None or not isinstance(top.value, dict) or section in top.value or top.text or top.column != 1:
        raise CannotEditError(f"nothing can be added at the end of {name}")
    if text.lstrip().startswith("{") or re.search(r"^\.\.\.", text, re.MULTILINE):
        raise CannotEditError(f"nothing can be added at the end of {name}")
    end = _line_end(text)
    before = "" if text.endswith(("\n", "\r")) else end
    return _edit(name, content, text + before + end + end.join([f"{section}:", *(f"  {one}" for one in item), ""]))


def replace_value(name: str, content: bytes, loc: Loc, value: str) -> Edit:
    """Write another plain value in the place of one that is there. Raises CannotEditError."""
    text, document = _read(name, content)
    node = document.node_at(*loc)
    lines = _LINE.findall(text)
    if node.text and 0 < node.line <= len(lines):
        line = lines[node.line - 1]
        at = node.column - 1
        for written in (node.text, f'"{node.text}"', f"'{node.text}'"):
            if line.startswith(written, at):
                lines[node.line - 1] = line[:at] + value + line[at + len(written) :]
                return _edit(name, content, "".join(lines))
    raise CannotEditError(f"{'.'.join(map(str, loc))} is not written in {name} as one value in one line")


def _read(name: str, content: bytes) -> tuple[str, Document]:
    document = read_yaml(content, name)
    if document.root is None:
        raise CannotEditError(f"{name} cannot be read")
    return content.decode("utf-8-sig"), document


def _edit(name: str, content: bytes, text: str) -> Edit:
    return Edit(name, content, (_BOM if content.startswith(_BOM) else b"") + text.encode())


def _line_end(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"


def _start(name: str, lines: list[str], item: Node) -> tuple[int, int]:
    """The line of an item, from 0, and how far its dash is indented."""
    ahead = lines[item.line - 1][: item.column - 1]
    dash = _DASH.match(ahead)
    if dash is None:
        raise CannotEditError(f"{name}:{item.line} is not written with a dash on the line")
    return item.line - 1, len(dash[1])


def _with_comments(lines: list[str], line: int, indent: int) -> int:
    while line and lines[line - 1].startswith(f"{' ' * indent}#"):
        line -= 1
    return line


def _end(lines: list[str], start: int, indent: int) -> int:
    """The line after the last one of an item."""
    last = start
    for number in range(start + 1, len(lines)):
        bare = lines[number].strip()
        inside = len(lines[number]) - len(lines[number].lstrip(" ")) > indent
        if bare and not inside:
            break
        last = number if bare else last
    return last + 1
