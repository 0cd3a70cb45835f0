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
from saywhy.explain.explanation import Explanation, Kind, OpenPurpose
from saywhy.explain.hostname import shown_host
from saywhy.explain.opening import closes_next, opens_next
from saywhy.explain.reading_language import SCHOOLS_OWN, PageLanguage, offered
from saywhy.explain.words import Languages, Level, Words, shipped_languages
from saywhy.policy.address import DEFAULT_PORTS, AddressError, canonical_url
from saywhy.policy.catalogue import SEALED
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Help, Rule, Why
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
    page_language: PageLanguage = SCHOOLS_OWN,
) -> Explanation:
    """Tell a decision to the access's subject.

    `reference` is the short code for the page and the log; `ask_url` leads to the form, that for going on where the rule
    has caution, and is told only where this is offered to this reader. `policy` and `grants` are those that the decision was made from. `languages` are the
    words to tell it in, by default those that come with Saywhy; `page_language` is the one that its reader
    reads.
    """
    inside = ""
    if decision.carried is not None:  # what is closed is the address inside the one that was asked for
        inside = _shown(access)
        access = replace(access, target=carried_in(access.target, decision.carried))
    spoken = languages or shipped_languages()
    words = spoken.best((page_language.tag, *engine.policy.school.languages))
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
        languages=offered(engine.policy, spoken.by_code),
        language_url=page_language.url,
    )
    rule = decision.rule
    if rule is None:
        return replace(plain, happened=_told(level.reach[decision.reason]), asking=level.asking.reach)
    if decision.allowed:
        closes_at = closes_next(engine, grants, access, decision)
        until = None if closes_at is None else _when(closes_at, plain.at, words)
        told = replace(_of_rule(engine, plain, rule, decision, words), until=until, closes_at=closes_at)
        return told if until is None else replace(told, happened=(words.open_until.format(until=until),))
    if rule.effect is Effect.ALLOW:
        return _only_so(engine, grants, access, plain, rule, decision, words)
    if rule.id == SEALED:
        return _sealed(_of_rule(engine, plain, rule, decision, words), words)
    if rule.help:
        return _caring(engine, grants, access, replace(plain, rule_total=0, reference=None), rule, level)
    opens_at = opens_next(engine, grants, access)
    purposes, dropped = surviving(engine, grants, access, purposes_of(engine, rule, decision))
    told = replace(
        _of_rule(engine, plain, rule, decision, words),
        reassurance=level.reassurance,
        **_ways_on(rule, plain.reader, words, ask_url),
        until=None if opens_at is None else _when(opens_at, plain.at, words),
        opens_at=opens_at,
        purposes=_in_words(purposes, words),
        dropped=dropped,
    )
    over = rule.caution is not None and grants.ended(access, rule)
    return replace(told, happened=_happened(told, access, rule, words, over=over))


def _only_so(  # what `explain` has at hand
    engine: Engine, grants: Grants, access: Access, plain: Explanation, rule: Rule, decision: Decision, words: Words
) -> Explanation:
    """A rule allows it, but not like this: nobody has to be asked, and with a wrong account no other place helps."""
    level = words.levels[plain.reader]
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
    return replace(told, asking=level.asking.reach, purposes=_in_words(purposes, words), dropped=dropped)


def _in_words(purposes: tuple[OpenPurpose, ...], words: Words) -> tuple[OpenPurpose, ...]:
    """Purposes and their places in the reader's language; the names of places stay."""
    return tuple(
        OpenPurpose(
            purpose.id,
            words.label("purpose", purpose.label),
            tuple(replace(place, trusted=words.label("trusted", place.trusted)) for place in purpose.alternatives),
        )
        for purpose in purposes
    )


def _of_rule(engine: Engine, plain: Explanation, rule: Rule, decision: Decision, words: Words) -> Explanation:
    """Add what the deciding rule says about itself."""
    ask, decided, catalogue = rule.ask, rule.decided, engine.policy.catalogue
    why = (rule.why or Why("")).in_language(plain.language)
    levels = _NEAREST.get(plain.reader, (plain.reader,))
    reason = next((why.readers[one] for one in levels if one in why.readers), why.risk)
    own = plain.languages[0]
    written = own if why is rule.why else plain.language
    if rule.id == SEALED:  # the words are ours
        reason, written = words.label("reason", reason), plain.language
    roles = () if ask is None or rule.locked else (*ask.decides, *ask.signs_off)
    belongs = decision.membership
    apps = [one for one in rule.criteria.apps if one in belongs.apps | belongs.undecided_apps]
    categories = [one for one in rule.criteria.categories if one in belongs.categories | belongs.undecided_categories]
    return replace(
        plain,
        reason=reason,
        reason_fits=plain.reader is not Reader.EARLY or Reader.EARLY in why.readers,
        reason_language=written,
        app=catalogue.apps[apps[0]].label if apps else None,
        category=words.label("category", catalogue.categories[categories[0]].label) if categories else None,
        needed_by=tuple(catalogue.apps[one].label for one in sorted(belongs.needed)),
        rule=rule.id,
        rule_number=rule.number,
        owner=_title(engine, rule.owner) if rule.owner else None,
        decided_by=None if decided is None else decided.by,
        decided_on=None if decided is None else decided.on,
        review_by=rule.review_by,
        would_change=why.would_change or ("" if rule.why is None else rule.why.would_change),
        would_change_language=written if why.would_change else own,
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


def _sealed(told: Explanation, words: Words) -> Explanation:
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
        asking=words.levels[told.reader].asking.locked,
        language_url=None,  # it would hold the address
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
        belongs = level.belongs.category.format(category=words.in_a_sentence(told.category))
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


def _ways_on(rule: Rule, reader: Reader, words: Words, url: str | None) -> dict[str, Any]:
    """What somebody who needs the page can do, and the form for it. The youngest go on with somebody, but do not ask."""
    level = words.levels[reader]
    if rule.caution is None or url is None:
        asked_by_form = rule.ask is not None and not rule.locked and reader is not Reader.EARLY
        return {"asking": _asking(rule, level, url), "ask_url": url if asked_by_form else None}
    careful = level.caution
    asking = careful.asking if rule.caution.give_reason else careful.without_reason
    return {
        "title": careful.title,
        "asking": asking.format(minutes=words.length(rule.caution.open_for)),
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
