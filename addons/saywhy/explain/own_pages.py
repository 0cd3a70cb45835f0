"""Pages of the school's own: blocks that take the place of ours, held to little more than words and markup.

They are checked as they stand before they are compiled, and then run in Jinja2's sandbox: a page can neither reach what is
not listed here nor go on for ever. What is wrong with one is said with its line, and ours is shown in its place.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.environment import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment

# What may be overridden, by file; a page that cares keeps the people to turn to.
BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "base.html": frozenset({"school", "before", "after", "footer"}),
    "page.html": frozenset(
        {"school", "before", "after", "footer", "opening", "why", "reassurance", "ask", "instead", "whose", "details"}
    ),
    "care.html": frozenset({"school", "before", "after"}),
    "fault.html": frozenset({"school", "before", "after", "footer", "opening", "advice", "detail"}),
}
VARIABLES: Final = frozenset({"page", "school", "language", "contact", "fault"})
# What lies behind a dot, of whichever of them; those of LISTS can be gone through.
LISTS: Final = frozenset({"happened", "purposes", "alternatives", "help", "advice", "answered_by"})
ATTRIBUTES: Final = LISTS | {
    *("title", "what", "reason", "reassurance", "asking", "until", "reference", "ask_url", "go_on_url", "reader"),
    *("label", "name", "trusted", "contact", "room", "phone", "mail", "dialled", "text"),
}
FILTERS: Final = frozenset({"capitalize", "default", "e", "escape", "first", "join", "last", "length", "lower", "title", "trim", "upper"})  # fmt: skip
TESTS: Final = frozenset({"defined", "none", "undefined"})
LARGEST: Final = 40 * 1024  # bytes of a page
_DEEPEST: Final = 2  # loops within each other, as our own have them
_PLAIN: Final = (
    *(nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.Compare, nodes.Operand, nodes.And, nodes.Or),
    *(nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Block),
)
_MARKUP: Final = (
    (re.compile(r"<\s*/?\s*(script|style|form|iframe|frame|object|embed|link|meta|base|svg|math)\b", re.IGNORECASE), "<{}>"),
    (re.compile(r"<[^>{}%]*\s(on[a-z]+)\s*=", re.IGNORECASE), "{}="),
    (re.compile(r"<[^>{}%]*\s(style)\s*=", re.IGNORECASE), "{}="),
    (re.compile(r"\b(javascript:|vbscript:)", re.IGNORECASE), "{}"),
)  # fmt: skip
_BARE: Final = re.compile(r"=\s*\{\{")
_FETCHED: Final = re.compile(r"<\s*(img|audio|video|source)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BrokenPage:
    """What is wrong in a file, from which line on (from 1), and what to do."""

    file: str
    line: int
    what: str
    instead: str = ""


class TooLarge(Exception):  # noqa: N818 - what happened to it
    """A page came out larger than pages may be."""


def broken_pages(pages: Iterable[tuple[str, str]]) -> tuple[BrokenPage, ...]:
    """All that is wrong with the school's files as they stand; `pages` are their names and sources."""
    reader = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    return tuple(sorted(set(_found(reader, pages)), key=lambda one: (one.file, one.line, one.what)))


def _found(reader: Environment, pages: Iterable[tuple[str, str]]) -> Iterator[BrokenPage]:
    for file, source in pages:
        for number, line in enumerate(source.splitlines(), 1):
            yield from _wrong_markup(file, number, line)
        try:
            parsed = reader.parse(source)
        except TemplateSyntaxError as error:
            yield BrokenPage(file, error.lineno, f"this cannot be read: {error.message}")
            continue
        for node in parsed.body:
            yield from _outermost(file, node)


def _wrong_markup(file: str, number: int, line: str) -> Iterator[BrokenPage]:
    for expression, shown in _MARKUP:
        for found in expression.finditer(line):
            what = f"{shown.format(found[1].lower())} has no effect on a page, which neither runs nor fetches anything"
            yield BrokenPage(file, number, what, "take it out")
    if _FETCHED.search(line):
        yield BrokenPage(file, number, "a page fetches nothing", "write the crest under look, and words here")
    if _BARE.search(line):
        yield BrokenPage(file, number, "a value stands in an attribute without quotes", 'write ="{{ … }}"')


def _outermost(file: str, node: nodes.Node) -> Iterator[BrokenPage]:
    if isinstance(node, nodes.Block):
        if node.name not in BLOCKS[file]:
            what, known = f"there is no block {node.name!r} to override here", ", ".join(sorted(BLOCKS[file]))
            yield BrokenPage(file, node.lineno, what, f"there are: {known}")
        for inner in node.body:
            yield from _inside(file, inner, frozenset(), 0)
    elif not (isinstance(node, nodes.Output) and all(_is_space(one) for one in node.nodes)):
        what = "something stands outside of the blocks, where it would not be shown"
        yield BrokenPage(file, node.lineno, what, "put it into a block")


def _is_space(node: nodes.Node) -> bool:
    return isinstance(node, nodes.TemplateData) and not node.data.strip()


def _inside(file: str, node: nodes.Node, local: frozenset[str], loops: int) -> Iterator[BrokenPage]:  # noqa: PLR0911, PLR0912, C901 - one for each kind
    """What may not be there, of a node and all within. `local` are the names of the loops around it."""
    match node:
        case nodes.For():
            yield from _loop(file, node, local, loops)
            return
        case nodes.Call(node=nodes.Name(name="super"), args=[], kwargs=[]):
            return
        case nodes.Name(name=name):
            if name not in VARIABLES | local:
                yield BrokenPage(file, node.lineno, f"{name!r} is nothing that a page knows", _those(VARIABLES))
            return
        case nodes.Getattr(attr=attr) if attr not in ATTRIBUTES:
            yield BrokenPage(file, node.lineno, f"no page is told {attr!r}", _those(ATTRIBUTES))
            return
        case nodes.Filter(name=name):
            if name not in FILTERS:
                yield BrokenPage(file, node.lineno, f"the filter {name!r} is not there", _those(FILTERS))
                return
            if not all(isinstance(one, nodes.Const) for one in (*node.args, *(pair.value for pair in node.kwargs))):
                yield BrokenPage(file, node.lineno, f"the filter {name!r} takes plain texts", "write one in quotes")
                return
        case nodes.Test(name=name) if name not in TESTS:
            yield BrokenPage(file, node.lineno, f"the test {name!r} is not there", _those(TESTS))
            return
        case nodes.Getattr() | nodes.Test():
            pass
        case nodes.Block():
            yield BrokenPage(file, node.lineno, "a block stands in a block", "write one after the other")
            return
        case _ if not isinstance(node, _PLAIN):
            what = f"{_KINDS.get(type(node).__name__, type(node).__name__.lower())} is more than a page may do"
            yield BrokenPage(file, node.lineno, what, "write words, values and simple loops")
            return
    for inner in node.iter_child_nodes():
        yield from _inside(file, inner, local, loops)


_KINDS: Final = {
    "Assign": "setting a name",
    "Call": "calling something",
    "Getitem": "looking something up",
    "Include": "including a file",
    "Import": "importing a file",
    "FromImport": "importing a file",
    "Extends": "extending a file",
    "Macro": "a macro",
    "Mul": "multiplying",
    "Pow": "multiplying",
}


def _loop(file: str, node: nodes.For, local: frozenset[str], loops: int) -> Iterator[BrokenPage]:
    over = node.iter
    if not (isinstance(over, nodes.Getattr) and over.attr in LISTS) or node.recursive or node.test is not None:
        yield BrokenPage(file, node.lineno, "only lists of the page can be gone through", _those(LISTS))
        return
    if loops >= _DEEPEST or not isinstance(node.target, nodes.Name):
        yield BrokenPage(file, node.lineno, "loops are within each other too deep", f"use {_DEEPEST} at the most")
        return
    yield from _inside(file, over, local, loops)
    for inner in (*node.body, *node.else_):
        yield from _inside(file, inner, local | {node.target.name}, loops + 1)


def _those(names: Iterable[str]) -> str:
    return f"there are: {', '.join(sorted(names))}"


class OwnPages:
    """The school's pages, compiled over ours: only the files with which nothing is wrong."""

    def __init__(self, pages: Iterable[tuple[str, str]], ours: Mapping[str, str], plain: Environment) -> None:
        """`ours` are our templates by their names, `plain` the environment that they are used in without a school's."""
        pages = tuple(pages)
        self.broken = broken_pages(pages)
        bad = {one.file for one in self.broken}
        self._sources = {name: source for name, source in pages if name not in bad}
        self._ours = ours
        self._environment = environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.globals.update(plain.globals)
        environment.filters.update(plain.filters)

    def __bool__(self) -> bool:
        return bool(self._sources)

    def template(self, kind: str, layout: str) -> Template:
        """The template for a kind of page (page.html) in one of our layouts of it. Raises jinja2.TemplateError."""
        return self._environment.get_template(f"school:{kind}" if kind in self._sources else layout)

    def render(self, kind: str, layout: str, names: Mapping[str, Any]) -> bytes:
        """The page. Raises whatever it raises, and TooLarge."""
        pieces: list[str] = []
        length = 0
        for piece in self.template(kind, layout).generate({**names, "layout": layout}):
            length += len(piece.encode())
            if length > LARGEST:
                raise TooLarge(f"it comes out larger than {LARGEST // 1024} kB")
            pieces.append(piece)
        return "".join(pieces).encode()

    def broken_by(self, error: Exception, kind: str) -> BrokenPage:
        """What `render` raised, with the school's file and line in which it went wrong."""
        said = error.message if isinstance(error, TemplateError) else str(error)
        return BrokenPage(*self._place(error, kind), f"the page cannot be made: {said or type(error).__name__}")

    def _place(self, error: BaseException, kind: str) -> tuple[str, int]:
        found = (kind if kind in self._sources else "base.html"), 1
        trace = error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename.removeprefix("school:")
            if file in self._sources and trace.tb_frame.f_code.co_filename.startswith("school:"):
                found = file, trace.tb_lineno
            trace = trace.tb_next
        return found

    def _source(self, name: str) -> tuple[str, str, None] | None:
        if name == "base.html" and name in self._sources:
            return '{% extends "ours:base.html" %}' + self._sources[name], "school:base.html", None
        if name.startswith("school:"):
            own = self._sources.get(name.removeprefix("school:"))
            return None if own is None else ("{% extends layout %}" + own, name, None)
        own = self._ours.get(name.removeprefix("ours:"))
        return None if own is None else (own, name, None)
