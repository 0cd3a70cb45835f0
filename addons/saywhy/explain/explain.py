"""The one function that explains: a decision, told to the reader that its subject is."""

from dataclasses import replace
from datetime import datetime, time
from typing import Any, Final

from saywhy.decide.access import Access, carried_in, target_at
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.alternatives import surviving
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.hostname import shown_host
from saywhy.explain.opening import closes_next, opens_next
from saywhy.explain.words import Languages, Level, Words, shipped_languages
from saywhy.policy.address import DEFAULT_PORTS, AddressError, canonical_url
from saywhy.policy.catalogue import SEALED
from saywhy.policy.caution import in_minutes
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Help, Rule
from saywhy.policy.uses import POSTING, UPLOADS

# Whose words are taken where the school wrote none for a level: the next simpler ones first.
_NEAREST: Final = {Reader.EARLY: (Reader.EARLY, Reader.PRIMARY), Reader.EASY_READ: (Reader.EASY_READ, Reader.PRIMARY)}


def explain(
    engine: Engine,
    grants: Grants,
    access: Access,
    decision: Decision,
    *,
    reference: str | None,
    ask_url: str | None,
    languages: Languages | None = None,
) -> Explanation:
    """Tell a decision to the access's subject.

    `reference` is the short code for the page and the log; `ask_url` leads to the form, that for going on where the rule
    has caution, and is told only where this is offered to this reader. `policy` and `grants` are those that the decision was made from. `languages` are the
    words to tell it in, by default those that come with Saywhy.
    """
    inside = ""
    if decision.carried is not None:  # what is closed is the address inside the one that was asked for
        inside = _shown(access)
        access = replace(access, target=carried_in(access.target, decision.carried))
    words = (languages or shipped_languages()).best(engine.policy.school.languages)
    level = words.levels[access.subject.reader]
    plain = Explanation(
        kind=Kind.OPEN if decision.allowed else Kind.BLOCK,
        reader=access.subject.reader,
        language=words.language,
        school=engine.policy.school.name,
        revision=decision.revision,
        at=access.at.astimezone(engine.policy.school.timezone),
        what=_shown(access),
        inside=inside,
        title=words.open if decision.allowed else level.title,
        for_whom=_for_whom(engine, access, words),
        reason_code=decision.reason,
        rule_total=len(engine.policy.rules),
        reference=reference,
    )
    rule = decision.rule
    if rule is None:
        return replace(plain, happened=_told(level.reach[decision.reason]), asking=level.asking.reach)
    if decision.allowed:
        closes_at = closes_next(engine, grants, access, decision)
        until = None if closes_at is None else _when(closes_at, plain.at, words)
        told = replace(_of_rule(engine, plain, rule, decision), until=until, closes_at=closes_at)
        return told if until is None else replace(told, happened=(words.open_until.format(until=until),))
    if rule.effect is Effect.ALLOW:
        return _only_so(engine, grants, access, plain, rule, decision, level)
    if rule.id == SEALED:
        return _sealed(_of_rule(engine, plain, rule, decision), level)
    if rule.help:
        return _caring(engine, grants, access, replace(plain, rule_total=0, reference=None), rule, level)
    opens_at = opens_next(engine, grants, access)
    purposes, dropped = surviving(engine, grants, access, purposes_of(engine, rule, decision))
    told = replace(
        _of_rule(engine, plain, rule, decision),
        reassurance=level.reassurance,
        **_ways_on(rule, plain.reader, level, ask_url),
        until=None if opens_at is None else _when(opens_at, plain.at, words),
        opens_at=opens_at,
        purposes=purposes,
        dropped=dropped,
    )
    over = rule.caution is not None and grants.ended(access, rule)
    return replace(told, happened=_happened(told, access, rule, words, over=over))


def _only_so(  # what `explain` has at hand
    engine: Engine, grants: Grants, access: Access, plain: Explanation, rule: Rule, decision: Decision, level: Level
) -> Explanation:
    """A rule allows it, but not like this: nobody has to be asked, and with a wrong account no other place helps."""
    told = replace(
        plain,
        happened=_told(level.reach[decision.reason]),
        reassurance=level.reassurance,
        rule=rule.id,
        rule_number=rule.number,
    )
    if decision.reason is Reason.ACCOUNT:
        return replace(told, asking=level.asking.account)
    purposes, dropped = surviving(engine, grants, access, purposes_of(engine, rule, decision))
    return replace(told, asking=level.asking.reach, purposes=purposes, dropped=dropped)


def _of_rule(engine: Engine, plain: Explanation, rule: Rule, decision: Decision) -> Explanation:
    """Add what the deciding rule says about itself."""
    why, ask, decided = rule.why, rule.ask, rule.decided
    levels = _NEAREST.get(plain.reader, (plain.reader,))
    reason = "" if why is None else next((why.readers[one] for one in levels if one in why.readers), why.risk)
    roles = () if ask is None or rule.locked else tuple(dict.fromkeys((*ask.decides, *ask.agrees)))
    belongs = decision.membership
    apps = [one for one in rule.criteria.apps if one in belongs.apps | belongs.undecided_apps]
    categories = [one for one in rule.criteria.categories if one in belongs.categories | belongs.undecided_categories]
    return replace(
        plain,
        reason=reason,
        reason_fits=plain.reader is not Reader.EARLY or (why is not None and Reader.EARLY in why.readers),
        app=engine.policy.catalogue.apps[apps[0]].label if apps else None,
        category=engine.policy.catalogue.categories[categories[0]].label if categories else None,
        needed_by=tuple(engine.policy.catalogue.apps[one].label for one in sorted(belongs.needed)),
        rule=rule.id,
        rule_number=rule.number,
        owner=_title(engine, rule.owner) if rule.owner else None,
        decided_by=None if decided is None else decided.by,
        decided_on=None if decided is None else decided.on,
        review_by=rule.review_by,
        would_change="" if why is None else why.would_change,
        answered_by=tuple(dict.fromkeys(_title(engine, role) for role in roles)),
    )


def _caring(
    engine: Engine, grants: Grants, access: Access, plain: Explanation, rule: Rule, level: Level
) -> Explanation:
    """A page that cares names people, and nothing that was looked for: no host, no rule, no category, no form."""
    return replace(
        plain,
        kind=Kind.CARE,
        what="",
        inside="",
        for_whom="",
        title=level.care.title,
        happened=level.care.sentences,
        asking=level.care.urgent,
        help=tuple(_open_help(engine, grants, access, one) for one in rule.help),
    )


def _open_help(engine: Engine, grants: Grants, access: Access, one: Help) -> Help:
    """Somebody to turn to, without a link that the filter itself would close."""
    if not one.url:
        return one
    try:
        url = canonical_url(one.url)
    except AddressError:
        return replace(one, url="")
    open_now = decide(engine, grants, replace(access, target=target_at(url))).allowed
    return one if open_now and "://" in one.url else replace(one, url="")


def _sealed(told: Explanation, level: Level) -> Explanation:
    """A page about what nobody may open names nothing: no host, no category, no rule; only the words lists ask for."""
    return replace(
        told,
        what="",
        inside="",
        category=None,
        needed_by=(),
        rule=None,
        rule_number=None,
        rule_total=0,
        asking=level.asking.locked,
    )


def purposes_of(engine: Engine, rule: Rule, decision: Decision) -> tuple[str, ...]:
    """What people may have wanted: as the rule says, or what the app is used for, or the rule's categories."""
    if rule.instead:
        return rule.instead
    apps, categories = engine.policy.catalogue.apps, engine.policy.catalogue.categories
    by_app = (one for app in sorted(decision.membership.apps) for one in apps[app].purposes)
    belongs = decision.membership.categories
    named = sorted(belongs) if rule.effect is Effect.ALLOW else rule.criteria.categories
    matched = [one for one in named if one in belongs]
    by_category = (one for category in matched for one in categories[category].purposes)
    return tuple(dict.fromkeys((*by_app, *by_category)))


def _happened(told: Explanation, access: Access, rule: Rule, words: Words, *, over: bool) -> tuple[str, ...]:
    level = words.levels[told.reader]
    kinds = sorted(one[1] for one in rule.uses & access.target.use.certain if one[0] == "file")
    if over:
        belongs = level.caution.over
    elif UPLOADS in rule.uses:
        belongs = level.belongs.uploads
    elif POSTING in rule.uses:
        belongs = level.belongs.posting
    elif len(kinds) == 1:  # where its beginning could not be read, it may be any
        belongs = level.belongs.file.format(file=words.file_kinds[kinds[0]])
    elif told.app is not None:
        belongs = level.belongs.app.format(app=told.app)
    elif told.category is not None:
        belongs = level.belongs.category.format(category=in_a_sentence(told.category))
    elif rule.criteria.everything:
        belongs = level.belongs.unlisted
    else:
        belongs = level.belongs.listed
    holds = level.closed if rule.caution is None else level.caution.closed
    closed = holds.always if told.until is None else holds.until
    return _told(belongs, closed.format(for_whom=told.for_whom, until=told.until, rule=rule.id))


def _when(at: datetime, now: datetime, words: Words) -> str:
    """Until when, in words: a time of today, or a day, with its time where it is not the day's beginning."""
    if at.date() == now.date():
        return words.until.format(time=f"{at:%H:%M}")
    return words.until.format(time=words.day(at.date()) if at.time() == time() else words.moment(at))


def _told(*sentences: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)


def _ways_on(rule: Rule, reader: Reader, level: Level, url: str | None) -> dict[str, Any]:
    """What somebody who needs the page can do, and the form for it. The youngest go on with somebody, but do not ask."""
    if rule.caution is None or url is None:
        asked_by_form = rule.ask is not None and not rule.locked and reader is not Reader.EARLY
        return {"asking": _asking(rule, level, url), "ask_url": url if asked_by_form else None}
    words = level.caution
    asking = words.asking if rule.caution.give_reason else words.without_reason
    return {
        "title": words.title,
        "asking": asking.format(minutes=in_minutes(rule.caution.open_for)),
        "go_on_url": url,
        "answered_by": (),  # nobody has to
    }


def _asking(rule: Rule, level: Level, ask_url: str | None) -> str:
    if rule.locked:
        return level.asking.locked
    if rule.ask is None:
        return level.asking.nobody
    return level.asking.person if ask_url is None else level.asking.form


def _for_whom(engine: Engine, access: Access, words: Words) -> str:
    named = access.subject.named_groups
    return engine.policy.groups[named[0]].label if named else words.everyone


def _shown(access: Access) -> str:
    host, port = shown_host(access.target.host), access.target.port
    return host if port in DEFAULT_PORTS.values() else f"{host}:{port}"


def _title(engine: Engine, role: str) -> str:
    found = engine.policy.roles.get(role)
    return role if found is None else found.title


def in_a_sentence(label: str) -> str:
    """A label inside a sentence: "Games" as "games", while "AI chat" and "VPNs" stay as they are."""
    first, _, _ = label.partition(" ")
    return label[:1].lower() + label[1:] if first[1:].islower() else label
