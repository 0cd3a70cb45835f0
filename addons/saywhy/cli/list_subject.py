"""What a list is said to be about: an id that rules can name, or why they cannot."""

import re
from typing import Final

_ID: Final = re.compile(r"\w[\w.-]{0,63}")  # as ids in the policy


class SubjectError(ValueError):
    """The text can be no id."""


def subject(kind: str, written: str) -> tuple[str, str]:
    """The id of a category or an app as rules name it, and a word of warning where the catalogue does not know it.

    An underscore is read as a hyphen where that is what the catalogue has, as in the policy. Raises SubjectError.
    """
    from saywhy.policy.reading.builtin import builtin_catalogue
    from saywhy.policy.suggest import did_you_mean, quoted

    identity = written.strip()
    if _ID.fullmatch(identity) is None:
        raise SubjectError(f"{quoted(written)} can be no id; write letters, digits, hyphens, like social-networks")
    catalogue = builtin_catalogue()
    known = catalogue.categories if kind == "category" else catalogue.apps
    if identity in known:
        return identity, ""
    if identity.replace("_", "-") in known:
        return identity.replace("_", "-"), ""
    nearest = did_you_mean(identity, known)
    perhaps = f" {nearest}" if nearest.startswith("did") else ""
    part = "categories" if kind == "category" else "apps"
    return identity, (
        f"the catalogue has no {kind} {quoted(identity)};{perhaps} "
        f"rules can name it once the policy has it under {part}:"
    )
