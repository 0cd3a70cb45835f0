"""Lists of controls, needs, calendars and accounts in which the same thing stands twice: one of them was to be another."""

from collections.abc import Iterator, Sequence

from pydantic_core import PydanticCustomError

from saywhy.policy.codes import Code
from saywhy.policy.host_fields import read_host
from saywhy.policy.problem import Problem
from saywhy.policy.reading.written_controls import written_controls
from saywhy.policy.reading.yaml12 import Document, Loc, Value
from saywhy.policy.suggest import quoted


def said_twice(document: Document) -> Iterator[Problem]:
    """The problems of such lists of a file."""
    for lists in _lists(document):
        seen: set[str] = set()
        for loc in lists:
            written = document.node_at(*loc)
            for index, node in written.inner.items() if isinstance(written.value, list) else ():
                same = _compared(node.value)
                if same in seen:
                    what = f"{quoted(node.text)} stands here twice"
                    yield document.problem((*loc, index), what, "write it once", code=Code.SAID_TWICE)
                seen |= {same} - {""}


def _lists(document: Document) -> Iterator[Sequence[Loc]]:
    """The lists, those together that name things of one kind for one purpose."""
    for app in document.node_at("apps").inner:
        yield from ([("apps", app, "needs", key)] for key in ("domains", "apps"))
        for one in written_controls(document, app):
            yield [(*one.loc, "hosts"), (*one.loc, "domains")]
            yield from ([(*one.loc, key)] for key in ("closed", "refused_at", "refused_with"))
    for calendar in document.node_at("calendars").inner:
        yield [("calendars", calendar, "events")]
    for times in document.node_at("times").inner:
        yield from ([("times", times, key)] for key in ("only", "except"))
    for rule in document.node_at("rules").inner:
        for service in document.node_at("rules", rule, "accounts").inner:
            yield [("rules", rule, "accounts", service), ("rules", rule, "accounts", service, "allowed")]


def _compared(value: Value) -> str:
    """A text as it is compared: names of hosts in one form, others without case and blanks; empty for what is none."""
    try:
        return read_host(value)
    except PydanticCustomError:
        return " ".join(str(value).split()).casefold() if isinstance(value, str | int) else ""
