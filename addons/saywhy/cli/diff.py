"""`saywhy diff OLD NEW`: what a change of the policy changes, and for whom, before it is in force."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.basis import Lists, State, folder_basis, told
from saywhy.cli.defaults import DEFAULTS

if TYPE_CHECKING:
    from saywhy.cli.diff_result import Result


class Format(StrEnum):
    """How the result is written."""

    TEXT = "text"
    JSON = "json"


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A policy's folder, or git:REV for it at a git revision.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The other one; git:REV:DIR names a folder at a revision.")],
    log: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A decision log to replay, or a folder of them. May be given several times."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.TEXT,
    examples: Annotated[int, typer.Option(min=0, help="How many examples to show of each kind of change.")] = 5,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 when decisions change.")] = False,
    state: State = None,
    lists: Lists = None,
) -> None:
    """Compare two policies: which decisions change, for whom. Exit 0 also when they do, but with --exit-code."""
    from saywhy.cli.diff_result import Result, lines
    from saywhy.cli.diff_result import as_json_text as as_json
    from saywhy.cli.problems import told_problems
    from saywhy.cli.revision import RevisionError, policy_folder
    from saywhy.decide.engine import Engine
    from saywhy.policy.reading.load import load_policy
    from saywhy.rehearse.diff import Comparer
    from saywhy.rehearse.replay import LogError

    with ExitStack() as stack:
        try:
            was_in = stack.enter_context(policy_folder(old, _beside(new)))
            now_in = stack.enter_context(policy_folder(new, _beside(old)))
        except RevisionError as error:
            raise typer.BadParameter(str(error), param_hint="OLD or NEW") from None
        with told_problems():
            basis, new_policy = folder_basis(was_in, state, lists), load_policy(now_in)
        basis = replace(basis, told=basis.told.replace(str(was_in), old))  # as it was named, not where it was unpacked
        was, now = basis.engine, Engine(new_policy, basis.engine.lists, basis.engine.sealed)
        try:
            result = _compared(Result(old, new, Comparer(was, now)), log or [], was_in)
        except LogError as error:
            raise typer.BadParameter(str(error), param_hint="--log") from None
    if form is Format.JSON:
        typer.echo(as_json(result, examples))
    else:
        for line in (*lines(result, examples), "", *told(basis)):
            typer.echo(line)
    if exit_code and result.tally.changed:
        raise typer.Exit(1)


def _compared(result: "Result", log: list[Path], tested: Path) -> "Result":
    from saywhy.rehearse.cases import load_cases
    from saywhy.rehearse.diff_listed import compare_accesses, compare_listed, how_many_sites
    from saywhy.rehearse.diff_log import compare_log
    from saywhy.rehearse.replay import log_files, replayed

    if log:
        files = log_files(log)
        total = sum(one.stat().st_size for one in files)
        with _progress("Replaying", total) as at:
            lines = _counted(replayed(files, result.reading), lambda: at(result.reading.consumed))
            compare_log(result.comparer, lines, result.tally)
        result.replayed = True
        return result
    cases, _ = load_cases(tested, result.comparer.was)  # mistakes in tests are for `saywhy test` to tell
    compare_accesses(result.comparer, (access for case in cases for access in case.accesses), result.tally)
    total = how_many_sites(result.comparer)
    with _progress("Comparing", total) as at:
        done = 0

        def passed(sites: int) -> None:
            nonlocal done
            done += sites
            at(done)

        compare_listed(result.comparer, _monday(), result.tally, passed)
    return result


def _monday() -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday())


def _counted[T](items: Iterator[T], tell: Callable[[], None]) -> Iterator[T]:
    for number, item in enumerate(items):
        if number % 1_000 == 0:
            tell()
        yield item


@contextmanager
def _progress(doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while something is done, on a terminal only. Yields what to tell how far it is."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=max(total, 1))
        yield lambda done: progress.update(task, completed=min(done, total))


def _beside(other: str) -> Path:
    """The folder that a bare git:REV means: that of the other side, or where the policy usually is."""
    from saywhy.cli.revision import PREFIX

    if not other.startswith(PREFIX):
        return Path(other)
    return Path(other.removeprefix(PREFIX).partition(":")[2] or DEFAULTS.policies)
