"""One example of each page that a policy can lead to: what the gallery shows, and what a school's own pages are tried on. Pure.

Each is of the policy at hand: its first rule of that kind, a host that the rule is about, a group that it is for. What the policy has
no rule for is left out, and said.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from saywhy.decide.access import Access, Subject, subject_in, target_of_url
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.words import Languages
from saywhy.policy.address import AddressError
from saywhy.policy.catalogue import SEALED, Membership
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.reader import Reader
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.uses import POSTING, UPLOADS

REFERENCE: Final = "00-0000-00"  # in the form of a reference, and never one that the filter gave
ASK: Final = "https://why.school.internal/{form}/example"  # leads nowhere
_DEVICE: Final = ip_address("192.0.2.1")  # of documentation (RFC 5737)
_NO_HOST: Final = "page.example"
_STEP: Final = timedelta(minutes=15)
_STEPS: Final = 14 * 24 * 4  # two weeks, since there are weeks A and B
_SHOWN_RULES: Final = {
    "app": "an app",
    "category": "a kind of site",
    "listed": "sites by their names",
    "everything": "everything that is not named",
    "timed": "some times alone",
    "file": "a kind of file",
    "posting": "posting",
    "uploads": "uploads",
    "locked": "what nobody opens",
    "nobody": "what nobody is asked to open",
    "caution": "caution",
    "caution-over": "caution, after the time is over",
    "care": "people to turn to",
    "default": "whatever no rule matches",
    "sealed": "a sealed list",
    "obligation": "an allow with safe search or the like",
    "account": "an allow for the school's own accounts",
}
_REACH: Final = {
    "port": (Reason.PORT, "https://page.example:8443/"),
    "address": (Reason.ADDRESS_LITERAL, "http://198.51.100.7/"),
    "private-address": (Reason.PRIVATE_ADDRESS, "https://printer.example/"),
    "hidden-address": (Reason.HIDDEN_ADDRESS, "https://translate.example/"),
}
KINDS: Final = (*_SHOWN_RULES, *_REACH)
CARDS: Final = (
    "app",
    "category",
    "timed",
    "locked",
    "care",
    "sealed",
)  # shown as they stand in a frame as well: they differ


@dataclass(frozen=True, slots=True)
class Sample:
    """A page of a kind, told to one reader."""

    kind: str
    reader: Reader
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _Spoken:
    languages: Languages
    tag: str


class Samples:
    """The examples of one policy at a moment (aware)."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self._engine = engine
        self._now = now.astimezone(engine.policy.school.timezone)
        self._rules = _first_rules(engine)
        self._hosts = _hosts(engine)

    def left_out(self) -> Iterator[str]:
        """What the policy has no rule for, in words."""
        for kind in _SHOWN_RULES:
            if kind not in self._rules:
                yield f"{kind}: no rule here is about {_SHOWN_RULES[kind]}"

    def of(self, languages: Languages, tag: str, kinds: tuple[str, ...] = KINDS) -> Iterator[Sample]:
        """The examples in one of these languages, by its tag, for each reader, in the order of KINDS."""
        spoken = _Spoken(languages, tag)
        for kind in kinds:
            for reader in Reader:
                if kind in _REACH:
                    reason, url = _REACH[kind]
                    decision = self._decision(Effect.BLOCK, reason, None, Membership())
                    told = self._told(
                        Access(self._subject(reader, None), target_of_url(url), self._now), decision, spoken
                    )
                    yield Sample(kind, reader, told)
                elif kind in self._rules:
                    yield Sample(kind, reader, self._of_rule(kind, self._rules[kind], reader, spoken))

    def _of_rule(self, kind: str, rule: Rule, reader: Reader, spoken: "_Spoken") -> Explanation:
        host = self._host_for(rule)
        at = self._moment_of(rule)
        access = Access(self._subject(reader, rule), target_of_url(f"https://{host}/"), at)
        grants = NO_GRANTS
        if kind == "caution-over":
            over = Grant(
                "example",
                GrantScope(device=str(_DEVICE)),
                GrantTarget(site=host),
                at - timedelta(minutes=10),
                at - timedelta(minutes=1),
                weighed=frozenset({rule.go_terms}),
                went_on=True,
            )
            grants = Grants(over=[over])
        reasons = {"obligation": Reason.OBLIGATION, "account": Reason.ACCOUNT, "default": Reason.DEFAULT}
        usual = Reason.CAUTION if rule.caution is not None else Reason.LOCKED if rule.locked else Reason.RULE
        decision = self._decision(Effect.BLOCK, reasons.get(kind, usual), rule, self._membership(rule, host))
        return self._told(access, decision, spoken, grants)

    def _decision(self, effect: Effect, reason: Reason, rule: Rule | None, membership: Membership) -> Decision:
        return Decision(effect, reason, rule, None, membership, self._engine.revision)

    def _told(self, access: Access, decision: Decision, spoken: "_Spoken", grants: Grants = NO_GRANTS) -> Explanation:
        form = "caution" if decision.reason is Reason.CAUTION else "ask"
        return explain(
            self._engine,
            grants,
            access,
            decision,
            reference=REFERENCE,
            ask_url=ASK.format(form=form),
            languages=spoken.languages,
            page_language=PageLanguage(spoken.tag, url=ASK.format(form="why")),
        )

    def _subject(self, reader: Reader, rule: Rule | None) -> Subject:
        """Somebody who reads so; of a group that the rule is for, where there is one."""
        policy = self._engine.policy
        groups = [name for name in policy.groups if policy.reader_of((name,)) is reader and policy.groups[name].reader]
        meant = [one for one in groups if rule is None or not rule.groups or rule.groups & policy.closed_groups((one,))]
        found = (meant or groups)[:1]
        subject = subject_in(policy, tuple(found), device=_DEVICE)
        return replace(subject, reader=reader)

    def _host_for(self, rule: Rule) -> str:
        named = [*rule.criteria.domains, *(one.host for one in rule.criteria.urls)]
        for kind, ids in (("app", rule.criteria.apps), ("category", rule.criteria.categories)):
            named = [self._hosts[kind, one] for one in ids if (kind, one) in self._hosts] or named
            if ids:
                break
        for host in named:
            try:
                target_of_url(f"https://{host}/")
            except AddressError:
                continue
            return host
        return _NO_HOST

    def _membership(self, rule: Rule, host: str) -> Membership:
        found = self._engine.membership(host, None)
        if rule.criteria.categories and not found.categories & set(rule.criteria.categories):
            found = found.also(frozenset(rule.criteria.categories[:1]))  # an imported list has its names
        return found

    def _moment_of(self, rule: Rule) -> datetime:
        """Now, or when the rule's times hold next."""
        times = [self._engine.policy.times[name] for name in rule.times]
        ways = (self._now + step * _STEP for step in range(_STEPS if times else 0))
        return next((at for at in ways if any(one.cover(at) for one in times)), self._now)


def _first_rules(engine: Engine) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for rule in engine.policy.rules:
        for kind in _kinds_of(rule):
            found.setdefault(kind, rule)
    if engine.policy.default.effect is Effect.BLOCK:
        found["default"] = engine.policy.default
    return found


def _kinds_of(rule: Rule) -> Iterator[str]:
    if rule.effect is Effect.ALLOW:
        named = {one.kind for one in rule.obligations}
        yield from ("account",) if "accounts" in named else ()
        yield from ("obligation",) if named - {"accounts", "inspect"} else ()
    elif rule.id == SEALED:
        yield "sealed"
    elif rule.help:
        yield "care"
    elif rule.caution is not None:
        yield "caution"
        yield "caution-over"
    elif rule.uses:
        kinds = {UPLOADS: "uploads", POSTING: "posting"}
        yield from (kinds.get(use, "file") for use in rule.uses)
    elif rule.locked:
        yield "locked"
    else:
        yield from ("timed",) if rule.times else ()
        yield from ("nobody",) if rule.ask is None else ()
        yield _by_criteria(rule)


def _by_criteria(rule: Rule) -> str:
    if rule.criteria.everything:
        return "everything"
    if rule.criteria.apps:
        return "app"
    return "category" if rule.criteria.categories else "listed"


def _hosts(engine: Engine) -> dict[tuple[str, str], str]:
    """A name of each app and each kind of site, where the policy's own catalogue has one."""
    found: dict[tuple[str, str], str] = {}
    for host, belongings in sorted(engine.policy.catalogue.names.items()):
        for one in belongings:
            found.setdefault((one.kind, one.id), host)
    return found
