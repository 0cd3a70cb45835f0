"""`saywhy gallery DIR`: every page that the policy can lead to, as files to look at."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from saywhy.cli.basis import Lists, Policies, State, basis_for, told


def gallery(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write: a new folder, or an older gallery.")
    ],
    lang: Annotated[
        list[str] | None,
        typer.Option(metavar="LANGUAGE", help="A language, like en or cy; once for each. Default: all that there are."),
    ] = None,
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
) -> None:
    """Write every page for each level and language, with an index.html that shows them, and say what is left out."""
    from saywhy.explain.gallery import INDEX, MARK
    from saywhy.explain.gallery import gallery as made
    from saywhy.explain.render import builtin_renderer

    renderer = builtin_renderer()
    known = renderer.languages.by_code
    for one in lang or ():
        if one not in known:
            raise typer.BadParameter(
                f"there are no pages in {one!r}; there are pages in: {', '.join(known)}", param_hint="--lang"
            )
    index = directory / INDEX
    try:
        if directory.exists() and any(directory.iterdir()):
            if not index.is_file() or MARK not in index.read_text("utf-8", "replace"):
                raise typer.BadParameter(f"{directory} holds something else; name a new folder", param_hint="DIR")
            for old in directory.glob("*.html"):
                old.unlink()
        basis = basis_for(policies, state, lists)
        shown = made(basis.engine, renderer, datetime.now(UTC), tuple(lang or ()))
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in shown.files(basis.engine.policy.school.name).items():
            (directory / name).write_bytes(content)
    except OSError as error:
        typer.echo(f"saywhy: {error.filename or directory} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{index} shows {len(shown.pages)} pages.")
    typer.echo("Left out:")
    for line in shown.left_out:
        typer.echo(f"  {line}")
    for line in told(basis):
        typer.echo(line, err=True)
