"""The device that asks, as the proxy sees it, and what the filter decides for it now, told."""

import os
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address
from typing import Final

from flask import request, url_for

from saywhy.decide.access import Access, Target
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation
from saywhy.explain.reading_language import PageLanguage
from saywhy.explain.reference import Reference, new_code
from saywhy.policy.address import bracketed, canonical_url
from saywhy.policy.rule import Effect, Rule
from saywhy.policy.school import Address
from saywhy.portal.context import PortalContext
from saywhy.portal.easy_read import easy_read_chosen
from saywhy.portal.language import translation
from saywhy.portal.subject_here import subject_here

_BY_A_RULE: Final = frozenset({Reason.ACCOUNT, Reason.OBLIGATION})  # which allows it, but not like this


def device_here() -> str:
    """The device's address, as references and logs have it; empty where nobody knows."""
    return plain_address(request.remote_addr) or ""


def plain_address(text: str | None) -> str | None:
    """An address as it is written down, or None for what is none."""
    found = _address(text)
    return None if found is None else str(found)


def _address(text: str | None) -> Address | None:
    try:
        found = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


@dataclass(frozen=True, slots=True)
class DecidedHere:
    """What the filter decides for this device now, and how that is told; the links in it belong to this device."""

    decision: Decision
    told: Explanation


def decided_here(
    context: PortalContext,
    engine: Engine,
    grants: Grants,
    target: Target,
    code: str | None = None,
    met: Reason | None = None,
    rule: Rule | None = None,
) -> DecidedHere:
    """Decide, as the proxy would, and tell it. No name is looked up and nothing is fetched.

    `code` is the reference of a refusal that there was, `met` its reason, where that shows only at the site itself, and `rule` its
    rule: where that cares for its reader, it is told so, though only a part of the address is known.
    """
    access = Access(subject_here(engine), target, context.now())
    decision = decide(engine, grants, access)
    if decision.allowed and met in _BY_A_RULE and decision.rule is not None:
        decision = replace(decision, effect=Effect.BLOCK, reason=met, grant=None)
    elif decision.allowed and met is Reason.PRIVATE_ADDRESS:
        decision = replace(decision, effect=Effect.BLOCK, reason=met, rule=None, grant=None)
    elif decision.allowed and rule is not None and rule.help:
        decision = replace(decision, effect=Effect.BLOCK, reason=Reason.RULE, rule=rule, grant=None)
    ask_url = None
    if not decision.allowed:
        url = decision.carried or target.url or canonical_url(f"https://{bracketed(target.host)}:{target.port}/")
        token = context.references.sign(Reference.of(code or new_code(os.urandom(8)), access, decision, url))
        ask_url = url_for("caution" if decision.reason is Reason.CAUTION else "ask", token=token)
    return DecidedHere(decision, told_here(engine, grants, access, decision, reference=code, ask_url=ask_url))


def told_here(
    engine: Engine,
    grants: Grants,
    access: Access,
    decision: Decision,
    *,
    reference: str | None = None,
    ask_url: str | None = None,
) -> Explanation:
    """A decision told in the language and the words of the page that is made."""
    return explain(
        engine,
        grants,
        access,
        decision,
        reference=reference,
        ask_url=ask_url,
        page_language=PageLanguage(translation().tag),
        easy_read=easy_read_chosen(),
    )
