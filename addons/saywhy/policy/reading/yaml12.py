"""YAML as a policy may use it: PyYAML's fast parser, the meaning of YAML 1.2 core, and the place of every value.

`09:15` is text and so are `NO`, `on` and `2026-09-03`; a key that comes twice is a mistake. Anchors, aliases and tags
are refused: a policy needs none of them, and they are how a small file grows without bound.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

import yaml

from saywhy.policy.codes import Code
from saywhy.policy.pasted_signs import PastedSign
from saywhy.policy.problem import Problem
from saywhy.policy.reading.yaml_errors import in_plain_words
from saywhy.policy.suggest import quoted

MOST_BYTES: Final = 8 * 1024 * 1024
_DEEPEST: Final = 24
_MOST_VALUES: Final = 500_000
_MOST_PROBLEMS: Final = 500  # a file with more of them is no policy, and telling them all takes long
_LONGEST_NUMBER: Final = 30  # longer ones stay text: no setting is meant by them, and int() refuses the longest

type Value = str | int | float | bool | list[Value] | dict[str, Value] | None
type Part = str | int
type Loc = tuple[Part, ...]

# YAML 1.2.2, section 10.3.2: what a plain scalar means
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
# YAML 1.2.2, section 5.1, and the line separators that YAML 1.1 parsers break lines at and editors do not
_UNREADABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


class CutText(str):
    """A text without quotes that ends before a #: `rest` is what YAML takes for a comment from there on."""

    __slots__ = ("rest",)

    def __new__(cls, text: str, rest: str) -> Self:
        """Make it of what is left of the text, and of the rest."""
        made = super().__new__(cls, text)
        made.rest = rest
        return made

    rest: str


@dataclass(slots=True)
class Node:
    """A value and its place (from 1). `text` is a scalar as written; `keys` are the places of a mapping's keys."""

    value: Value
    line: int
    column: int
    text: str = ""
    inner: dict[Part, "Node"] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)


# A comment has a space after its #. One that has none, behind a text, may be the rest of that text: Room #7.
_CUT: Final = re.compile(r"[ \t]+(#(?:(?!saywhy\s*:)\w[^\r\n]*|(?=[ \t]*(?:[\r\n]|\Z))))", re.IGNORECASE)


@dataclass(slots=True)
class Document:
    """One YAML file. `root` is None where it could not be read; then `problems` say why."""

    file: str
    root: Node | None
    problems: list[Problem]

    def node(self, loc: Loc) -> Node:
        """The node at a path of keys and positions; parts that are not there are passed over."""
        assert self.root is not None
        node = self.root
        for part in loc:
            node = node.inner.get(part, node)
        return node

    def node_at(self, *loc: Part) -> Node:
        """The node at exactly this path, or an empty one where there is none."""
        node = self.root
        for part in loc:
            node = None if node is None else node.inner.get(part)
        return node or Node(None, 1, 1)

    def place(self, loc: Loc, *, of_key: bool = False) -> tuple[int, int]:
        """Line and column of the value at a path or, where asked for and there is one, of its key."""
        if of_key and loc and isinstance(key := loc[-1], str):
            around = self.node(loc[:-1])
            if key in around.keys:
                return around.keys[key]
        node = self.node(loc)
        return node.line, node.column

    def problem(self, loc: Loc, what: str, instead: str = "", *, code: Code, of_key: bool = False) -> Problem:
        """A problem with the value (or the key) at a path."""
        return Problem(self.file, *self.place(loc, of_key=of_key), what, instead, code=code)

    def nothings(self) -> Iterator[Loc]:
        """The paths of keys and items after which nothing is written, or null."""
        waiting: list[tuple[Loc, Node]] = [] if self.root is None else [((), self.root)]
        while waiting:
            loc, node = waiting.pop()
            if node.value is None:
                yield loc
            waiting.extend(((*loc, part), inner) for part, inner in node.inner.items())


def read_yaml(content: bytes, file: str) -> Document:
    """Read one file's bytes. Never raises: what is wrong with them is in the document's problems."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _after(content[: error.start].decode("utf-8", "replace").removeprefix("\ufeff"))
        what = "a byte that is not UTF-8"
        problem = Problem(file, line, column, what, "save the file as UTF-8", code=Code.NOT_UTF8)
        return Document(file, None, [problem])
    unreadable = _UNREADABLE.search(text)
    if unreadable is not None:
        what = f"an invisible character that YAML does not take: {PastedSign(unreadable[0], 0).called}"
        place = _after(text[: unreadable.start()])
        return Document(file, None, [Problem(file, *place, what, "delete it", code=Code.INVISIBLE_CHARACTER)])
    return _Composer(file).composed(text)


def meaning(text: str) -> Value:
    """What a plain scalar means in YAML 1.2 core."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _after(text: str) -> tuple[int, int]:
    """Line and column of what follows the text."""
    lines = re.split(r"\r\n|\r|\n", text)
    return len(lines), len(lines[-1]) + 1


class _Stopped(Exception):  # noqa: N818 - not an error of the program: the rest of the file makes no sense any more
    """Reading ends here; the problem is noted."""


class _Composer:
    """Builds nodes from the parser's events with a stack of its own, so that depth is bounded before it costs."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.roots: list[Node] = []
        self.stack: list[tuple[Node, tuple[str, int, int] | None]] = []  # open collections, each with a waiting key
        self.text = ""
        self.values = 0
        self.usable = True

    def composed(self, text: str) -> Document:
        self.text = text
        try:
            for event in yaml.parse(text, Loader=yaml.CSafeLoader):
                self._take(event)
        except _Stopped:
            self.usable = False
        except yaml.MarkedYAMLError as error:
            self._refuse(*in_plain_words(error, text))
        except yaml.YAMLError:
            self._refuse(1, 1, "this is no YAML", "save the file as plain text in UTF-8")
        root = self.roots[0] if self.usable and self.roots else None
        if not self.problems and (root is None or root.value is None):
            instead = "write a policy in it, or delete it"
            self.problems.append(Problem(self.file, 1, 1, "the file is empty", instead, code=Code.EMPTY_FILE))
            root = None
        return Document(self.file, root, self.problems)

    def _refuse(self, line: int, column: int, what: str, instead: str, code: Code = Code.YAML_SYNTAX) -> None:
        self.usable = False
        self.problems.append(Problem(self.file, line, column, what, instead, code=code))

    def _take(self, event: yaml.Event) -> None:
        mark = event.start_mark
        assert mark is not None  # the parser always gives one; only events made by hand have none
        line, column = mark.line + 1, mark.column + 1
        if len(self.problems) >= _MOST_PROBLEMS:
            self._refuse(
                line, column, "too much is wrong in this file; it was read up to here", "mend what stands above"
            )
            raise _Stopped
        match event:
            case yaml.DocumentStartEvent() if self.roots:
                self._refuse(
                    line,
                    column,
                    "a second document in one file",
                    "delete the line ---, or make it a file of its own",
                    Code.SECOND_DOCUMENT,
                )
                raise _Stopped
            case yaml.AliasEvent():
                self._refuse(
                    line,
                    column,
                    f"the alias *{event.anchor}; aliases are not used in a policy",
                    "write the value out again; text that begins with * needs quotes",
                    Code.YAML_FEATURE,
                )
                self._place(Node("", line, column))
            case yaml.ScalarEvent() | yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_extras(event, line, column)
                self._open(event, line, column)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.stack.pop()

    def _refuse_extras(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int, column: int) -> None:
        if event.anchor is not None:
            self._refuse(
                line,
                column,
                f"the anchor &{event.anchor}; anchors are not used in a policy",
                "delete it; text that begins with & needs quotes",
                Code.YAML_FEATURE,
            )
        if event.tag is not None:
            self._refuse(
                line,
                column,
                f"the tag {quoted(event.tag)}; tags are not used in a policy",
                "delete it; text that begins with ! needs quotes",
                Code.YAML_FEATURE,
            )

    def _open(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int, column: int) -> None:
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0]
            value = self._meaning(event) if plain else event.value
            self._place(Node(value, line, column, event.value), plain=plain)
            return
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], line, column)
        self._place(node)
        self.stack.append((node, None))
        if len(self.stack) > _DEEPEST:
            self._refuse(
                line,
                column,
                f"more than {_DEEPEST} levels inside one another",
                "no part of a policy is that deep",
                Code.TOO_LARGE,
            )
            raise _Stopped

    def _meaning(self, event: yaml.ScalarEvent) -> Value:
        value, mark = meaning(event.value), event.end_mark
        if isinstance(value, str) and mark is not None and (cut := _CUT.match(self.text, mark.index)):
            return CutText(value, cut[1].rstrip())
        return value

    def _place(self, node: Node, *, plain: bool = False) -> None:
        self.values += 1
        if self.values > _MOST_VALUES:
            self._refuse(
                node.line,
                node.column,
                f"more than {_MOST_VALUES:,} values in one file",
                "move long lists of domains into list files",
                Code.TOO_LARGE,
            )
            raise _Stopped
        if not self.stack:
            self.roots.append(node)
            return
        around, key = self.stack[-1]
        if isinstance(around.value, list):
            around.inner[len(around.value)] = node
            around.value.append(node.value)
        elif key is None:
            self.stack[-1] = (around, (self._key_of(node, plain=plain), node.line, node.column))
        else:
            self.stack[-1] = (around, None)
            self._pair(around, key, node)

    def _key_of(self, node: Node, *, plain: bool) -> str:
        if isinstance(node.value, list | dict):
            self._refuse(
                node.line, node.column, "a list or a mapping as a key", "write a word before the ':'", Code.BAD_KEY
            )
        elif plain and node.text == "":
            self._refuse(node.line, node.column, "no key before the ':'", "write one", Code.BAD_KEY)
        return node.text

    def _pair(self, around: Node, key: tuple[str, int, int], node: Node) -> None:
        name, line, column = key
        assert isinstance(around.value, dict)
        if name in around.keys:
            what = f"the key {quoted(name)} is here a second time; the first is in line {around.keys[name][0]}"
            self.problems.append(Problem(self.file, line, column, what, "keep one of them", code=Code.DUPLICATE_KEY))
            return
        around.keys[name] = (line, column)
        around.inner[name] = node
        around.value[name] = node.value
