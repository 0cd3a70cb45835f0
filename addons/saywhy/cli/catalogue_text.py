"""`saywhy apps` and `saywhy categories` for people: a table, or one of them in full."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import typer

from saywhy.cli.catalogue_facts import plural
from saywhy.policy.visible import visible

_WIDTH: Final = 100
_MOST_SHOWN: Final = 40
_FROM: Final = {"policy": "this policy", "catalogue": "Saywhy", "list": "a list"}


def table(kind: str, every: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line each: id, label, how many names, where it is defined, and an app's categories."""
    rows = [("id", "label", "names", "from", "categories" if kind == "app" else "apps")]
    for one in every:
        besides = one["categories"] if kind == "app" else one["apps"]
        origin = _FROM[one["from"]]
        names = str(one["domains_total"] + len(one["urls"]) + sum(each["entries"] or 0 for each in one["lists"]))
        rows.append((one["id"], visible(one["label"]), names, origin, _some(besides, 4) or "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for number, row in enumerate(rows):
        cells = (
            cell.rjust(width) if column == 2 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        )
        line = f"{'  '.join(cells)}  {row[4]}".rstrip()
        yield typer.style(line, bold=True) if number == 0 else line
    own, listed = (sum(one["from"] == origin for one in every) for origin in ("policy", "list"))
    of_lists = f", {listed} of lists alone" if listed else ""
    yield f"{len(every)} {plural(kind)}: {own} of this policy, {len(every) - own - listed} of Saywhy's catalogue{of_lists}."


def one_in_full(found: dict[str, Any]) -> Iterator[str]:
    """All that is known of one; what Saywhy says of it comes below the policy's own."""
    yield from _one(found)
    if found["shipped"] is not None:
        yield ""
        yield typer.style("Saywhy's catalogue has one of this name too; the policy's own counts.", bold=True)
        yield from _one(found["shipped"])


def _one(found: dict[str, Any]) -> Iterator[str]:
    yield typer.style(f"{visible(found['label'])} ({found['kind']} {found['id']})", bold=True) + _at(found)
    for text in _texts(found):
        yield from textwrap.wrap(
            visible(text), _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )


def _texts(found: dict[str, Any]) -> Iterator[str]:
    yield from filter(None, (found["about"], found.get("risk")))
    yield from (f"{reader}: {text}" for reader, text in found.get("readers", {}).items())
    if found.get("know"):
        yield f"What to know: {found['know']}"
    needs = found.get("needs", {})
    if any(needs.values()):
        named = ", ".join((*needs["domains"], *(f"all of the app {one}" for one in needs["apps"])))
        yield f"Needs, and opens where it is allowed: {named}"
    if found.get("needed_by"):
        yield f"Needed by: {', '.join(found['needed_by'])}; a rule that allows one of them opens this app"
    if found.get("pins"):
        yield "Its programs pin certificates: they refuse a school's, so nothing inside can be seen."
    if found.get("protocols"):
        yield f"What it speaks besides the web: {', '.join(found['protocols'])}"
    if found.get("ports"):
        yield f"Ports besides 80 and 443: {', '.join(found['ports'])}"
    yield from map(_of_control, found.get("controls", ()))
    yield from (f"{key.capitalize()}: {', '.join(found[key])}" for key in ("categories", "apps") if found.get(key))
    names = _some([*found["domains"], *found["urls"]], _MOST_SHOWN, found["domains_total"] + len(found["urls"]))
    lists = ", ".join(_of_list(one) for one in found["lists"])
    yield f"Names: {names or ('those of its lists' if lists else 'none here; they come from lists that you import.')}"
    if lists:
        yield f"Lists: {lists}"
    for purpose in found["purposes"]:
        places = ", ".join(one["name"] for one in purpose["alternatives"])
        yield f"For: {purpose['label']} ({purpose['id']}): {places}"
    yield from (f"Rule {rule['number']}, {rule['rule']} ({rule['effect']}){_at(rule)}" for rule in found["rules"])


def _of_control(one: dict[str, Any]) -> str:
    ways = "; ".join(f"{level}: {' or '.join(how)}" if level else " or ".join(how) for level, how in one["how"].items())
    closed = f"; it does not reach {', '.join(one['closed'])}" if one["closed"] else ""
    takes = f"; it takes {one['takes']}" if one["takes"] else ""
    source = f" ({one['source']})" if one["source"] else ""
    return f"A rule may ask for {one['for']} at {_some(one['hosts'], 3)}: {ways}{takes}{closed}{source}"


def _of_list(one: dict[str, Any]) -> str:
    entries = "" if one["entries"] is None else f" ({one['entries']:,} entries)"
    return f"{one['list']}{entries}"


def _at(found: dict[str, Any]) -> str:
    return f" {found['file']}:{found['line']}" if found["file"] else ""


def _some(names: Sequence[str], most: int, total: int = 0) -> str:
    """The first names, and how many more there are."""
    more = (total or len(names)) - min(len(names), most)
    return ", ".join(names[:most]) + (f" and {more} more" if more else "")
