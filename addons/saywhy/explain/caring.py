"""A page that cares: people to turn to, and nothing of what was looked for; no host, no rule, no category, no form.

While school is open an adult there comes first. When it is not, the page says so, and whom to call comes first.
"""

from dataclasses import replace

from saywhy.decide.access import Access, target_at
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.reason import caring_words
from saywhy.explain.words import Words
from saywhy.policy.address import AddressError, canonical_url
from saywhy.policy.care import Care, Help
from saywhy.policy.rule import Rule
from saywhy.policy.school_day import is_school_open


def caring(engine: Engine, grants: Grants, access: Access, plain: Explanation, rule: Rule, words: Words) -> Explanation:
    """What somebody is told whom a rule that cares refused; `plain` is what any refusal has."""
    care, level = engine.policy.care, words.levels[plain.reader].care
    school_open = is_school_open(engine.policy, access.at, care.hours)
    mine = [one for one in rule.help if _is_for(one, access)]
    there, away = _at_school(engine, access, mine, school_open=school_open)
    lines = [one for one in mine if not one.at_school]
    happened = (*level.out_of_hours, *((level.call,) if lines else ()))
    if there or school_open:
        happened = caring_words(rule, plain, level.title) or level.sentences

    def told(some: list[Help]) -> tuple[Help, ...]:
        return tuple(_open(engine, grants, access, _named(one, words)) for one in some)

    return replace(
        plain,
        kind=Kind.CARE,
        what="",
        inside="",
        for_whom="",
        rule_total=0,
        reference=None,
        title=level.title,
        happened=happened,
        asking=level.urgent.format(number=care.danger),
        help=told([*there, *lines]),
        later=told(away),
        danger=care.danger,
        leave=_leave(engine, grants, access, care),
    )


def _is_for(one: Help, access: Access) -> bool:
    """Whether somebody is there for this reader, by group and by age."""
    groups = not one.groups or bool(one.groups & access.subject.groups)
    return groups and (not one.readers or access.subject.reader in one.readers)


def _at_school(engine: Engine, access: Access, mine: list[Help], *, school_open: bool) -> tuple[list[Help], list[Help]]:
    """Those at school who are there now, and those who are not."""
    local = access.at.astimezone(engine.policy.school.timezone)
    times = engine.policy.times
    there: list[Help] = []
    away: list[Help] = []
    for one in mine:
        if one.at_school:
            now = any(times[name].cover(local) for name in one.times) if one.times else school_open
            (there if now else away).append(one)
    return there, away


def _named(one: Help, words: Words) -> Help:
    """Somebody at school whom policy does not name: any adult there."""
    return one if one.name else replace(one, name=words.common["adult_at_school"])


def _open(engine: Engine, grants: Grants, access: Access, one: Help) -> Help:
    """Somebody to turn to, without a link that the filter itself would close."""
    return one if not one.url or _is_open(engine, grants, access, one.url) else replace(one, url="")


def _leave(engine: Engine, grants: Grants, access: Access, care: Care) -> str:
    return care.leave if care.leave and _is_open(engine, grants, access, care.leave) else ""


def _is_open(engine: Engine, grants: Grants, access: Access, link: str) -> bool:
    try:
        url = canonical_url(link)
    except AddressError:
        return False
    return "://" in link and decide(engine, grants, replace(access, target=target_at(url))).allowed
