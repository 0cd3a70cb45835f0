"""What a command answers from: what is in force in a state folder, or a policy's folder with the same lists beside it.

It is put together as the running filter has it (`Engine` of policy, lists and sealed lists, and the permits of its
store), and it says in one line what it is. Nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from saywhy.decide.engine import Engine
from saywhy.lists.index import ListIndex, open_index
from saywhy.lists.index_file import DamagedIndexError
from saywhy.lists.sealed import Sealed
from saywhy.lists.sealed_folder import SealError
from saywhy.lists.sealed_store import SealedStore
from saywhy.lists.store import ListStore
from saywhy.lists.taken import LOST, TakenLists
from saywhy.policy.changes.summary import differing_rules
from saywhy.policy.grant import Grant
from saywhy.policy.policy import Policy
from saywhy.policy.reading.files import same_files
from saywhy.policy.reading.load import load_policy
from saywhy.serve.database_url import database_in, has_store
from saywhy.serve.revisions import Current, RevisionError, Revisions
from saywhy.serve.secret import SEALED_LISTS, SecretError, derived, read_secret
from saywhy.serve.settings import Settings


class BasisError(Exception):
    """What is in force cannot be read; the message says what and why."""


@dataclass(frozen=True, slots=True)
class Basis:
    """`folder` is what the policy's files are named from; `told` says what this is, `notes` what is missing in it.

    `state` is the state folder that was looked into, None where there is none; `lists` is the folder of the lists.
    """

    engine: Engine
    folder: Path
    told: str
    state: Path | None
    running: bool = False
    notes: tuple[str, ...] = ()
    lists: Path | None = None

    def permits(self, at: datetime, host: str | None = None) -> tuple[list[Grant] | None, str]:
        """The permits that have not ended and may be about a host (or any), the oldest first; None where there is no store.

        None as well where it cannot be read, and then why, as a note.
        """
        from saywhy.exceptions.database import StoreUnavailable  # SQL takes long to import, and not all need it
        from saywhy.exceptions.store import Store

        if self.state is None or not has_store(self.state.absolute()):
            return None, ""
        try:
            store = Store(partial(database_in, self.state.absolute()))
            try:
                return sorted(
                    (*store.live_grants(at, host), *store.goes.live(at, host)), key=lambda one: one.starts
                ), ""
            finally:
                store.close()
        except StoreUnavailable as error:
            return None, f"the permits were not looked at: {error}"


def in_force(settings: Settings, *, running: bool) -> Basis | None:
    """What is in force in a state folder; None where nothing ever was. Raises BasisError."""
    revisions = Revisions(settings.revisions)
    current = revisions.current()
    if current is None:
        try:
            damaged = _is_there(settings.revisions / "current")
        except OSError as error:
            raise BasisError(f"{error.filename} cannot be read ({error.strerror}); run this as its owner") from None
        if damaged:
            raise BasisError(f"{settings.revisions / 'current'} is damaged; --policies names a folder in its place")
        return None
    try:
        policy, _ = revisions.load(current.revision)
    except RevisionError as error:
        raise BasisError(str(error)) from None
    lists, sealed, notes = _lists(settings)
    whose = "the running filter" if running else f"what was in force last in {settings.state}"
    told = ", ".join([whose, f"revision {policy.revision}", *_of_lists(lists)])
    engine = Engine(policy, lists, sealed)
    return Basis(engine, _named_from(revisions, current), told, settings.state, running, notes, settings.lists_folder)


def of_folder(folder: Path, settings: Settings, *, running: bool) -> Basis:
    """A policy's folder, with the lists and permits of a state folder. Raises PolicyError and BasisError."""
    policy = load_policy(folder)
    lists, sealed, notes = _lists(settings)
    told = ", ".join([f"the folder {folder}{_beside(policy, settings, running=running)}", *_of_lists(lists)])
    state = settings.state if settings.state.is_dir() else None
    return Basis(Engine(policy, lists, sealed), folder, told, state, running, notes, settings.lists_folder)


def _beside(policy: Policy, settings: Settings, *, running: bool) -> str:
    """How a folder differs from what is in force, as the end of a sentence."""
    revisions = Revisions(settings.revisions)
    current = revisions.current()
    if current is None:
        return ""
    what = "what is in force" if running else "what was in force last"
    try:
        other, _ = revisions.load(current.revision)
    except RevisionError:
        return f", beside which {what} cannot be read"
    if other.revision == policy.revision:
        return f", which is {what}"
    rules = differing_rules(other, policy)
    how = f"in {rules} rule{'' if rules == 1 else 's'}" if rules else "in other things than rules"
    return f", which differs from {what} {how}"


def _named_from(revisions: Revisions, current: Current) -> Path:
    """The policy's folder, while its files are those in force; otherwise where the files in force are kept."""
    seen = revisions.folder_state
    if seen.folder and same_files(seen.content, current.revision):
        return Path(seen.folder)
    return revisions.folder(current.revision)


def open_lists(folder: Path) -> ListIndex | None:
    """The published lists of a folder; None where there are none. Raises BasisError."""
    store = ListStore(folder)
    try:
        return open_index(store.index)
    except FileNotFoundError:
        if store.names():
            raise BasisError(f"there are lists in {folder} and no index; `saywhy lists compile` makes it") from None
        return None
    except (DamagedIndexError, OSError) as error:
        raise BasisError(f"the lists cannot be read: {error}") from None


def _lists(settings: Settings) -> tuple[ListIndex | None, Sealed | None, tuple[str, ...]]:
    if settings.lists is not None and not settings.lists.is_dir():
        raise BasisError(f"there is no folder {settings.lists}; the lists of `saywhy run` are in its state folder")
    lists = open_lists(settings.lists_folder)
    if lists is None and TakenLists(settings.lists_taken, settings.lists_folder).are_missed:
        raise BasisError(f"there are no lists in {settings.lists_folder}: {LOST}")
    sealed, note = _sealed(settings)
    return lists, sealed, (note,) if note else ()


def _sealed(settings: Settings) -> tuple[Sealed | None, str]:
    """The sealed lists, or why they are not looked at."""
    try:
        if not any(_is_there(one) for one in (settings.lists_folder / ".sealed", settings.sealed_copy)):
            return None, ""
        key = derived(read_secret(settings.secret), SEALED_LISTS)
        opened = SealedStore(settings.lists_folder, key, settings.sealed_copy).open()
    except OSError as error:
        return None, f"the sealed lists were not looked at: {error.filename} cannot be read ({error.strerror})"
    except (SecretError, SealError, ValueError, KeyError) as error:
        return None, f"the sealed lists were not looked at: {error}"
    return opened.sealed, str(opened.trouble or "")


def _is_there(path: Path) -> bool:
    """Whether there is such a file or folder. Raises OSError where that cannot be known."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    return True


def _of_lists(lists: ListIndex | None) -> Sequence[str]:
    """How old the lists are: the day of the newest."""
    if lists is None:
        return ()
    days = [found for one in lists.lists if (found := _day(one.updated)) is not None]
    if not days:
        return ("its lists",)
    newest = max(days)
    return (f"lists of {newest.day} {newest:%B %Y}",)


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
