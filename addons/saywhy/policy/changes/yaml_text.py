"""Pieces of YAML as a policy's files have them: ids, lists of ids, texts, and a rule that allows."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from json import dumps
from typing import Final

from saywhy.policy.rule import Rule

_PLAIN: Final = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_NO_TEXT: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})  # to some version of YAML


def plain(name: str) -> str:
    """An id or a name; in quotes where it could be read as something else."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _NO_TEXT else dumps(name, ensure_ascii=False)


def row(names: Collection[str]) -> str:
    """Ids as a list in one line, in an order that does not change."""
    return f"[{', '.join(map(plain, sorted(names)))}]"


def quoted_text(words: str) -> str:
    """A text in one line, in quotes, without signs that nobody sees."""
    seen = "".join(sign if sign.isprintable() else " " for sign in words)
    return dumps(" ".join(seen.split()), ensure_ascii=False)


def allowing_rule(rule: Rule) -> list[str]:
    """A rule that allows, as lines of an item: what it is about, for whom, and why, decided and looked at again when."""
    assert rule.why is not None
    assert rule.decided is not None
    about: Mapping[str, list[str]] = {
        "domains": [plain(one) for one in rule.criteria.domains],
        "urls": [dumps(one.text, ensure_ascii=False) for one in rule.criteria.urls],
        "apps": [plain(one) for one in rule.criteria.apps],
    }
    said = ", ".join(f"{key}: [{', '.join(found)}]" for key, found in about.items() if found)
    lines = [f"- id: {plain(rule.id)}", f"  allow: {{{said}}}"]
    lines += [f"  for: {row(rule.groups)}"] if rule.groups else []
    return [
        *lines,
        f"  why: {quoted_text(rule.why.risk)}",
        f"  decided: {{by: {quoted_text(rule.decided.by)}, on: {rule.decided.on}}}",
        f"  review_by: {rule.review_by}",
        f"  owner: {plain(rule.owner)}",
    ]


def correction_item(name: str, never: Collection[str], also: Collection[str], because: str, on: date) -> list[str]:
    """A correction, as the line of an item."""
    said = [f"{key}: {row(found)}" for key, found in (("never", never), ("also", also)) if found]
    return [f"- {{name: {plain(name)}, {', '.join(said)}, because: {quoted_text(because)}, on: {on}}}"]
