"""From what the schema found wrong to problems in the words of those who write policies."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from saywhy.policy.codes import Code
from saywhy.policy.part import MISTAKE, WRONG_KIND, Part, Reading
from saywhy.policy.pasted_signs import PastedSign, pasted_sign, said_of, sign_for_a_mark
from saywhy.policy.problem import Problem
from saywhy.policy.reading.suffix_problems import suffix_problem
from saywhy.policy.reading.yaml12 import Document, Loc, Node
from saywhy.policy.suggest import did_you_mean, quoted

_BOUNDS = {"list_type": "a list", "dict_type": "a mapping", "bool_type": "true or false"}
_KEY = "[key]"  # what stands last in the location of a key


def problems_of(document: Document, error: ValidationError, reading: Reading) -> Iterator[Problem]:
    """One problem for each thing that is wrong; values that are not written at all are reported elsewhere."""
    for one in error.errors(include_url=False, include_input=False):
        loc: Loc = tuple(one["loc"])
        kind = one["type"]
        context: dict[str, Any] = one.get("ctx", {})
        if kind == "extra_forbidden":
            yield _unknown_key(document, loc, reading)
        elif context.get("code") == Code.PUBLIC_SUFFIX:
            yield suffix_problem(document, loc, context)
        elif kind == "missing":
            yield _missing_key(document, loc, reading)
        elif loc[-1:] == (_KEY,) and _KEY not in document.node(loc[:-1]).keys:
            yield document.problem(
                loc[:-1],
                context.get("what", "this cannot be a key"),
                context.get("instead", ""),
                code=context.get("code", Code.BAD_KEY),
                of_key=True,
            )
        elif document.node(loc).value is None:
            continue
        elif kind == "too_short":
            yield _empty_list(document, loc, reading)
        else:
            what, instead, code = _wrong_value(document.node(loc), kind, context)
            yield document.problem(loc, what, instead, code=code)


def found(node: Node) -> str:
    """What stands there, in words."""
    match node.value:
        case bool():
            return f"the word {node.text}"
        case int() | float():
            return f"the number {node.text}"
        case str():
            return f"the text {quoted(node.text)}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "nothing"


def _part(document: Document, loc: Loc, reading: Reading) -> type[Part] | None:
    return reading.parts.get(id(document.node(loc).value))


def _unknown_key(document: Document, loc: Loc, reading: Reading) -> Problem:
    part = _part(document, loc[:-1], reading)
    key = str(loc[-1])
    sign = pasted_sign(key)
    if sign is not None:
        return document.problem(loc, *said_of(key, sign), code=sign.code, of_key=True)
    if " " in key and document.node(loc).value is None:
        what = f"a text without quotes ends at its comma, and {quoted(key)} is read as a key"
        return document.problem(loc, what, "put the whole text in quotes", code=Code.UNKNOWN_KEY, of_key=True)
    instead = did_you_mean(key, part.keys()) if part is not None else ""
    return document.problem(loc, f"unknown key {quoted(key)}", instead, code=Code.UNKNOWN_KEY, of_key=True)


def _missing_key(document: Document, loc: Loc, reading: Reading) -> Problem:
    part = _part(document, loc[:-1], reading)
    key = str(loc[-1])
    example = part.example(key) if part is not None else ""
    instead = f"write {example or key + ':'}"
    return document.problem(loc[:-1], f"missing key {quoted(key)}", instead, code=Code.MISSING_KEY)


def _empty_list(document: Document, loc: Loc, reading: Reading) -> Problem:
    part, key = _part(document, loc[:-1], reading), str(loc[-1])
    leavable = part is not None and part.may_leave(key) and loc != ("rules",)
    leave = f", or take {quoted(key)} out" if leavable else ""
    return document.problem(loc, "an empty list", f"write at least one item{leave}", code=Code.EMPTY_LIST)


def _sign_in(node: Node) -> PastedSign | None:
    """A pasted sign that makes a text of what was to be something else."""
    if not isinstance(node.value, str):
        return None
    return sign_for_a_mark(node.text) or (pasted_sign(node.text) if " " not in node.text else None)


def _wrong_value(node: Node, kind: str, context: dict[str, Any]) -> tuple[str, str, Code]:
    if kind == MISTAKE:
        return context["what"], context["instead"], context["code"]
    sign = _sign_in(node)
    if sign is not None:
        plain = f"write {sign.plain}" if sign.plain.strip() else "write a space" if sign.plain else "delete it"
        return f"{found(node)} has {sign.called} in it", f"{plain}, and see how it is written elsewhere", sign.code
    if kind == "literal_error":
        return (
            f"{found(node)} where one of {str(context['expected']).replace(' or ', ', ')} belongs",
            "write one of them",
            Code.UNKNOWN_WORD,
        )
    wanted = context["wanted"] if kind == WRONG_KIND else _BOUNDS.get(kind)
    if wanted is None:
        return f"{found(node)} cannot stand here", "compare it with the example policy", Code.WRONG_KIND
    instead = context.get("instead", "")
    scalar = not isinstance(node.value, list | dict)
    if isinstance(node.value, dict) and wanted == "a network" and len(node.keys) == 1:
        return f"{next(iter(node.keys))}: without quotes", f'write "{next(iter(node.keys))}:"', Code.WRONG_KIND
    if kind == "bool_type":
        instead = "write true or false"
    elif not instead and wanted == "a list" and scalar:
        instead = f"write it in brackets: [{', '.join(one.strip() for one in node.text.split(','))}]"
    elif not instead and scalar and not isinstance(node.value, str):
        instead = f'write "{node.text}", in quotes'
    return f"{found(node)} where {wanted} belongs", instead, Code.WRONG_KIND
