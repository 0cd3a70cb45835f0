"""The names under which anybody can have a name: `com`, `co.uk`, `github.io`.

An entry that covers one of them takes in every site below it. The rules are those of the Public Suffix List
(https://publicsuffix.org/list/), ICANN's section and the private one, as the package publicsuffixlist ships them.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from saywhy.policy.address import AddressError, canonical_host

_RULES: Final = "public_suffix_list.dat"
_PLAIN: Final = re.compile(r"[a-z0-9.-]+")
_PRIVATE: Final = "===BEGIN PRIVATE DOMAINS==="


@dataclass(frozen=True, slots=True)
class Suffixes:
    """The rules, by what they say of a name: itself a suffix; whatever is one label below it is one; no suffix after all."""

    names: frozenset[str]
    parents: frozenset[str]
    exceptions: frozenset[str]
    private: frozenset[str]  # those of `names` that a company registered for what its customers put there

    def has(self, name: str) -> bool:
        """Whether a canonical host name is a public suffix, or stands above nothing but public suffixes.

        A single label is one, whether the list knows it or not: that is the rule for those that it does not know.
        """
        if name in self.names:
            return True
        if "." not in name:
            return ":" not in name  # that would be an IPv6 address
        return name.partition(".")[2] in self.parents and name not in self.exceptions

    def may_be(self, name: str) -> bool:
        """Whether a name with a dot has to be looked at: faster than `has`, and True for some that are none."""
        return name in self.names or name.partition(".")[2] in self.parents

    def knows(self, name: str) -> bool:
        """Whether a rule speaks of the name, rather than that it has no dot."""
        return name in self.names or "." in name

    def registered(self, name: str) -> str:
        """The name right below a public suffix that a canonical host name is or lies below."""
        while "." in name and not self.has(name.partition(".")[2]):
            name = name.partition(".")[2]
        return name

    def is_private(self, name: str) -> bool:
        """Whether a suffix is a company's: a site by itself, whose customers have the names below it."""
        above = name.partition(".")[2]
        return name in self.private or (above in self.private and above in self.parents)


@cache
def public_suffixes() -> Suffixes:
    """The list, read once."""
    names: set[str] = set()
    parents: set[str] = set()
    exceptions: set[str] = set()
    private: set[str] = set()
    in_private = False
    for line in files("publicsuffixlist").joinpath(_RULES).read_text("utf-8").splitlines():
        in_private = in_private or _PRIVATE in line
        rule = line.split(" ", 1)[0]
        if not rule or rule.startswith("//"):
            continue
        name = rule.removeprefix("!").removeprefix("*.")
        if _PLAIN.fullmatch(name) is None:  # most are canonical as they stand, and there are ten thousand
            try:
                name = canonical_host(name)
            except AddressError:  # none today; a rule that is no name can match none
                continue
        if rule.startswith("!"):
            exceptions.add(name)
            continue
        names.add(name)
        if in_private:
            private.add(name)
        if rule.startswith("*."):
            parents.add(name)
    return Suffixes(frozenset(names), frozenset(parents), frozenset(exceptions), frozenset(private))
