"""`saywhy explain --json`: the keys, which docs/command-line.md promises to keep."""

import json
from typing import Any

from saywhy.cli.connection import connection_in_words, protocols_in_words
from saywhy.cli.inquiry import Inquiry
from saywhy.cli.searched import search_as_dicts
from saywhy.cli.words import left_out_in_words, obligations_in_words, reason_in_words, step_in_words
from saywhy.decide.inspection import way_of
from saywhy.policy.care import Help
from saywhy.policy.catalogue import Alternative, Correction, Source
from saywhy.policy.rule import Rule
from saywhy.policy.uses import named


def as_json_text(inquiry: Inquiry) -> str:
    """The inquiry as indented JSON."""
    return json.dumps(as_dict(inquiry), indent=2, ensure_ascii=False)


def as_dict(inquiry: Inquiry) -> dict[str, Any]:
    """The inquiry as plain values, in the order in which they are documented."""
    access, decision, told = inquiry.access, inquiry.decision, inquiry.explanation
    subject, target, rule = access.subject, access.target, decision.rule
    ask = None if rule is None or rule.locked else rule.ask
    return {
        "effect": decision.effect.value,
        "reason": decision.reason.value,
        "because": reason_in_words(inquiry),
        **_rule(inquiry, rule),
        "total": len(inquiry.engine.policy.rules),
        "locked": rule is not None and rule.locked,
        "keep_open": rule is not None and rule.keep_open,
        "revision": decision.revision,
        "from": inquiry.basis.told,
        "running": inquiry.basis.running,
        "notes": list(inquiry.basis.notes),
        "url": None if target.url is None else _address(target.url.without_query, target.url.query),
        "host": target.host,
        "port": target.port,
        "needs_url": decision.needs_url,
        "needs_answer": decision.needs_answer,
        "uses": sorted(map(named, target.use.certain)) if target.url is not None else [],
        "obligations": [{"key": key, "value": value, "how": how} for key, value, how in obligations_in_words(inquiry)],
        "connection": {
            "way": way_of(inquiry.connection).value,
            "because": connection_in_words(inquiry),
            "protocols": protocols_in_words(inquiry),
        }
        if inquiry.encrypted
        else None,
        "carried": None
        if decision.carried is None
        else _address(decision.carried.without_query, decision.carried.query),
        "groups": list(subject.named_groups),
        "place": subject.place,
        "reader": subject.reader.value,
        "at": access.at.isoformat(timespec="seconds"),
        "categories": sorted(decision.membership.categories),
        "signs": sorted(target.signs),
        "apps": sorted(decision.membership.apps),
        "needed_by": sorted(decision.membership.needed),
        "belongs": [
            {"kind": one.kind, "id": one.id, "entry": one.entry, **_place(inquiry, one.source)}
            for one in decision.membership.because
        ],
        "search": search_as_dicts(inquiry.engine, target.url),
        "corrections": [
            correction_as_dict(one, inquiry.file_of(one.source)) for one in decision.membership.corrections
        ],
        "overruled": [
            {"kind": one.kind, "id": one.id, "entry": one.entry, **_place(inquiry, one.source)}
            for one in decision.membership.overruled
        ],
        "trace": [
            {**_rule(inquiry, step.rule), "mismatch": step.mismatch.value, "because": step_in_words(inquiry, step)}
            for step in inquiry.trace
        ],
        "told": {
            "kind": told.kind.value,
            "title": told.title,
            "happened": list(told.happened),
            "why": told.reason,
            "would_change": told.would_change,
            "decided_by": told.decided_by,
            "decided_on": None if told.decided_on is None else told.decided_on.isoformat(),
            "review_by": None if told.review_by is None else told.review_by.isoformat(),
            "until": told.until,
            "help": [_help(one) for one in told.help],
            "help_later": [_help(one) for one in told.later],
            "danger": told.danger,
            "leave": told.leave,
        },
        "alternatives": [
            {"purpose": purpose.id, **_alternative(one)} for purpose in told.purposes for one in purpose.alternatives
        ],
        "dropped": [
            {
                "purpose": one.purpose,
                **_alternative(one.alternative),
                "effect": one.decision.effect.value,
                "reason": one.decision.reason.value,
                "rule": None if one.decision.rule is None else one.decision.rule.id,
            }
            for one in told.dropped
        ],
        "left_out": [
            {"purpose": purpose, **_alternative(place), "because": left_out_in_words(inquiry, purpose, place)}
            for purpose, place in inquiry.left_out()
        ],
        "ask": None
        if ask is None
        else {
            "decides": list(ask.decides),
            "signs_off": list(ask.signs_off),
            "together": [{"of": list(group.of), "number": group.number} for group in ask.together],
            "offer": [one.value for one in ask.offer],
        },
        "permits": None
        if inquiry.permits is None
        else [
            {
                "request": one.request,
                "what": one.what,
                "until": one.grant.ends.astimezone(inquiry.engine.policy.school.timezone).isoformat(timespec="seconds"),
                "opens": one.opens,
                "because": one.because,
            }
            for one in inquiry.permits
        ],
    }


def _help(one: Help) -> dict[str, Any]:
    text = None if one.text_to is None else {"number": one.text_to.number, "word": one.text_to.word}
    return {"name": one.name, "contact": one.contact, "url": one.url, "phone": one.phone, "text": text}


def _rule(inquiry: Inquiry, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        return {"rule": None, "number": None, "file": None, "line": None}
    return {"rule": rule.id, "number": rule.number, **_place(inquiry, rule.source)}


def _place(inquiry: Inquiry, source: Source) -> dict[str, Any]:
    return {"file": inquiry.file_of(source), "line": source.line}


def correction_as_dict(one: Correction, file: str) -> dict[str, Any]:
    """A correction as plain values; `file` is where it is written, as it can be opened from here."""
    return {
        "name": one.name,
        "never": sorted(one.never),
        "also": sorted(one.also),
        "because": one.because,
        "on": None if one.on is None else one.on.isoformat(),
        "file": file,
        "line": one.source.line,
    }


def _alternative(one: Alternative) -> dict[str, str]:
    return {"name": one.name, "url": _address(one.url.without_query, one.url.query), "trusted": one.trusted}


def _address(bare: str, query: str) -> str:
    return f"{bare}?{query}" if query else bare
