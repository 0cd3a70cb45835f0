"""Lists are taken from their sources: added, and updated in a way that never makes a good list worse."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from saywhy.lists.detect import BY_NAME, detect
from saywhy.lists.entry import Found
from saywhy.lists.fetch import Fetched, FetchError, Origin, Progress, fetched, squidguard_folders
from saywhy.lists.formats import FORMATS
from saywhy.lists.held_back import ANY_HOST, NOTHING_CONFIRMED, Confirmed
from saywhy.lists.reading import Beside, Report, UnreadableListError, counts_of, first_lines, read_file
from saywhy.lists.store import ListError, ListStore, Manifest, checked_name

_ANY_HOST: Final = "--inspect-all-for-expressions"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a list: its manifest as it stands now, and what was done about it."""

    manifest: Manifest
    changed: bool
    failure: str = ""  # why the source was not taken; the list is as before
    left_out: tuple[str, ...] = ()  # links and devices of its source, which are never followed


def add(
    store: ListStore,
    manifest: Manifest,
    now: datetime,
    *,
    checksum: str = "",
    shorter: bool = False,
    confirmed: Confirmed = NOTHING_CONFIRMED,
    progress: Progress,
) -> Taken:
    """Add a list, or put another source behind one that is there. Raises ListError, with nothing changed.

    A list that is there from the same source is held to what an update is, unless it may be `shorter`, and what was
    confirmed of it stays confirmed.
    """
    before = _known(store, checked_name(manifest.name))
    if before is not None and (before.source, before.member) != (manifest.source, manifest.member):
        before = None
    if before is not None:
        manifest = replace(manifest, suffixes=before.suffixes, any_host=before.any_host)
    with _had(manifest.source, Origin(), checksum, progress) as had:
        try:
            manifest = _take(
                store, replace(manifest, added=_stamp(now)), had, now, None if shorter else before, confirmed
            )
            return Taken(manifest, changed=True, left_out=had.left_out)
        except _NotTakenError as error:
            raise ListError(f"{manifest.source}: {error}") from None


def add_ut1(  # noqa: PLR0913 — what `add` takes, and the names of categories
    store: ListStore,
    source: str,
    licence: str,
    categories: Mapping[str, str],
    now: datetime,
    *,
    checksum: str = "",
    shorter: bool = False,
    confirmed: Confirmed = NOTHING_CONFIRMED,
    progress: Progress,
) -> list[Taken]:
    """Add every folder of a squidGuard tree as `ut1/<folder>`; `categories` says which category a folder is.

    A folder that `categories` does not name is a category of its own, with hyphens where it has underscores. Raises
    ListError where no folder can be taken.
    """
    taken: list[Taken] = []
    with _had(source, Origin(), checksum, progress) as had:
        folders = squidguard_folders(had.files)
        if not folders:
            raise ListError(f"{source}: no folder in it holds domains, urls or expressions")
        for member in sorted(folders):
            own = PurePosixPath(member).name.lower() or "list"
            name = f"ut1/{own}"
            category = categories.get(own, own.replace("_", "-"))
            manifest = Manifest(name, "category", category, source, member, "auto", licence, _stamp(now))
            before = None
            try:
                before = _known(store, checked_name(name))
                if before is not None and before.source == source:
                    manifest = replace(manifest, suffixes=before.suffixes, any_host=before.any_host)
                manifest = _take(store, manifest, had, now, None if shorter else before, confirmed)
                taken.append(Taken(manifest, changed=True, left_out=had.left_out))
            except _NotTakenError as error:
                taken.append(
                    Taken(manifest, changed=False, failure=str(error))
                    if before is None
                    else _failed(store, before, str(error), now)
                )
            except ListError as error:
                taken.append(Taken(manifest, changed=False, failure=str(error)))
    return taken


def update(
    store: ListStore,
    names: list[str],
    now: datetime,
    *,
    shorter: bool = False,
    confirmed: Confirmed = NOTHING_CONFIRMED,
    progress: Progress,
) -> list[Taken]:
    """Have the sources of these lists again, each once. What cannot be taken leaves its list and says why.

    Where something is confirmed, and where an older version took the list, a source is read again although it is as it was.
    """
    taken: list[Taken] = []
    by_source: dict[tuple[str, Origin], list[Manifest]] = {}
    for name in names:
        try:
            manifest = store.manifest(name)
        except ListError as error:
            taken.append(Taken(Manifest(name, "", "", ""), changed=False, failure=str(error)))
            continue
        anew = confirmed != NOTHING_CONFIRMED or not manifest.read_as
        origin = Origin() if anew else Origin(manifest.etag, manifest.modified)
        by_source.setdefault((manifest.source, origin), []).append(manifest)
    for (source, origin), manifests in by_source.items():
        try:
            with _had(source, origin, "", progress) as had:
                for manifest in manifests:  # one by one: what is done stays done
                    taken += [_again(store, manifest, had, now, shorter=shorter, confirmed=confirmed)]
        except Exception as error:  # noqa: BLE001 — whatever one source does, the others are asked
            why = _why(error)
            done = {one.manifest.name for one in taken}
            taken += [_failed(store, manifest, why, now) for manifest in manifests if manifest.name not in done]
    return taken


class _NotTakenError(Exception):
    """The source is there and holds nothing that could replace the list."""


class _had:  # noqa: N801 — reads as the function that it is
    """`fetched`, with its errors as ListError."""

    def __init__(self, source: str, origin: Origin, checksum: str, progress: Progress) -> None:
        self._context = fetched(source, origin, checksum=checksum, progress=progress)

    def __enter__(self) -> Fetched:
        try:
            return self._context.__enter__()
        except (FetchError, OSError) as error:
            raise ListError(str(error)) from None

    def __exit__(self, *raised: object) -> None:
        self._context.__exit__(*raised)  # type: ignore[arg-type]


def _again(
    store: ListStore, manifest: Manifest, had: Fetched, now: datetime, *, shorter: bool, confirmed: Confirmed
) -> Taken:
    anew = confirmed != NOTHING_CONFIRMED or not manifest.read_as
    same = had.sha256 == manifest.sha256 and not anew and not _leads_elsewhere(manifest, had)
    try:
        if had.unchanged or same:
            manifest = replace(manifest, checked=_stamp(now), failure="", etag=had.etag, modified=had.modified)
            store.save(manifest)
            return Taken(manifest, changed=False)
        return Taken(_take(store, manifest, had, now, None if shorter else manifest, confirmed), changed=True)
    except (_NotTakenError, OSError) as error:
        return _failed(store, manifest, _why(error), now)


def _leads_elsewhere(manifest: Manifest, had: Fetched) -> bool:
    """Whether it may include files beside it: what it is itself does not tell whether those are as before."""
    return not manifest.member and len(had.files) == 1 and b"include:" in next(iter(had.files.values())).read_bytes()


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    told = isinstance(error, ListError | UnreadableListError | _NotTakenError)
    return str(error) if told else f"{type(error).__name__}: {error}"


def _failed(store: ListStore, manifest: Manifest, why: str, now: datetime) -> Taken:
    manifest = replace(manifest, checked=_stamp(now), failure=why)
    try:
        store.save(manifest)
    except OSError as error:  # a full disk must not keep the other lists from being asked
        why = f"{why}; nor can that be written down ({error.strerror})"
    return Taken(manifest, changed=False, failure=why)


def _take(
    store: ListStore, manifest: Manifest, had: Fetched, now: datetime, before: Manifest | None, confirmed: Confirmed
) -> Manifest:
    """Read the list out of the source and put it in force. Raises _NotTakenError, with nothing changed."""
    report = Report()
    confirmed = Confirmed(
        confirmed.suffixes.union(manifest.suffixes), confirmed.all_suffixes, confirmed.any_host or manifest.any_host
    )
    files = _files_of(manifest, had)
    pending = None
    try:
        forms = {name: _format(manifest, name, path) for name, path in files.items()}
        pending = store.write(manifest, _read(files, forms, report, _beside(manifest, had), confirmed))
        _refuse_worse(report, before)
        return pending.take(
            replace(
                manifest,
                updated=_stamp(now),
                checked=_stamp(now),
                failure="",
                etag=had.etag,
                modified=had.modified,
                sha256=had.sha256,
                counts=counts_of(report),
                lost=dict(report.lost.most_common()),
                losses=tuple(report.losses),
                read_as=", ".join(dict.fromkeys(forms.values())),
                held=tuple(report.held),
                suffixes=tuple(sorted(confirmed.suffixes | report.confirmed)),
                any_host=confirmed.any_host,
            )
        )
    except BaseException as error:
        if pending is not None:
            pending.drop()
        if isinstance(error, UnreadableListError | OSError):
            raise _NotTakenError(_why(error)) from None
        raise


def _read(
    files: Mapping[str, Path], forms: Mapping[str, str], report: Report, beside: Beside, confirmed: Confirmed
) -> Iterator[tuple[Found, str]]:
    seen: set[str] = set()
    for name, path in files.items():
        yield from read_file(path, name, forms[name], report, seen, beside, confirmed)


def _beside(manifest: Manifest, had: Fetched) -> Beside:
    """Where a list that this one includes lies: in the same folder of its source."""
    if manifest.member:
        folder = PurePosixPath(manifest.member).parent
        return lambda name: had.files.get((folder / name).as_posix())
    source = Path(manifest.source)
    if "://" in manifest.source or not source.is_file() or source not in had.files.values():
        return lambda _: None
    return lambda name: path if (path := source.with_name(name)).is_file() and not path.is_symlink() else None


def _format(manifest: Manifest, name: str, path: Path) -> str:
    lines = first_lines(path)
    if manifest.format != "auto":
        return manifest.format
    if name not in BY_NAME and not path.stat().st_size:
        raise UnreadableListError("it is empty")
    return detect(name, lines)


def _files_of(manifest: Manifest, had: Fetched) -> dict[str, Path]:
    """The list's files, by their names within its folder."""
    folders = squidguard_folders(had.files)
    if manifest.member:
        if manifest.member in folders:
            return _ordered(folders[manifest.member])
        if manifest.member in had.files:
            return {_in_one_line(PurePosixPath(manifest.member).name): had.files[manifest.member]}
        raise _NotTakenError(f"there is no file and no folder with lists called {manifest.member} in it")
    if len(had.files) == 1:
        (name, path), *_ = had.files.items()
        return {_in_one_line(PurePosixPath(name).name): path}
    if len(folders) == 1:
        return _ordered(next(iter(folders.values())))
    if folders:
        raise _NotTakenError(
            "it holds several lists; name one of its folders with --member, or add them all with --ut1"
        )
    raise _NotTakenError("it holds several files; name one of them with --member")


def _in_one_line(name: str) -> str:
    return re.sub(r"\s", " ", name)


def _ordered(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: files[name] for name in ("domains", "urls", "expressions") if name in files}


def _refuse_worse(report: Report, before: Manifest | None) -> None:
    had = 0 if before is None else before.entries
    if not report.entries:
        first = next(iter([*report.losses, *report.held]), None)
        example = f" (line {first.line}: {first.reason})" if first else ""
        raise _NotTakenError(f"nothing in its {report.lines} lines is an entry{example}{_how_to_take(report)}")
    if report.entries * 2 < had:
        raise _NotTakenError(
            f"it has shrunk from {had} entries to {report.entries}, by more than half; "
            f"if that is right, take it with --even-if-shorter{_how_to_take(report)}"
        )


def _how_to_take(report: Report) -> str:
    if not report.held:
        return ""
    any_host = sum(one.reason == ANY_HOST for one in report.held)
    options = [
        option for option, count in (("--suffixes", len(report.held) - any_host), (_ANY_HOST, any_host)) if count
    ]
    return f"; what is held back is taken with {' and '.join(options)}"


def _known(store: ListStore, name: str) -> Manifest | None:
    try:
        return store.manifest(name)
    except ListError:
        return None


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")


__all__ = ["FORMATS", "Taken", "add", "add_ut1", "update"]
