"""The policy as a whole: what `load_policy` makes, and what an engine is made from (`saywhy.decide.engine`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from saywhy.policy.calendar import Calendar
from saywhy.policy.care import Care
from saywhy.policy.catalogue import Catalogue
from saywhy.policy.inspection import Inspection
from saywhy.policy.keep import Keep
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Rule
from saywhy.policy.school import Group, Place, Reach, Role, School, Times


@dataclass(frozen=True, slots=True)
class Policy:
    """A consistent whole: every group, app, category, purpose, time and role that a rule names exists.

    `revision` is short and stands for the content: equal files give equal revisions.
    """

    school: School
    rules: tuple[Rule, ...]
    default: Rule  # number 0, criteria: everything
    groups: Mapping[str, Group] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=dict)
    times: Mapping[str, Times] = field(default_factory=dict)  # calendars as well, each under its own name
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    keep: Keep = field(default_factory=Keep)
    care: Care = field(default_factory=Care)
    catalogue: Catalogue = field(default_factory=Catalogue)
    inspection: Inspection = field(default_factory=Inspection)
    revision: str = "0"

    def closed_groups(self, names: tuple[str, ...]) -> frozenset[str]:
        """The groups named and all that they lie within."""
        closed = set(names)
        for name in names:
            group = self.groups.get(name)
            if group is not None:
                closed |= group.within
        return frozenset(closed)

    def reader_of(self, groups: tuple[str, ...]) -> Reader:
        """The reading level of the first group that names one; adult where none does."""
        for name in groups:
            group = self.groups.get(name)
            if group is not None and group.reader is not None:
                return group.reader
        return Reader.ADULT

    def language_of(self, groups: tuple[str, ...]) -> str:
        """The language of the first group that names one; empty where none does."""
        named = (group.language for name in groups if (group := self.groups.get(name)) is not None)
        return next((language for language in named if language), "")
