"""Lint of pages that care: they name an adult at school and a help line, and no help line's own site is closed to anybody."""

from collections.abc import Iterator

from saywhy.decide.access import Access, subject_in, target_at
from saywhy.decide.decide import decide
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.address import canonical_url
from saywhy.policy.catalogue import SEALED
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.rule import Rule
from saywhy.policy.suggest import listed, quoted
from saywhy.rehearse.findings import Locations, named
from saywhy.rehearse.week import Moment, Week


def lint_care(locations: Locations, week: Week) -> Iterator[Problem]:
    """The problems of rules that have the page care, and of help lines that somebody cannot open."""
    policy, care = locations.policy, locations.policy.care
    caring = [rule for rule in policy.rules if rule.help]
    for rule in caring:
        document, loc = locations.of_rule(rule, "care")
        if document.node_at(*loc).value is not True:
            continue  # it names its own people alone
        if not any(one.at_school and one.name for one in rule.help):
            what, instead = "no adult at school", "write people: under care, with a name and where to find them"
            yield _nobody(locations, rule, what, instead)
        if not care.lines:
            yield _nobody(locations, rule, "no help line", "write country: or lines: under care")
    if caring:
        yield from _closed(locations, week)


def _nobody(locations: Locations, rule: Rule, what: str, instead: str) -> Problem:
    said = f"the page of {named(rule)} names {what}"
    return locations.about_rule(rule, ("care",), Code.NOBODY_TO_TURN_TO, said, instead, of_key=True)


def _closed(locations: Locations, week: Week) -> Iterator[Problem]:
    """One finding for each rule that closes help lines: to which group, and when, first."""
    policy, engine = locations.policy, locations.engine
    found: dict[str, tuple[Rule, dict[str, None], str, Moment]] = {}
    for line in policy.care.every_line.values():
        if not line.url:
            continue
        target = target_at(canonical_url(line.url))
        for group in policy.groups:
            subject = subject_in(engine.policy, (group,))
            for moment in week.moments(week.named):
                decision = decide(engine, NO_GRANTS, Access(subject, target, moment.at))
                rule = decision.rule
                if not decision.allowed and rule is not None:
                    found.setdefault(rule.id, (rule, {}, group, moment))[1][line.name] = None
    for rule, lines, group, moment in found.values():
        if rule.id == SEALED:
            continue  # a sealed list, which is nobody's here to mend
        what = f"{named(rule)} closes the site of {listed(lines)} to {quoted(group)} {moment}"
        instead = "write a rule with keep_open: true that allows {categories: [help-lines]}"
        parts = ("id",) if rule is not policy.default else ()
        yield locations.about_rule(rule, parts, Code.HELP_LINE_CLOSED, what, instead)
