"""`saywhy page URL --as WHO`: the page itself that somebody would see, as a file to open in a browser."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from saywhy.cli.basis import Lists, Policies, State, basis_for, told

NO_REFERENCE: Final = "00-0000-00"  # in the form of a reference, and never one that the filter gave


def page(
    url: Annotated[str, typer.Argument(metavar="URL", help="The address, or a host alone for its first page.")],
    asker: Annotated[
        str,
        typer.Option(
            "--as", metavar="WHO", help="Who asks: GROUP, GROUP,GROUP (the most telling first), or an IP address."
        ),
    ],
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="When: 10:00, 'monday 10:00', 2026-11-23T10:00 (the school's time). Default: now."
        ),
    ] = "",
    lang: Annotated[
        str, typer.Option(metavar="LANGUAGE", help="The language, like en or cy. Default: the school's first.")
    ] = "",
    policies: Policies = None,
    state: State = None,
    lists: Lists = None,
) -> None:
    """Print the block page as HTML, with a reference and a link that lead nowhere: exit 1 if there is none to show."""
    from saywhy.cli.question import asked
    from saywhy.cli.words import reason_in_words
    from saywhy.explain.render import builtin_renderer
    from saywhy.policy.languages import language_for

    basis = basis_for(policies, state, lists)
    question = asked(url, asker, at, basis, datetime.now(UTC), host_only=False)
    renderer = builtin_renderer()
    if lang:
        known = renderer.languages.by_code
        if not language_for(lang, known):
            raise typer.BadParameter(
                f"there are no pages in {lang!r}; there are pages in: {', '.join(known)}", param_hint="--lang"
            )
    inquiry = question.inquiry(reference=NO_REFERENCE, languages=renderer.languages, language=lang)
    if inquiry.decision.allowed:
        rule = inquiry.decision.rule
        by = f", {rule.id} ({inquiry.place_of(rule.source)})" if rule is not None else ""
        typer.echo(
            f"There is no page to show, since {asker} may open this address: {reason_in_words(inquiry)}{by}.", err=True
        )
        raise typer.Exit(1)
    typer.echo(renderer.wearing(basis.engine.policy.school.look).page(inquiry.explanation), nl=False)
    for line in told(basis):
        typer.echo(line, err=True)
