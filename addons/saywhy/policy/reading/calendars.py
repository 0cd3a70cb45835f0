"""The calendar files that a policy names: each read once, and when the events that are named in it happen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from saywhy.policy.calendar import Unheld
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.named_files import read_named
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import did_you_mean, quoted

MOST_CALENDAR_BYTES: Final = 4 * 1024 * 1024
CALENDAR_ENDING: Final = ".ics"
_LIKE: Final = "calendars/school.ics"


@dataclass(frozen=True, slots=True)
class NamedCalendar:
    """A calendar as it is written: its name, where, its file, and the names of its events, each with where it is written."""

    name: str
    loc: Loc
    file: str
    events: tuple[tuple[Loc, str], ...]


@dataclass(frozen=True, slots=True)
class Expanded:
    """When the events of a calendar are: its edges or, where there are none, why."""

    edges: tuple[float, ...]
    unheld: tuple[Unheld, ...] = ()


def read_calendars(
    folder: Folder, documents: Iterable[Document], school: ZoneInfo
) -> tuple[dict[str, Expanded], list[Problem]]:
    """Every calendar that can be read, by its name; and all problems. Days are those of the school's zone."""
    found: dict[str, Expanded] = {}
    problems: dict[Problem, None] = {}
    for document in documents:
        for named in named_calendars(document):
            try:
                content = read_named(folder, named.file, MOST_CALENDAR_BYTES, _LIKE)
            except UnreadableError as error:
                code = Code.BAD_CALENDAR_FILE if error.code is Code.UNREADABLE else error.code
                instead = "export one or two school years alone" if code is Code.TOO_LARGE else error.instead
                what = f"calendar {quoted(named.file)}: {error.what}"
                problems[document.problem((*named.loc, "file"), what, instead, code=code)] = None
                continue
            expanded, wrong = _expanded(folder, document, named, content, school)
            problems |= dict.fromkeys(wrong)
            if expanded is not None:
                found[named.name] = expanded
    return found, list(problems)


def named_calendars(document: Document) -> Iterator[NamedCalendar]:
    """The calendars that a document defines, as far as they can be told."""
    for name in document.node_at("calendars").inner:
        loc: Loc = ("calendars", name)
        file = document.node_at(*loc, "file").value
        if not isinstance(file, str) or not file.strip().lower().endswith(CALENDAR_ENDING):
            continue  # the schema says so
        events = [
            ((*loc, "events", index), node.value.strip())
            for index, node in document.node_at(*loc, "events").inner.items()
            if isinstance(node.value, str) and node.value.strip()  # the schema says so
        ]
        yield NamedCalendar(str(name), loc, file.strip(), tuple(events))


def _expanded(
    folder: Folder, document: Document, named: NamedCalendar, content: bytes, school: ZoneInfo
) -> tuple[Expanded | None, list[Problem]]:
    # only here: a policy without calendars does not wait for what reads them
    from saywhy.policy.reading.ical_file import calendar_file, same_name
    from saywhy.policy.reading.ical_lines import CalendarError

    try:
        file = calendar_file(content, school)
        unknown = [
            document.problem(
                loc,
                f"no event in {named.file} is called {quoted(text)}",
                did_you_mean(text, [name for name in file.names if name]),
                code=Code.UNKNOWN_NAME,
            )
            for loc, text in named.events
            if not any(same_name(text, name) for name in file.names)
        ]
        if unknown:
            return None, unknown
        names = tuple(text for _, text in named.events)
        edges = file.edges(names)
        return Expanded(edges, () if edges else file.unheld(names)), []
    except CalendarError as error:
        return None, [Problem(folder.shown(named.file), error.line, 1, error.what, error.instead, code=error.code)]
