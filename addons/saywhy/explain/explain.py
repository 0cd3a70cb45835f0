"""The one function that explains: a decision, told to the reader that its subject is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from saywhy.decide.access import Access, carried_in
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.alternatives import is_about_games, surviving
from saywhy.explain.caring import caring
from saywhy.explain.easy_read import easy_read_for
from saywhy.explain.explanation import DroppedAlternative, Explanation, Kind, OpenPurpose
from saywhy.explain.fitted import fitted
from saywhy.explain.hostname import shown_host
from saywhy.explain.opening import closes_next
from saywhy.explain.public_name import public_name
from saywhy.explain.reading_language import SCHOOLS_OWN, PageLanguage, offered
from saywhy.explain.reason import reason_for, told_in
from saywhy.explain.whose_rule import Layer, WhoseRule, whose_rule
from saywhy.explain.whose_words import told_whose
from saywhy.explain.words import Languages, Level, Words, shipped_languages
from saywhy.policy.address import DEFAULT_PORTS
from saywhy.policy.catalogue import SEALED
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.uses import POSTING, UPLOADS

_ALWAYS: Final = "learn-by-playing"  # the purpose for pupils whom no place suits of what they may have wanted


def explain(  # noqa: PLR0913  # all that a page is told from
    engine: Engine,
    grants: Grants,
    access: Access,
    decision: Decision,
    *,
    reference: str | None,
    ask_url: str | None,
    languages: Languages | None = None,
    answer_time: timedelta | None = None,
    page_language: PageLanguage = SCHOOLS_OWN,
    easy_read: bool = False,
) -> Explanation:
    """Tell a decision to the access's subject.

    `reference` is the short code for the page and the log; `ask_url` leads to the form, that for going on where the rule
    has caution, and is told only where this is offered to this reader. `policy` and `grants` are those that the decision was made from. `languages` are the
    words to tell it in, by default those that come with Saywhy. `answer_time` is within what time of school people
    usually hear back, where whoever asks knows it. `page_language` is the one that its reader reads. `easy_read` says that
    they chose to be told in easy-read words, which tell no more than those of their own level.
    """
    inside = ""
    if decision.carried is not None:  # what is closed is the address inside the one that was asked for
        inside = _shown(access)
        access = replace(access, target=carried_in(access.target, decision.carried))
    spoken = languages or shipped_languages()
    words = spoken.best((page_language.tag, *engine.policy.school.languages))
    own = access.subject.reader
    easier = easy_read and own is not Reader.EASY_READ
    if easier:
        words = easy_read_for(words, own)
    reader = Reader.EASY_READ if easier else own
    level = words.levels[reader]
    plain = Explanation(
        kind=Kind.OPEN if decision.allowed else Kind.BLOCK,
        reader=reader,
        own_reader=own if easier else None,
        language=words.language,
        school=engine.policy.school.name,
        revision=decision.revision,
        at=access.at.astimezone(engine.policy.school.timezone),
        what=_shown(access),
        inside=inside,
        title=words.open if decision.allowed else level.title,
        reason_code=decision.reason,
        rule_total=len(engine.policy.rules),
        reference=reference,
        languages=offered(engine.policy, spoken.by_code),
        language_url=page_language.url,
    )
    rule = decision.rule
    if rule is None:
        happened, asking = words.test_page.happened, words.test_page.asking
        if decision.reason is not Reason.TEST:
            happened, asking = _told(level.reach[decision.reason]), level.asking.reach
        return fitted(replace(plain, happened=happened, asking=asking, kept=_kept(engine, level, words)))
    if decision.allowed:
        closes_at = closes_next(engine, grants, access, decision)
        until = None if closes_at is None else words.until_when(closes_at, plain.at)
        told = replace(_of_rule(engine, plain, rule, decision, words), until=until, closes_at=closes_at)
        return told if until is None else replace(told, happened=(words.open_until.format(until=until),))
    if rule.effect is Effect.ALLOW:
        return fitted(_only_so(engine, grants, access, plain, rule, decision, words))
    if rule.id == SEALED:
        return fitted(_sealed(_of_rule(engine, plain, rule, decision, words), words))
    if rule.help:
        return caring(engine, grants, access, plain, rule, words)
    whose = whose_rule(engine, access, decision, grants)
    purposes, dropped = _instead(engine, grants, access, rule, decision, words)
    until = None if whose.opens_at is None else words.until_when(whose.opens_at, plain.at)
    told = replace(
        _of_rule(engine, plain, rule, decision, words),
        reassurance=level.reassurance,
        for_whom=public_name(engine, access, rule),
        until=until,
        opens_at=whose.opens_at,
        purposes=purposes,
        dropped=dropped,
        layer=whose.layer,
        whose=told_whose(whose, words, plain.at, goes_on=rule.caution is not None),
        kept=_kept(engine, level, words),
        answer_time="" if answer_time is None else words.length_within(answer_time),
        answer_due=_answer_due(engine, rule, words),
        **_ways_on(rule, plain, words, ask_url),
    )
    told = replace(told, untold="" if told.reason else level.untold)
    over = rule.caution is not None and grants.ended(access, rule)
    told = replace(told, happened=_happened(told, access, rule, words, over=over))
    return fitted(told, keep_first=over or bool(rule.uses))


def _kept(engine: Engine, level: Level, words: Words) -> tuple[str, ...]:
    """What is kept of this visit, and for how long: the log's own days."""
    span = words.days(engine.policy.keep.log.days)
    return tuple(line.format(span=span) for line in level.kept)


def _only_so(  # what `explain` has at hand
    engine: Engine, grants: Grants, access: Access, plain: Explanation, rule: Rule, decision: Decision, words: Words
) -> Explanation:
    """A rule allows it, but not like this: nobody has to be asked, and with a wrong account no other place helps."""
    level, whose = words.levels[plain.reader], whose_rule(engine, access, decision, grants)
    told = replace(
        plain,
        happened=_told(level.reach[decision.reason]),
        reassurance=level.reassurance,
        rule=rule.id,
        rule_number=rule.number,
        layer=whose.layer,
        whose=told_whose(whose, words, plain.at),
        kept=_kept(engine, level, words),
    )
    if decision.reason is Reason.ACCOUNT:
        return replace(told, asking=level.asking.account)
    purposes, dropped = _instead(engine, grants, access, rule, decision, words)
    return replace(told, asking=level.asking.reach, purposes=purposes, dropped=dropped)


def _instead(
    engine: Engine, grants: Grants, access: Access, rule: Rule, decision: Decision, words: Words
) -> tuple[tuple[OpenPurpose, ...], tuple[DroppedAlternative, ...]]:
    wanted, games = purposes_of(engine, rule, decision), is_about_games(decision)
    told, dropped = surviving(engine, grants, access, wanted, about_games=games)
    pupil = access.subject.reader is not Reader.ADULT
    if wanted and not told and pupil and _ALWAYS in engine.policy.catalogue.purposes:
        told, more = surviving(engine, grants, access, (_ALWAYS,), about_games=games)
        dropped += more
    return tuple(replace(one, label=words.label("purpose", one.label)) for one in told), dropped


def _of_rule(engine: Engine, plain: Explanation, rule: Rule, decision: Decision, words: Words) -> Explanation:
    """Add what the deciding rule says about itself."""
    ask, decided, catalogue = rule.ask, rule.decided, engine.policy.catalogue
    why, written = told_in(rule, plain.language, plain.languages[0])
    spared = plain.own_reader if plain.own_reader is not None and plain.spared else plain.reader
    reason = reason_for(why, spared, locked=rule.locked)
    if rule.id == SEALED:  # the words are ours
        reason, written = words.label("reason", reason), plain.language
    roles = () if ask is None or rule.locked else tuple(dict.fromkeys((*ask.decides, *ask.agrees)))
    belongs = decision.membership
    unnamed = plain.spared or (rule.locked and plain.reader is Reader.EASY_READ)  # of any age, so also of children
    apps = [one for one in rule.criteria.apps if not unnamed and one in belongs.apps | belongs.undecided_apps]
    kinds = belongs.categories | belongs.undecided_categories
    categories = [one for one in rule.criteria.categories if not unnamed and one in kinds]
    return replace(
        plain,
        reason=reason,
        reason_language=written,
        risk="" if rule.why is None else rule.why.risk,
        locked=rule.locked,
        app=catalogue.apps[apps[0]].label if apps else None,
        category=words.label("category", catalogue.categories[categories[0]].label) if categories else None,
        needed_by=tuple(catalogue.apps[one].label for one in sorted(belongs.needed)),
        rule=rule.id,
        rule_number=rule.number,
        owner=_title(engine, rule.owner) if rule.owner else None,
        decided_by=None if decided is None else decided.by,
        decided_on=None if decided is None else decided.on,
        review_by=rule.review_by,
        would_change=why.would_change,
        answered_by=tuple(dict.fromkeys(_title(engine, role) for role in roles)),
    )


def _sealed(told: Explanation, words: Words) -> Explanation:
    """A page about what nobody may open names nothing: no host, no category, no rule; only the words lists ask for."""
    law, level = WhoseRule(Layer.LAW, locked=True), words.levels[told.reader]
    return replace(
        told,
        what="",
        inside="",
        category=None,
        needed_by=(),
        rule=None,
        rule_number=None,
        rule_total=0,
        untold="" if told.reason else level.untold,
        asking=level.asking.locked,
        language_url=None,  # it would hold the address
        layer=law.layer,
        whose=told_whose(law, words, told.at),
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
    if rule.caution is not None:
        return _told(belongs, level.caution.closed)
    by_group, always = (level.closed.group, level.closed.group_until), (level.closed.always, level.closed.until)
    closed = (by_group if told.for_whom else always)[told.until is not None]
    return _told(belongs, closed.format(group=told.for_whom, until=told.until))


def _told(*sentences: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in sentences if sentence)


def _answer_due(engine: Engine, rule: Rule, words: Words) -> str:
    within = None if rule.ask is None else rule.ask.answer_within or engine.policy.school.answer_within
    return "" if within is None else words.length(within)


def _ways_on(rule: Rule, plain: Explanation, words: Words, url: str | None) -> dict[str, Any]:
    """What somebody who needs the page can do, and the form for it. The youngest go on with somebody, but do not ask."""
    level = words.levels[plain.reader]
    if rule.caution is None or url is None:
        if (plain.own_reader or plain.reader) is Reader.EARLY or rule.ask is None or rule.locked:
            url = None
        return {"asking": _asking(rule, level, url), "ask_url": url}
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


def _shown(access: Access) -> str:
    host, port = shown_host(access.target.host), access.target.port
    return host if port in DEFAULT_PORTS.values() else f"{host}:{port}"


def _title(engine: Engine, role: str) -> str:
    found = engine.policy.roles.get(role)
    return role if found is None else found.title
