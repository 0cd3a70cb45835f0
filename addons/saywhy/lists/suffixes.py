"""The names under which anybody can have a name: `com`, `co.uk`, `github.io`.

An entry that covers one of them takes in every site below it. The rules are those of the Public Suffix List
(https://publicsuffix.org/list/), ICANN's section and the private one, as the package publicsuffixlist ships them.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from saywhy.policy.address import AddressError, canonical_host

_RULES: Final = "public_suffix_list.dat"
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
        try:
            name = canonical_host(rule.removeprefix("!").removeprefix("*."))
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
