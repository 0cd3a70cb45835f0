"""A permit that proved itself, written as a rule: where it has to stand, what it changes, and when that cannot be done."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from saywhy.decide.access import Access, Target, subject_in, target_at
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.exceptions.reach import reached
from saywhy.exceptions.request import Dossier, Verdict
from saywhy.exceptions.sentences import is_a_sentence
from saywhy.exceptions.weighing import titles
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.catalogue import Source
from saywhy.policy.changes.text_edit import CannotEditError, Edit, insert_item, replace_value
from saywhy.policy.changes.yaml_text import allowing_rule
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import Grant, GrantTarget
from saywhy.policy.policy import Policy
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.files import Folder, UnreadableError
from saywhy.policy.reading.load import load_folder
from saywhy.policy.rule import Decided, Effect, Rule, Why

_A_YEAR: Final = timedelta(days=365)
_HOURS: Final = 7 * 24  # of a week, in which lessons and breaks all come


class CannotBePolicyError(Exception):
    """A permit that cannot be written as a rule, or should not be; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class AsPolicy:
    """The edit for a technician to commit. `above` is the id of the rule that the new one stands above, empty for none.

    `opens` says, for each target by its name, in how many of the hours of a week a decision changes; `stays` names the
    rules that close it in other hours, as before.
    """

    edit: Edit
    rule: Rule
    item: tuple[str, ...]
    above: str
    opens: tuple[tuple[str, int], ...]
    stays: tuple[str, ...]


def as_policy(folder: Folder, engine: Engine, dossier: Dossier, now: datetime, group: str = "") -> AsPolicy:
    """The rule for a permit and what opens with it, in the folder that the engine was read from.

    A permit for a device needs the `group` that the rule is to be for. Raises CannotBePolicyError.
    """
    policy, permit = engine.written, dossier.grant
    if permit is None:
        raise CannotBePolicyError("This request has no permit, so there is nothing to write.")
    further = (replace(permit, what=one.what, weighed=one.weighed) for one in dossier.request.further)
    whats = (permit, *further)
    groups = _groups(policy, dossier, whats[0], group)
    base = engine.rule_by_id.get(dossier.request.refusal.rule)
    known = frozenset(one.rpartition(":")[0] or one for grant in whats for one in grant.weighed)
    if base is None or base.id not in known:
        raise CannotBePolicyError("The rule that this was asked from is no longer there, or has changed its name.")
    if base.uses:
        raise CannotBePolicyError(f"Rule {base.id} is about what is done at a site: write what it leaves out by hand.")
    place = _place(engine, base, [grant.what for grant in whats], groups, known)
    rule = _rule(policy, dossier, whats, groups, now.astimezone(policy.school.timezone).date())
    item = tuple(allowing_rule(rule))
    name, at = _where(folder, policy, place)
    try:
        edit = insert_item(name, folder.read(name), "rules", item, at)
        read = load_folder(Folder(folder.path, {**folder.contents, name: edit.after}))
    except (CannotEditError, UnreadableError) as fault:
        raise CannotBePolicyError(f"It has to be written by hand: {fault}.") from None
    except PolicyError as error:
        raise CannotBePolicyError(f"The policy would not load with it: {error.problems[0].what}.") from None
    ids = [one.id for one in read.rules]
    if [one for one in ids if one != rule.id] != [one.id for one in policy.rules]:
        raise CannotBePolicyError(f"{name} is not what is in force now. Wait until it is, then write it again.")
    opens, stays = _compared(engine, Engine(read, engine.lists, engine.sealed), rule.id, whats, groups, now)
    above = place.id if place.number else ""
    return AsPolicy(edit, rule, item, above, opens, stays)


def _groups(policy: Policy, dossier: Dossier, grant: Grant, group: str) -> frozenset[str]:
    if grant.who.groups:
        return grant.who.groups
    asked = [one for one in dossier.request.refusal.groups if one in policy.groups]
    if group not in asked:
        labels = " or ".join(policy.groups[one].label for one in asked) or "none that the policy knows"
        raise CannotBePolicyError(f"This permit is for one device, and a rule is for a group. Choose one: {labels}.")
    return frozenset({group})


def _place(
    engine: Engine, base: Rule, whats: Iterable[GrantTarget], groups: frozenset[str], known: frozenset[str]
) -> Rule:
    """The first of the rules that close what the permit opened, above which the new rule has to stand."""
    reaches = [reached(engine, base, what, tuple(groups)) for what in whats]
    closing = {rule.id: rule for one in reaches for rule in (*one.opens, *one.stays)}.values()
    weighed = [rule for rule in closing if rule.id in known]
    first = min(weighed, key=lambda rule: rule.number or len(engine.policy.rules) + 1)
    after = [rule for rule in closing if not rule.number or (first.number and rule.number >= first.number)]
    wide = [rule.id for rule in after if rule.id not in known and not rule.locked]
    if wide:
        raise CannotBePolicyError(
            f"A rule here would also open what {', '.join(wide)} closes, which the permit did not. "
            "Ask for it anew, so that it is weighed, or write the rule by hand."
        )
    return first


def _rule(policy: Policy, dossier: Dossier, whats: tuple[Grant, ...], groups: frozenset[str], today: date) -> Rule:
    asked = dossier.request
    said = [one for one in dossier.reviews if one.verdict is not Verdict.REFUSE]
    reason = next((one.reason for one in reversed(said) if is_a_sentence(one.reason)), "")
    roles = tuple(dict.fromkeys(one.role for one in said))
    owner = next((one.owner for one in policy.rules if one.id == asked.refusal.rule), "") or (roles or ("",))[0]
    return Rule(
        id=_free(policy, f"from-{asked.number.lower()}"),
        number=0,
        effect=Effect.ALLOW,
        criteria=Criteria(
            domains=tuple(one.what.site for one in whats if one.what.site is not None),
            urls=tuple(one.what.page for one in whats if one.what.page is not None),
            apps=tuple(one.what.app for one in whats if one.what.app is not None),
        ),
        source=Source("", 0),
        groups=groups,
        why=Why(reason or f"It was opened for {asked.work}, and that went well ({asked.number})."),
        decided=Decided(
            " and ".join(titles(policy, [one]) for one in roles) or "the school",
            max((one.at for one in said), default=asked.submitted_at).astimezone(policy.school.timezone).date(),
        ),
        review_by=today + _A_YEAR,
        owner=owner or policy.default.owner,
    )


def _free(policy: Policy, wanted: str) -> str:
    taken = {rule.id for rule in policy.rules}
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def _where(folder: Folder, policy: Policy, place: Rule) -> tuple[str, int | None]:
    """The file that has the rules, and the position of the one to stand above; None: at the end."""
    if not policy.rules:
        raise CannotBePolicyError("The policy has no rules yet: write the first one by hand.")
    name = policy.rules[0].source.file
    if name not in folder.contents and name not in folder.yaml_names()[0]:
        raise CannotBePolicyError(f"{name}, which has the rules, is not there.")
    return name, place.number - 1 if place.number else None


def _compared(  # two policies, and what they are compared by
    was: Engine, now: Engine, rule: str, whats: tuple[Grant, ...], groups: frozenset[str], at: datetime
) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    opens: list[tuple[str, int]] = []
    stays: dict[str, None] = {}
    subjects = [subject_in(was.policy, (one,)) for one in sorted(groups) if one in was.policy.groups]
    for grant in whats:
        hours = 0
        for target in _targets(was, grant.what):
            for subject in subjects:
                for hour in range(_HOURS):
                    access = Access(subject, target, at + timedelta(hours=hour))
                    if decide(was, NO_GRANTS, access).allowed:
                        continue
                    after = decide(now, NO_GRANTS, access)
                    if after.allowed and after.rule is not None and after.rule.id == rule:
                        hours += 1
                    elif after.rule is not None:
                        stays[after.rule.id] = None
        opens.append((grant.what.named, min(hours, _HOURS)))
    if not any(hours for _, hours in opens):
        first = next(iter(stays), "")
        why = f"rule {first} decides first" if first else "nothing closes it now"
        raise CannotBePolicyError(f"A rule here would change nothing: {why}.")
    return tuple(opens), tuple(stays)


def _targets(engine: Engine, what: GrantTarget) -> Iterator[Target]:
    if what.site is not None:
        yield Target(what.site, 443)
    elif what.page is not None:
        try:
            yield target_at(canonical_url(what.page.text))
        except AddressError:
            return
    else:
        names = engine.policy.catalogue.names.items()
        found = (name for name, belongs in names if any(one.kind == "app" and one.id == what.app for one in belongs))
        for name in (one for one, _ in zip(found, range(20), strict=False)):
            yield Target(name, 443)


def kept_until(folder: Folder, engine: Engine, rule_id: str, day: date) -> Edit:
    """The edit that sets the day on which a rule is looked at again. Raises CannotBePolicyError."""
    rule = next((one for one in engine.written.rules if one.id == rule_id), None)
    if rule is None:
        raise CannotBePolicyError(f"There is no rule {rule_id} any more.")
    name = rule.source.file
    try:
        edit = replace_value(name, folder.read(name), ("rules", rule.number - 1, "review_by"), day.isoformat())
        read = load_folder(Folder(folder.path, {**folder.contents, name: edit.after}))
    except (CannotEditError, UnreadableError) as fault:
        raise CannotBePolicyError(f"Write “review_by: {day}” into rule {rule_id} by hand: {fault}.") from None
    except PolicyError as error:
        raise CannotBePolicyError(f"The policy would not load with it: {error.problems[0].what}.") from None
    if [replace(one, review_by=None) for one in read.rules if one.id == rule_id] != [replace(rule, review_by=None)]:
        raise CannotBePolicyError(f"{name} is not what is in force now. Wait until it is, then write it again.")
    return edit
