"""Deciding by the index gives what reading every rule in order would give."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.access import Access, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Mismatch, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.decide.matching import facts_of, mismatch
from saywhy.decide.use import Use
from saywhy.policy.address import AddressError, path_to_compare
from saywhy.policy.catalogue import App, Belonging, Correction
from saywhy.policy.caution import Caution
from saywhy.policy.criterion import Criteria
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.needs import NEEDED, NO_NEEDS, Needs
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Ask, Effect, Rule
from saywhy.policy.uses import NO_USES, POSTING, UPLOADS, file_use, uses_of
from tests.decide.conftest import HERE, MONDAY_TEN, engine, policy, rule

HOSTS = ("a.example", "www.a.example", "b.example", "play.example", "m.tiktok.com", "www.youtube.com")
PATHS = ("/", "/shorts/1", "/Shorts", "/watch")
PATTERNS = tuple(parse_pattern(text) for text in ("a.example/watch", "youtube.com/shorts", "b.example/*"))

CAREFUL = rule("r", Effect.CAUTION, caution=Caution())
ASKS = (None, Ask(("it",)), Ask(("it",), ("safeguarding",)), Ask(()))

criteria = st.builds(
    Criteria,
    everything=st.sampled_from([False] * 6 + [True]),
    categories=st.sets(st.sampled_from(["games"])).map(tuple),
    apps=st.sets(st.sampled_from(["tiktok", "shorts"])).map(tuple),
    domains=st.sets(st.sampled_from(["a.example", "www.a.example", "example", "tiktok.com"])).map(tuple),
    urls=st.sets(st.sampled_from(PATTERNS), max_size=2).map(tuple),
)
rules = st.builds(
    lambda about, effect, groups, places, times, locked, ask, uses: replace(
        rule("r", effect, groups=groups, places=places, times=times, locked=locked and effect is Effect.BLOCK, ask=ask),
        criteria=about,
        keep_open=locked and effect is Effect.ALLOW,
        uses=uses,
        caution=Caution() if effect is Effect.CAUTION else None,
    ),
    criteria,
    st.sampled_from(Effect),
    st.frozensets(st.sampled_from(["students", "year9", "staff"]), max_size=2),
    st.frozensets(st.sampled_from(["year 9 rooms"]), max_size=1),
    st.sets(st.sampled_from(["lessons", "night", "term-mornings", "term"]), max_size=1).map(tuple),
    st.booleans(),
    st.sampled_from(ASKS),
    st.sampled_from(
        [NO_USES] * 3 + [uses_of(posting=True), uses_of(uploads=True), uses_of(files=("programs", "video"))]
    ),
)
uses = st.builds(
    Use,
    st.sets(st.sampled_from([POSTING, UPLOADS, file_use("programs"), file_use("audio")])).map(frozenset),
    st.booleans(),
)
targets: st.SearchStrategy[Target] = st.one_of(
    st.builds(
        lambda host, path, use: target_of_url(f"https://{host}{path}").used_for(use),
        st.sampled_from(HOSTS),
        st.sampled_from(PATHS),
        uses,
    ),
    st.sampled_from(HOSTS).map(target_of_host),
)
grants = st.builds(
    lambda who, what, start, weighed, went_on: Grant(
        "g",
        GrantScope(frozenset({who})),
        what,
        MONDAY_TEN + timedelta(hours=start),
        MONDAY_TEN + timedelta(hours=start + 2),
        weighed=frozenset({CAREFUL.go_terms}) if went_on else weighed,
        went_on=went_on,
    ),
    st.sampled_from(["students", "year9", "staff"]),
    st.sampled_from(
        [
            GrantTarget(site="a.example"),
            GrantTarget(app="tiktok"),
            GrantTarget(page=PATTERNS[0]),
            GrantTarget(site="com"),
        ]
    ),
    st.integers(-3, 2),
    st.frozensets(st.sampled_from([ANY_RULE, "r", *(rule("r", ask=ask).terms for ask in ASKS if ask)]), max_size=2),
    st.booleans(),
)


corrections = st.builds(
    lambda name, word: Correction(
        name,
        frozenset(["games"] if word == "never" else []),
        frozenset(["games"] if word == "also" else []),
        "Because.",
        None,
        HERE,
    ),
    st.sampled_from(["example", "play.example", "www.a.example", "a.example", "youtube.com", "tiktok.com"]),
    st.sampled_from(["never", "also"]),
)
SHARED = parse_pattern("b.example/watch")  # games by its path alone


# What the apps need: hosts of their own, of others, and one another, in a circle as well.
needs = st.fixed_dictionaries(
    {
        app: st.just(NO_NEEDS)
        | st.builds(
            Needs,
            st.sets(st.sampled_from(["www.a.example", "b.example", "play.example"]), max_size=2).map(tuple),
            st.sets(st.sampled_from([one for one in ("tiktok", "shorts", "sign-in") if one != app])).map(tuple),
        )
        for app in ("tiktok", "shorts", "sign-in")
    }
)


def needing(school: Policy, said: dict[str, Needs]) -> Policy:
    """The policy with what its apps need, and with a sign-in that others may need as a whole."""
    catalogue = school.catalogue
    apps = {**catalogue.apps, "sign-in": App("sign-in", "Sign-in")}
    names = {host: list(found) for host, found in catalogue.names.items()}
    names.setdefault("a.example", []).append(Belonging("app", "sign-in", "a.example", HERE))
    for app, one in said.items():
        for host in one.domains:
            names.setdefault(host, []).append(Belonging(NEEDED, app, host, HERE))
    changed = replace(
        catalogue,
        apps={app: replace(apps[app], needs=said[app]) for app in apps},
        names={host: tuple(found) for host, found in names.items()},
    )
    return replace(school, catalogue=changed)


def corrected(school: Policy, said: list[Correction]) -> Policy:
    """The policy with corrections, and with a category that only a path tells."""
    catalogue = school.catalogue
    patterns = {**catalogue.patterns, "b.example": ((SHARED, Belonging("category", "games", SHARED.text, HERE)),)}
    changed = replace(catalogue, patterns=patterns, corrections={one.name: one for one in said})
    return replace(school, catalogue=changed)


def reference(school: Engine, given_grants: list[Grant], access: Access) -> tuple[Effect, Reason, Rule | None]:
    """The law, written as a plain loop over every rule."""
    facts = facts_of(school, access)
    matching = [one for one in school.policy.rules if mismatch(school, one, access, facts) is None]
    for one in matching:
        if one.locked and one.effect is Effect.BLOCK:
            return Effect.BLOCK, Reason.LOCKED, one
    for one in matching:
        if one.keep_open:
            return Effect.ALLOW, Reason.KEEP_OPEN, one
    decided = matching[0] if matching else school.policy.default
    weighed_for = {ANY_RULE, decided.id, decided.terms} if decided.terms else {ANY_RULE}
    for weighed, reason in ((weighed_for, Reason.GRANT), ({f"go {decided.id}"}, Reason.GO)):
        if decided.effect is Effect.ALLOW or (reason is Reason.GO and decided.effect is not Effect.CAUTION):
            continue
        if any(
            Grants([replace(one, weighed=frozenset({ANY_RULE}))]).opening(access, facts.keys, decided) is not None
            for one in given_grants
            if one.weighed & weighed
        ):
            return Effect.ALLOW, reason, decided
    if decided.effect is Effect.CAUTION:
        return Effect.CAUTION, Reason.CAUTION, decided
    return decided.effect, Reason.RULE if matching else Reason.DEFAULT, decided


def waits(school: Engine, access: Access, awaited: Mismatch) -> bool:
    """Whether a rule that waits for the path, or for the answer, could decide instead.

    It comes before the first that matches, or is locked and comes before a locked one that decides, or keeps open.
    """
    facts = facts_of(school, access)
    found = [(one, mismatch(school, one, access, facts)) for one in school.policy.rules]
    decided = waiting = False
    if not any(missing is None and one.locked for one, missing in found):
        kept = next((number for number, (one, missing) in enumerate(found) if one.keep_open and missing is None), None)
        stronger = [
            one
            for number, one in enumerate(found)
            if one[0].locked or (one[0].keep_open and (kept is None or number < kept))
        ]
        waiting = any(missing is awaited for _, missing in stronger)
        if kept is not None:
            return waiting
    for one, missing in found:
        if decided and not one.locked:
            continue
        waiting |= missing is awaited
        if missing is None:
            if one.locked:
                return waiting
            decided = True
    return waiting


@given(
    st.lists(rules, max_size=8),
    st.lists(grants, max_size=3),
    st.lists(corrections, max_size=3),
    needs,
    targets,
    st.sampled_from([("year9",), ("staff",), ()]),
    st.integers(-12, 12),
    st.sampled_from([Effect.ALLOW, Effect.BLOCK]),
)
def test_the_index_changes_nothing(
    some: list[Rule],
    granted: list[Grant],
    said: list[Correction],
    needed: dict[str, Needs],
    target: Target,
    groups: tuple[str, ...],
    hours: int,
    default: Effect,
) -> None:
    school = Engine(corrected(needing(policy(some, default), needed), said))
    access = Access(
        subject_in(school.policy, groups, place="year 9 rooms"), target, MONDAY_TEN + timedelta(hours=hours)
    )
    decision: Decision = decide(school, Grants(granted), access)
    assert (decision.effect, decision.reason, decision.rule) == reference(school, granted, access)
    assert decision.membership == school.membership(target.host, target.url)
    assert decision.needs_url == waits(school, access, Mismatch.NEEDS_URL)
    assert decision.needs_answer == (decision.allowed and waits(school, access, Mismatch.NEEDS_ANSWER))


@given(st.lists(rules, max_size=8), st.lists(grants, max_size=3), needs, targets)
def test_no_grant_no_rule_and_no_need_opens_what_is_locked(
    some: list[Rule], granted: list[Grant], needed: dict[str, Needs], target: Target
) -> None:
    locked = rule("floor", everything=True, locked=True)
    school = Engine(needing(policy([*some, locked]), needed))
    access = Access(subject_in(school.policy, ("year9",)), target, MONDAY_TEN)
    decision = decide(school, Grants(granted), access)
    assert (decision.effect, decision.reason) == (Effect.BLOCK, Reason.LOCKED)


@given(st.lists(rules.filter(lambda one: one.effect is Effect.BLOCK), max_size=6), needs, targets)
def test_where_nothing_allows_needs_change_nothing(some: list[Rule], needed: dict[str, Needs], target: Target) -> None:
    plain = needing(policy(some), dict.fromkeys(needed, NO_NEEDS))
    found = []
    for school in (Engine(plain), Engine(needing(policy(some), needed))):
        decision = decide(school, Grants(()), Access(subject_in(school.policy, ("year9",)), target, MONDAY_TEN))
        told = decision.rule.id if decision.rule else None
        found.append((decision.effect, decision.reason, told, decision.needs_url))
    assert found[0] == found[1]


disguises = st.sampled_from(["HTTPS://", "https:\\\\", "https://user@", "https:////"])
hosts_as_written = st.sampled_from(
    [
        "a.example",
        "A.Example.",
        "www.a.exa%6dple",
        "b\u3002example",
        "\uff42.example",
        "b.exam\u00adple",
        "m.tiktok.com:443",
        "YouTube.com",
    ]
)
paths_as_written = st.one_of(
    st.lists(
        st.sampled_from(["shorts", "SHORTS", "%73horts", "%2573horts", "watch", "1", "..", ".", "", "%2e%2e", ";x", "%2f", "\\", "\uff53horts"]),
        max_size=5,
    ).map("/".join),
    st.text(max_size=8),
)  # fmt: skip


@given(st.lists(rules, max_size=4), disguises, hosts_as_written, paths_as_written)
def test_what_is_decided_on_a_text_is_decided_on_its_canonical_form(
    made: list[Rule], scheme: str, host: str, path: str
) -> None:
    """And on what rules compare it by, whichever of them is the text: decide(x) = decide(canonical(x))."""
    school = engine([replace(one, id=f"r{number}") for number, one in enumerate(made)])
    subject = subject_in(school.policy, ("year9",), place="year 9 rooms")
    try:
        target = target_of_url(f"{scheme}{host}/{path}")
    except AddressError:
        return
    assert target.url is not None
    url = target.url
    canonical = f"{url.scheme}://{url.host}:{url.port}{url.origin_form}"
    compared = f"https://{url.host}{quote(path_to_compare(url.path))}" + (f"?{url.query}" if url.query else "")
    decisions = [
        decide(school, Grants(()), Access(subject, one, MONDAY_TEN))
        for one in (target, target_of_url(canonical), target_of_url(compared))
    ]
    assert decisions[1] == decisions[0]
    assert decisions[2] == decisions[0]
