"""`saywhy check DIR`: every problem of a policy, each with its place: what makes it unusable, or what is unwise in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from saywhy.cli.basis import Lists, State, lists_for

_TAKEN: Final = "The filter would take this policy."
_NOT_TAKEN: Final = "The filter would not take this policy; it keeps the one that is in force."


class Format(StrEnum):
    """How problems are told."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that holds the policy.")],
    form: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs, github for its annotations.")
    ] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 for warnings as well.")] = False,
    state: State = None,
    lists: Lists = None,
) -> None:
    """Check a policy: exit 0 if all is well, 1 with every problem and its place if there is an error in it."""
    from saywhy.cli.problem_formats import as_github, as_json
    from saywhy.cli.problems import coloured, counted, shown
    from saywhy.cli.short_lists import as_lines, entries_by_category
    from saywhy.rehearse.check import check_policy
    from saywhy.rehearse.few_names import few_names

    folder, index = lists_for(state, lists)
    checked = check_policy(directory, datetime.now(UTC), index)
    few = () if checked.policy is None else few_names(checked.policy, entries_by_category(folder))
    if form is Format.JSON:
        typer.echo(as_json(checked, few))
    elif form is Format.GITHUB:
        for line in as_github(checked.problems):
            typer.echo(line)
    else:
        for line in shown(checked.problems) if checked.problems else ():
            typer.echo(line, color=coloured())
        policy = checked.policy
        if policy is not None and not checked.errors:
            names = sum(any(not one.source.builtin for one in found) for found in policy.catalogue.names.values())
            typer.echo(
                f"{directory}: {counted(checked.problems)}; {len(policy.rules)} rules, {len(policy.groups)} groups, "
                f"{names} listed names; revision {policy.revision}"
            )
            for line in (*_about_lists(folder), *as_lines(few, folder)):
                typer.echo(line)
        typer.echo(_TAKEN if policy is not None else _NOT_TAKEN)
    if checked.errors or (strict and checked.warnings):
        raise typer.Exit(1)


def _about_lists(folder: Path) -> Iterator[str]:
    """What lists cost, what of them is held back, and which could not be updated."""
    from saywhy.cli.lists_as_text import held_back
    from saywhy.lists.store import ListError, ListStore
    from saywhy.policy.visible import visible

    store = ListStore(folder)
    for name in store.names():
        try:
            manifest = store.manifest(name)
        except ListError as error:
            yield f"list {name}: {error}"
            continue
        told = [*held_back(manifest, 3)]
        if manifest.failure:
            told.append(f"  the last update was not taken: {visible(manifest.failure)}")
        if told:
            yield f"list {name}:"
            yield from told
