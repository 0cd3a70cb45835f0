"""The permits in a running filter's store that could be about an access: whether each opens it, and if not, why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from saywhy.decide.access import Access
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.request import number_of_permit
from saywhy.policy.address import suffixes
from saywhy.policy.caution import go_terms
from saywhy.policy.grant import Grant
from saywhy.policy.rule import Rule

_BY_A_GRANT: Final = (Reason.GRANT, Reason.GO)


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit for these people and this address at that moment. `because` is a sentence's end, like "rule x …"."""

    grant: Grant
    opens: bool
    because: str

    @property
    def request(self) -> str:
        """The number of the request that it came from, like R-1042."""
        return number_of_permit(self.grant)

    @property
    def what(self) -> str:
        """What it names: a page, a site or an app."""
        return self.grant.what.named


def permits_among(engine: Engine, access: Access, grants: list[Grant]) -> Iterator[Permit]:
    """Those of these grants that are about the access, with what becomes of each."""
    decision = decide(engine, NO_GRANTS, access)
    for grant in grants:
        if grant.starts <= access.at < grant.ends and _is_for(grant, access) and _is_about(grant, access, decision):
            with_it = decide(engine, Grants([grant]), access)
            opens = with_it.reason in _BY_A_GRANT and with_it.allowed
            yield Permit(grant, opens, "" if opens else _why_not(decision, with_it, grant))


def _is_for(grant: Grant, access: Access) -> bool:
    device, network = access.subject.device, grant.who.network
    in_network = device is not None and network is not None and device.version == network.version and device in network
    return in_network or not grant.who.groups.isdisjoint(access.subject.groups)


def _is_about(grant: Grant, access: Access, decision: Decision) -> bool:
    named, target = grant.what, access.target
    if named.page is not None:
        return target.url is not None and named.page.covers(target.url)
    if named.site is not None:
        return named.site in suffixes(target.host)
    return named.app in decision.membership.apps | decision.membership.needed


def _why_not(decision: Decision, with_it: Decision, grant: Grant) -> str:
    if decision.allowed:
        return "the policy opens this without a permit"
    if with_it.reason in _BY_A_GRANT or with_it.rule is None:
        return "it is refused whatever permits there are"
    return _why_rule_stays(with_it.rule, grant)


def _why_rule_stays(rule: Rule, grant: Grant) -> str:
    named = "the default" if rule.number == 0 else f"rule {rule.id}"
    if grant.went_on:
        (own,) = grant.weighed
        return f"{named} closes this, and what opened it was going on at rule {own.removeprefix(go_terms(''))}"
    if rule.locked:
        return f"{named} is locked, and no permit opens what is locked"
    if not rule.terms:
        return f"nobody may give an exception from {named}"
    known = {one.rpartition(":")[0] or one for one in grant.weighed}
    if rule.id in known:
        return f"since it was given, other people decide on exceptions from {named}; it has to be asked for anew"
    weighed = ", ".join(sorted(known)) or "no rule"
    return f"{named} closes this and was not weighed for it (weighed: {weighed})"
