"""What somebody may say about revisions: return to an earlier one, end that, or confirm a change that was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from saywhy.policy.changes.changed import what_changed
from saywhy.policy.changes.summary import is_list, names_changed, summary_of
from saywhy.serve.folder_state import FolderState
from saywhy.serve.history import Entry, Kind, before
from saywhy.serve.revisions import Current, RevisionError, Revisions


@dataclass(frozen=True, slots=True)
class Returned:
    """A rollback that was made: from which revision to which, and how the two differ, in a sentence."""

    left: str
    revision: str
    what: str


def roll_back(revisions: Revisions, wanted: str | None, who: str, now: datetime) -> Returned:
    """Put an earlier revision into force, by its name or the beginning of it; None: the one before.

    The folder's content is not taken any more until it changes. Raises RevisionError with what to do, and OSError.
    """
    with revisions.changing():
        current = revisions.current()
        if current is None:
            raise RevisionError("no policy was ever in force here; there is nothing to return to")
        history = revisions.history()
        revision = before(history, current.revision) if wanted is None else _named(revisions, history, wanted)
        if revision is None:
            raise RevisionError(f"there is no revision before {current.revision}; `saywhy history` lists them")
        if revision == current.revision:
            raise RevisionError(f"revision {revision} is in force already")
        policy, contents = revisions.load(revision)
        if policy.revision == current.revision:
            raise RevisionError(f"revision {revision} has the files of {current.revision}, which is in force already")
        if policy.revision != revision:  # Saywhy's own catalogue is another than it was then
            revisions.store(policy.revision, contents, revision)
            revision = policy.revision
        what = "the one before cannot be read"
        try:
            old, old_contents = revisions.load(current.revision)
        except RevisionError:
            pass
        else:
            lists = {
                name: names_changed(old_contents[name], content)
                for name, content in contents.items()
                if name in old_contents and is_list(name)
            }
            what = what_changed(summary_of(old, old_contents), summary_of(policy, contents), lists)
        set_aside = revisions.folder_state.content or current.revision
        said = f"returned from {current.revision}: {what}"
        source = str(revisions.folder(revision))
        entry = Entry(now, revision, Kind.ROLLBACK, who, said, source, set_aside)
        revisions.change(Current(revision, set_aside, pinned=True), entry)
        return Returned(current.revision, revision, what)


def end_rollback(revisions: Revisions, who: str, now: datetime) -> Current:
    """End a rollback: the folder is followed again. What is in force stays until it was read.

    Raises RevisionError where no rollback is in force, and OSError.
    """
    with revisions.changing():
        current = revisions.current()
        if current is None or not current.pinned:
            raise RevisionError("no rollback is in force; nothing was changed")
        revisions.change(
            Current(current.revision), Entry(now, current.revision, Kind.RELEASED, who, "the rollback was ended")
        )
        return current


def confirm(revisions: Revisions) -> FolderState:
    """Confirm exactly the content of the folder that was refused for what it lost.

    Raises RevisionError where nothing waits for that, and OSError.
    """
    with revisions.changing():
        folder_state = revisions.folder_state
        if not folder_state.problems:
            raise RevisionError("nothing waits to be confirmed")
        if not folder_state.confirmable:
            raise RevisionError(
                f"the policy in {folder_state.folder} has mistakes, which cannot be confirmed; `saywhy check` lists them"
            )
        revisions.confirmed = folder_state.content
        return folder_state


def _named(revisions: Revisions, history: Sequence[Entry], wanted: str) -> str:
    known = set(revisions.kept_revisions())
    found = {one for one in known if one.startswith(wanted.lower())} if wanted else set()
    if len(found) == 1:
        return found.pop()
    if found:
        raise RevisionError(f"{wanted} could be {' or '.join(sorted(found))}; write more of it")
    if wanted and any(one.revision.startswith(wanted.lower()) for one in history):
        raise RevisionError(
            f"the files of revision {wanted} are not kept any more; `saywhy history` marks those that are"
        )
    raise RevisionError(f"there is no revision {wanted}; `saywhy history` lists them")
