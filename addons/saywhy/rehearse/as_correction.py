"""A report of a wrong category, written as a correction of the policy, with what says that the site is so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from saywhy.decide.engine import Engine
from saywhy.policy.catalogue import SEALED, Source
from saywhy.policy.changes.text_edit import CannotEditError, Edit, add_section, insert_item
from saywhy.policy.changes.yaml_text import correction_item
from saywhy.policy.problem import PolicyError
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.load import load_folder
from saywhy.policy.reading.yaml12 import read_yaml


class CannotCorrectError(Exception):
    """A correction that cannot be written; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class AsCorrection:
    """The edit for a technician to commit, and the line that it adds. `says` is where the category stands now."""

    edit: Edit
    item: tuple[str, ...]
    says: tuple[Source, ...]


def says_so(engine: Engine, host: str, category: str) -> tuple[Source, ...]:
    """Where it is written that a host belongs to a category; empty where nothing says so any more."""
    belongs = engine.membership(host, None).because
    found = (one.source for one in belongs if one.kind == "category" and one.id == category)
    return tuple(dict.fromkeys(found))


def as_correction(  # a correction, all of its parts
    folder: Folder, engine: Engine, host: str, category: str, suggested: str, because: str, today: date
) -> AsCorrection:
    """The correction that takes a site out of a category, and puts it into the one that was suggested, where one was.

    Raises CannotCorrectError.
    """
    catalogue = engine.policy.catalogue
    if category == SEALED or category not in catalogue.categories:
        raise CannotCorrectError(f"There is no category {category} that could be corrected.")
    if suggested and (suggested not in catalogue.categories or suggested == category):
        raise CannotCorrectError(f"There is no category {suggested} to put it into.")
    says = says_so(engine, host, category)
    if not says:
        raise CannotCorrectError(f"Nothing says any more that {host} is in {category}. Close the reports.")
    name = _bare(host)
    known = catalogue.corrections.get(name)
    if known is not None:
        raise CannotCorrectError(
            f"{known.source.place} corrects {name} already, and a name has one correction: add {category} there by hand."
        )
    item = tuple(correction_item(name, [category], [suggested] if suggested else [], because, today))
    try:
        edit = _edit(folder, item)
        read = load_folder(Folder(folder.path, {**folder.contents, edit.name: edit.after}))
    except (CannotEditError, UnreadableError) as fault:
        raise CannotCorrectError(f"Write it by hand under corrections: {fault}. {item[0]}") from None
    except PolicyError as error:
        raise CannotCorrectError(f"The policy would not load with it: {error.problems[0].what}.") from None
    now = Engine(read, engine.lists, engine.sealed).membership(host, None).categories
    if category in now or (suggested and suggested not in now):
        raise CannotCorrectError(f"{host} would still be in {category}: another correction says so.")
    return AsCorrection(edit, item, says)


def _bare(host: str) -> str:
    bare = host.removeprefix("www.")
    return host if public_suffixes().has(bare) else bare


def _edit(folder: Folder, item: tuple[str, ...]) -> Edit:
    files = list(_files(folder))
    for name, content, sections in files:
        if "corrections" in sections:
            return insert_item(name, content, "corrections", item)
    for wanted in ("categories", "rules"):
        for name, content, sections in files:
            if wanted in sections:
                return add_section(name, content, "corrections", item)
    raise CannotEditError("no file has categories or rules")


def _files(folder: Folder) -> Iterator[tuple[str, bytes, frozenset[str]]]:
    for name in folder.yaml_names()[0]:
        content = folder.read(name)
        yield name, content, frozenset(read_yaml(content, name).node_at().keys)
