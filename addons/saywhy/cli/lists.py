"""`saywhy lists`: category lists: add, update, show, compile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.list_subject import SubjectError, own_subjects, subject
from saywhy.cli.lists_as_text import described, results, summary
from saywhy.cli.sealing import seal, unseal
from saywhy.policy.visible import visible

if TYPE_CHECKING:
    from saywhy.lists.fetch import Progress
    from saywhy.lists.held_back import Confirmed
    from saywhy.lists.store import ListStore
    from saywhy.lists.taking import Taken

app = typer.Typer(
    help="Category lists: where they come from, and what they say.", no_args_is_help=True, rich_markup_mode=None
)

type Folder = Annotated[Path, typer.Option("--lists", metavar="DIR", help="The folder of the lists.")]
# typer does not look into a `type`
Shorter = Annotated[
    bool, typer.Option("--even-if-shorter", help="Take a list that has less than half of the entries it had.")
]
Suffix = Annotated[
    list[str] | None,
    typer.Option("--suffix", metavar="NAME", help="A public suffix, like com, that it may cover. May be repeated."),
]
Suffixes = Annotated[bool, typer.Option("--suffixes", help="All public suffixes that it covers now may stand.")]
AnyHost = Annotated[
    bool,
    typer.Option(
        "--inspect-all-for-expressions",
        help="Take expressions that name no host: every HTTPS connection is decrypted for them.",
    ),
]


app.command()(seal)
app.command()(unseal)


@app.command()
def add(  # noqa: PLR0913, PLR0917 — each is an option
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="What to call it, like ut1/gambling.")] = "",
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A file, a folder, an archive, or its web address.")
    ] = "",
    category: Annotated[str, typer.Option(metavar="ID", help="The category that it lists.")] = "",
    app_id: Annotated[str, typer.Option("--app", metavar="ID", help="The app that it lists, instead.")] = "",
    ut1: Annotated[str, typer.Option(metavar="SOURCE", help="A whole tree of squidGuard folders at once.")] = "",
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="auto, domains, hosts, urls, expressions, dnsmasq, unbound, adblock, rpz or v2fly.",
        ),
    ] = "auto",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="Under which licence it may be used.")] = "",
    checksum: Annotated[str, typer.Option(metavar="SHA256", help="What the source's SHA-256 has to be.")] = "",
    member: Annotated[
        str, typer.Option(metavar="PATH", help="The file or folder within SOURCE, where that holds several.")
    ] = "",
    shorter: Shorter = False,
    suffix: Suffix = None,
    suffixes: Suffixes = False,
    any_host: AnyHost = False,
    policies: Annotated[
        Path, typer.Option(metavar="DIR", help="The policy, whose own categories and apps a list may be about.")
    ] = DEFAULTS.policies,
    lists: Folder = DEFAULTS.lists_folder,
) -> None:
    """Add a list, or put another source behind one that is there: NAME SOURCE --category ID, or --ut1 SOURCE."""
    from saywhy.lists import taking
    from saywhy.lists.formats import FORMATS
    from saywhy.lists.store import Manifest
    from saywhy.lists.ut1 import CATEGORY_OF
    from saywhy.policy.suggest import did_you_mean

    now = datetime.now(UTC)
    confirmed = _confirmed(suffix, all_suffixes=suffixes, any_host=any_host)
    if form != "auto" and form not in FORMATS:
        remedy = did_you_mean(form, ["auto", *FORMATS])
        raise typer.BadParameter(f"{form!r} is no format; {remedy}", param_hint="--format")
    with _changing(lists) as store, _progress() as progress:
        if ut1:
            if name or category or app_id or member:
                raise typer.BadParameter("--ut1 names its lists and categories itself", param_hint="NAME")
            done = taking.add_ut1(
                store,
                _source(ut1),
                licence,
                CATEGORY_OF,
                now,
                checksum=checksum,
                shorter=shorter,
                confirmed=confirmed,
                progress=progress,
            )
        else:
            if not name or not source:
                raise typer.BadParameter("write NAME SOURCE --category ID, or --ut1 SOURCE", param_hint="NAME")
            if bool(category) == bool(app_id):
                raise typer.BadParameter("say what it lists: --category ID or --app ID", param_hint="--category")
            kind, written = ("category", category) if category else ("app", app_id)
            try:
                listed = [one.id for one in map(store.manifest, store.names()) if one.kind == kind]
                identity = subject(kind, written, [*own_subjects(policies, kind), *listed])
            except SubjectError as error:
                raise typer.BadParameter(str(error), param_hint=f"--{kind}") from None
            manifest = Manifest(name, kind, identity, _source(source), member.strip("/"), form, licence)
            added = taking.add(
                store, manifest, now, checksum=checksum, shorter=shorter, confirmed=confirmed, progress=progress
            )
            done = [added]
    _tell(store, done)


@app.command()
def update(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; all where none is named.")
    ] = None,
    shorter: Shorter = False,
    suffix: Suffix = None,
    suffixes: Suffixes = False,
    any_host: AnyHost = False,
    lists: Folder = DEFAULTS.lists_folder,
) -> None:
    """Have the sources again. A list that is empty, unreadable or less than half as long as before is not taken."""
    from saywhy.lists import taking

    confirmed = _confirmed(suffix, all_suffixes=suffixes, any_host=any_host)
    if not names and (suffix or suffixes or any_host):
        raise typer.BadParameter("name the list of which that is confirmed", param_hint="NAME")
    with _changing(lists) as store, _progress() as progress:
        done = taking.update(
            store,
            names or store.names(),
            datetime.now(UTC),
            shorter=shorter,
            confirmed=confirmed,
            progress=progress,
        )
    if not done:
        typer.echo(f"There are no lists in {lists}; add one with `saywhy lists add`.")
    _tell(store, done)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="One list, with its losses; all where none is named.")
    ] = "",
    lists: Folder = DEFAULTS.lists_folder,
) -> None:
    """Show lists: source, licence, date, counts and losses."""
    from saywhy.lists.store import ListError, ListStore

    store = ListStore(lists)
    try:
        if name:
            for line in described(store.manifest(name)):
                typer.echo(line)
            return
        manifests = [store.manifest(one) for one in store.names()]
    except ListError as error:
        typer.echo(f"saywhy: {error}", err=True)
        raise typer.Exit(1) from None
    for line in summary(manifests, lists):
        typer.echo(line)


@app.command("compile")
def compile_index(lists: Folder = DEFAULTS.lists_folder) -> None:
    """Compile all lists into the index that the filter reads. `add`, `update` and `remove` do that by themselves."""
    with _changing(lists) as store:
        _compile(store)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which list.")], lists: Folder = DEFAULTS.lists_folder
) -> None:
    """Take a list away."""
    with _changing(lists) as store:
        store.remove(name)
        typer.echo(f"{name} is taken away.")
        _compile(store)


def _confirmed(suffix: list[str] | None, *, all_suffixes: bool, any_host: bool) -> "Confirmed":
    from saywhy.lists.entry import Refusal
    from saywhy.lists.held_back import Confirmed
    from saywhy.lists.names import read_name

    texts: set[str] = set()
    for one in suffix or ():
        name = read_name(one.strip().removeprefix("*").removeprefix("."))
        texts.add(one if isinstance(name, Refusal) else name)  # else an expression, as it stands in the list
    return Confirmed(frozenset(texts), all_suffixes, any_host)


@contextmanager
def _changing(folder: Path) -> "Iterator[ListStore]":
    """The store, locked; what goes wrong is told in a line, and the command ends with 1."""
    from saywhy.lists.store import ListError, ListStore

    store = ListStore(folder)
    try:
        with store.locked():
            yield store
    except ListError as error:
        typer.echo(f"saywhy: {error}", err=True)
    except OSError as error:
        typer.echo(f"saywhy: {error.filename or folder}: {error.strerror}", err=True)
    else:
        return
    raise typer.Exit(1)


def _tell(store: "ListStore", done: "list[Taken]") -> None:
    """Say what was done, compile where something changed; exit 1 where something was not taken."""
    failures = [one for one in done if one.failure]
    compiled = True
    if any(one.changed for one in done) or (done and not store.index.exists()):
        try:
            with _changing(store.folder):
                _compile(store, quiet=True)
        except typer.Exit:  # it is told; so has to be what was taken
            compiled = False
    if failures:
        from saywhy.lists.status import count_failures

        count_failures(store.folder, len(failures), datetime.now(UTC))
    for line in results(done):
        typer.echo(line)
    if failures:
        some = f"{len(failures)} of {len(done)}" if len(done) > 1 else str(len(failures))
        typer.echo(typer.style(f"{some} not taken; what was in force stays:", fg=typer.colors.RED), err=True)
        for one in failures:
            typer.echo(f"  {one.manifest.name}: {visible(one.failure)}", err=True)
    if failures or not compiled:
        raise typer.Exit(1)


def _compile(store: "ListStore", *, quiet: bool = False) -> None:
    from saywhy.lists.publish import compile_lists

    manifests = compile_lists(store)
    if not quiet:
        entries = sum(one.entries for one in manifests.values())
        size = store.index.stat().st_size
        typer.echo(f"{store.index}: {len(manifests)} lists, {entries} entries, {size} bytes")


def _source(text: str) -> str:
    """The source as it can be had again later, from wherever: a path is made absolute."""
    return text if "://" in text else str(Path(text).absolute())


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar on the terminal while something large is fetched; nothing in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    bar = Progress(
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    if not bar.console.is_terminal:
        yield lambda _had, _of: None
        return
    with bar:
        task = bar.add_task("")

        def moved(had: int, of: int | None) -> None:
            bar.update(task, completed=had, total=of)

        yield moved
