"""What a list is said to be about: an id that rules can name, or why they cannot."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

_ID: Final = re.compile(r"\w[\w.-]{0,63}")  # as ids in the policy
_SECTIONS: Final = {"category": "categories", "app": "apps"}


class SubjectError(ValueError):
    """The text is no id that a rule could name; the message says what to write."""


def subject(kind: str, written: str, own: Collection[str] = ()) -> str:
    """The id of a category or an app as rules name it: one of the catalogue, or of the school's `own`.

    An underscore is read as a hyphen where that is what is known, as in the policy. Raises SubjectError: a list about what
    nobody can name would be in force nowhere, and nobody would see it.
    """
    from saywhy.lists.ut1 import CATEGORY_OF
    from saywhy.policy.reading.builtin import builtin_catalogue
    from saywhy.policy.suggest import did_you_mean, quoted

    identity = written.strip()
    if _ID.fullmatch(identity) is None:
        raise SubjectError(f"{quoted(written)} can be no id; write letters, digits, hyphens, like social-networks")
    catalogue = builtin_catalogue()
    known = {*own, *(catalogue.categories if kind == "category" else catalogue.apps)}
    for one in (identity, identity.replace("_", "-")):
        if one in known:
            return one
    nearest = did_you_mean(CATEGORY_OF.get(identity, identity) if kind == "category" else identity, sorted(known))
    perhaps = nearest if nearest.startswith("did") else f"`saywhy {_SECTIONS[kind]}` shows all there are."
    raise SubjectError(
        f"there is no {kind} {quoted(identity)}; {perhaps} One of your own stands under {_SECTIONS[kind]}: in the policy "
        "first (--policies says where that is)"
    )


def own_subjects(policies: Path, kind: str) -> list[str]:
    """The ids that a policy's files define, in whatever state they are; none where there is no policy."""
    from saywhy.policy.reading.files import Folder, UnreadableError
    from saywhy.policy.reading.yaml12 import read_yaml

    folder, found = Folder(policies), list[str]()
    for name in folder.yaml_names()[0]:
        try:
            found.extend(read_yaml(folder.read(name), name).node_at(_SECTIONS[kind]).keys)
        except UnreadableError:
            continue
    return found
