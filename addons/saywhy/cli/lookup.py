"""`saywhy lookup HOST|URL`: what an address is, which list and line says so, and how old that is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saywhy.cli.basis import Lists, Policies, State, basis_for, told
from saywhy.policy.needs import NEEDED
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saywhy.policy.catalogue import Belonging


def lookup(
    address: Annotated[str, typer.Argument(metavar="HOST|URL", help="A name, an IP address or a web address.")],
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what an address is: its canonical form, categories and apps, and who says so."""
    from saywhy.cli.as_json import correction_as_dict
    from saywhy.cli.searched import lines_of_search, search_as_dicts
    from saywhy.lists.store import ListStore
    from saywhy.policy.address import AddressError, Url, canonical_host, canonical_url

    url: Url | None = None
    try:
        if any(mark in address for mark in "/?"):
            url = canonical_url(address)
            host = url.host
        else:
            host = canonical_host(address)
    except AddressError as error:
        raise typer.BadParameter(str(error), param_hint="HOST|URL") from None
    basis = basis_for(policies, state, lists)
    catalogue, folder = basis.engine.policy.catalogue, basis.folder
    found = basis.engine.membership(host, url)
    assert basis.lists is not None  # of what was found by options
    store = ListStore(basis.lists)
    because = [_said(one, store, folder) for one in found.because]
    answer: dict[str, Any] = {
        "address": address,
        "host": host,
        "url": None if url is None else url.without_query + (f"?{url.query}" if url.query else ""),
        "categories": {one: catalogue.categories[one].label for one in sorted(found.categories)},
        "apps": {one: catalogue.apps[one].label for one in sorted(found.apps)},
        "needed_by": {one: catalogue.apps[one].label for one in sorted(found.needed)},
        "depends_on_path": sorted(found.undecided_categories | found.undecided_apps),
        "because": because,
        "corrections": [correction_as_dict(one, str(folder / one.source.file)) for one in found.corrections],
        "overruled": [_said(one, store, folder) for one in found.overruled],
        "search": search_as_dicts(basis.engine, url),
        "from": basis.told,
        "notes": list(basis.notes),
    }
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    search = (f"  {line}" for line in lines_of_search(basis.engine, url))
    for line in (*_lines(answer), *search, *told(basis)):
        typer.echo(line)


def _lines(answer: dict[str, Any]) -> "Iterator[str]":
    """The answer for people."""
    yield typer.style(visible(answer["url"] or answer["host"]), bold=True)
    for kind, named in (("category", answer["categories"]), ("app", answer["apps"]), (NEEDED, answer["needed_by"])):
        for identity, label in named.items():
            yield f"  needed by {label} (app {identity})" if kind == NEEDED else f"  {kind} {identity}: {label}"
            for one in answer["because"]:
                if (one["kind"], one["id"]) == (kind, identity):
                    yield f"    {_by(one)}"
    for one in answer["overruled"]:
        yield f"  not {one['kind']} {one['id']}, though listed: {_by(one)}"
    for one in answer["corrections"]:
        says = ", ".join([*(f"never {each}" for each in one["never"]), *(f"also {each}" for each in one["also"])])
        on = f", {one['on']}" if one["on"] else ""
        yield f"  corrected: {one['name']} is {says} ({one['file']}:{one['line']}{on}): {visible(one['because'])}"
    if answer["depends_on_path"]:
        yield f"  some pages of it may also be: {', '.join(answer['depends_on_path'])}; ask with the whole URL"
    if not (answer["because"] or answer["overruled"] or answer["corrections"] or answer["depends_on_path"]):
        yield "  nothing that the policy or a list knows"


def _by(said: dict[str, Any]) -> str:
    of = f", of {said['updated']}" if said["updated"] else ""
    return f"{visible(said['entry'])} ({said['by']}{of})"


def _said(one: "Belonging", store: Any, policies: Path) -> dict[str, Any]:
    """A belonging with where it is written: a policy file and line, or a list, its source's line and its date."""
    said: dict[str, Any] = {"kind": one.kind, "id": one.id, "entry": one.entry, "list": None, "updated": None}
    if one.source.line:
        written = one.source.file if one.source.builtin else str(policies / one.source.file)
        return {**said, "file": written, "line": one.source.line, "by": f"{written}:{one.source.line}"}
    from saywhy.lists.origin import origin_of
    from saywhy.lists.store import ListError

    name = one.source.file
    try:
        manifest = store.manifest(name)
        place = origin_of(store, manifest, one.entry)
    except ListError as error:
        return {**said, "list": name, "file": None, "line": None, "by": f"list {name}; {error}"}
    file, _, line = place.rpartition(":")
    by = f"list {name}, {place}" if place else f"list {name}"
    return {
        **said,
        "list": name,
        "updated": manifest.updated,
        "source": manifest.source,
        "file": file or None,
        "line": int(line) if line else None,
        "by": by,
    }
