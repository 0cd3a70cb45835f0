"""`saywhy schema [KIND] [--out DIR]`: the JSON Schemas that let an editor complete and check a policy as one types."""

from pathlib import Path
from typing import Annotated

import typer


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="[KIND]", help="policy, tests or log; left out: policy, or with --out all of them.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write KIND.schema.json there instead of printing it."),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option("--reference", metavar="FILE", help="Rewrite the reference between the marks in a Markdown file."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(
            "--metrics", metavar="FILE", help="Rewrite the table of metrics between the marks in a Markdown file."
        ),
    ] = None,
) -> None:
    """Print or write the JSON Schema of a kind of file, for editors; or the reference in words, for docs/policy.md."""
    from saywhy.cli.file_kinds import file_kinds
    from saywhy.policy.suggest import did_you_mean

    known = file_kinds()
    if kind and kind not in known:
        raise typer.BadParameter(f"there is no kind of file {kind!r}; {did_you_mean(kind, known)}", param_hint="KIND")
    try:
        if reference is not None:
            _write_reference(reference)
        if metrics is not None:
            _write_metrics(metrics)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for one in [known[kind]] if kind else known.values():
                _write(out / one.schema_file, as_json(one.schema()))
    except OSError as error:
        typer.echo(f"saywhy: {error.filename}: cannot be written or read: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    if out is None and reference is None and metrics is None:
        typer.echo(as_json(known[kind or "policy"].schema()), nl=False)


def as_json(made: dict[str, object]) -> str:
    """A schema as it stands in its file."""
    import json

    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _write_reference(file: Path) -> None:
    from saywhy.cli.reference import MarksError, with_reference

    try:
        _write(file, with_reference(file.read_text(encoding="utf-8")))
    except (MarksError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--reference") from None


def _write_metrics(file: Path) -> None:
    from saywhy.observe.documented import MarksError, with_metrics

    try:
        _write(file, with_metrics(file.read_text(encoding="utf-8")))
    except (MarksError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--metrics") from None


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {file}")
