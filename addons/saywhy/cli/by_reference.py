"""`saywhy explain --ref CODE`: what was decided then, from the decision log, and what the policy of now would say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import typer

from saywhy.cli.as_json import as_dict
from saywhy.cli.as_text import lines as lines_of
from saywhy.cli.defaults import DEFAULTS
from saywhy.cli.inquiry import Inquiry, inquire
from saywhy.decide.access import Access, Subject, Target, subject_at, subject_in, target_of_host, target_of_url
from saywhy.decide.engine import Engine
from saywhy.decide.signs import SIGNS
from saywhy.decide.use import use_logged
from saywhy.explain.reference import BadReferenceError, read_code
from saywhy.observe.day_files import log_files
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.log_search import find_decision
from saywhy.policy.address import AddressError, bracketed
from saywhy.policy.catalogue import WITHHELD
from saywhy.policy.rule import Effect
from saywhy.policy.visible import visible
from saywhy.serve.basis import Basis


@dataclass(frozen=True, slots=True)
class Recalled:
    """A decision of the log, the same access under the policy of now, and what stands between the two."""

    record: DecisionRecord
    inquiry: Inquiry
    notes: tuple[str, ...]

    @property
    def same_revision(self) -> bool:
        """Whether the policy is the one of then."""
        return self.record.revision == self.inquiry.engine.revision

    @property
    def carries(self) -> bool:
        """Whether what decided may have stood in the query, which no log keeps: the address inside a carrier's."""
        return bool(self.inquiry.engine.standing(self.inquiry.access.target.host, None).carriers)

    @property
    def differs(self) -> bool | None:
        """Whether the answer of now is another one: its effect, its reason or its rule; None where that cannot be told."""
        record, decision = self.record, self.inquiry.decision
        if self.carries:
            return None
        rule = None if decision.rule is None else decision.rule.id
        return (record.effect, record.reason, record.rule) != (decision.effect, decision.reason, rule)


def remembered(written: str, state: Path) -> DecisionRecord:
    """The decision with this reference. Raises typer.BadParameter; prints what to do and raises typer.Exit if it is not there."""
    try:
        code = read_code(written)
    except BadReferenceError as error:
        raise typer.BadParameter(str(error), param_hint="--ref") from None
    if not state.is_dir():
        raise typer.BadParameter(f"there is no folder {state}; name the one of `saywhy run`", param_hint="--state")
    path = replace(DEFAULTS, state=state).decision_log
    try:
        record = find_decision(path, code)
        files = log_files(path)
    except OSError as error:
        typer.echo(f"saywhy: the decision log cannot be read: {error}", err=True)
        raise typer.Exit(1) from None
    if record is None:
        typer.echo(f"No decision with the reference {code} is in {path.with_suffix('')}-*{path.suffix}.", err=True)
        if files:
            first, last = files[-1].day, files[0].day
            said = f"The log goes from {first:%d %B %Y} to {last:%d %B %Y}; what is older was deleted."
            typer.echo(f"{said} Check how the reference is written.", err=True)
        else:
            typer.echo("There is no log yet; --state names the state folder of `saywhy run`.", err=True)
        raise typer.Exit(1)
    return record


def recalled(record: DecisionRecord, basis: Basis) -> Recalled:
    """Decide the same access by what is in force now: the same device (or groups), address and moment."""
    engine = basis.engine
    notes: list[str] = []
    if record.host == WITHHELD:
        typer.echo(f"What {record.reference} was about is on a sealed list; no log holds the address.", err=True)
        raise typer.Exit(1)
    try:
        target = _target(record)
    except AddressError as error:
        typer.echo(f"saywhy: the line in the decision log cannot be used: {visible(str(error))}", err=True)
        raise typer.Exit(1) from None
    if record.path.endswith("…"):
        notes.append("The log keeps only the beginning of so long an address; a rule about paths may answer otherwise.")
    if engine.standing(target.host, None).carriers:
        notes.append(
            "This service carries other addresses in its own; the log keeps no query, so the one inside is not known."
        )
    subject = _subject(record, engine, notes)
    access = Access(subject, target, record.at.astimezone(engine.policy.school.timezone))
    return Recalled(record, inquire(basis, access, reference=record.reference), tuple(notes))


def _target(record: DecisionRecord) -> Target:
    """What was asked for: a whole URL, or a name alone; a request that was DNS by its form is so again."""
    signs = SIGNS.intersection(record.categories)
    if not record.path:
        return replace(target_of_host(record.host, record.port), signs=signs)
    target = target_of_url(f"{record.scheme}://{bracketed(record.host)}:{record.port}{record.path}")
    use = use_logged(record.method, record.uses, blocked=record.effect != Effect.ALLOW)
    return replace(target, signs=target.signs | signs, use=use)


def _subject(record: DecisionRecord, engine: Engine, notes: list[str]) -> Subject:
    if record.device is not None:
        try:
            subject = subject_at(engine, ip_address(record.device))
        except ValueError:
            pass
        else:
            if subject.named_groups != record.groups:
                now = ", ".join(subject.named_groups) or "no group"
                notes.append(f"This device was in {', '.join(record.groups) or 'no group'} then; now it is in {now}.")
            return subject
    known = tuple(name for name in record.groups if name in engine.policy.groups)
    if known != record.groups:
        gone = ", ".join(name for name in record.groups if name not in known)
        notes.append(f"The policy does not know the group {gone} any more.")
    place = record.place if any(one.name == record.place for one in engine.policy.places) else None
    return subject_in(engine.policy, known, place=place)


def lines(found: Recalled) -> Iterator[str]:
    """The lines to print: then, what has changed, and now. Styled."""
    record, inquiry = found.record, found.inquiry
    then = record.at.astimezone(inquiry.engine.policy.school.timezone)
    yield typer.style(f"Reference {record.reference}", bold=True)
    yield f"  {visible(f'{record.method} {_address(record)}')}"
    place = f" at {record.place}" if record.place else ""
    device = f", device {record.device}" if record.device else ""
    yield visible(f"  for {', '.join(record.groups) or 'somebody of no group'}{place}{device}, {then:%A %d %B %Y at %H:%M:%S}")  # fmt: skip
    yield visible(f"  then: {_outcome(record.effect, record.reason, record.rule)}, policy revision {record.revision}")
    now = inquiry.decision
    rule = None if now.rule is None else now.rule.id
    yield f"  now:  {_outcome(now.effect, now.reason, rule)}, policy revision {now.revision}"
    policy = "The policy is the same as then" if found.same_revision else "The policy has changed since"
    answer = "the answer would be the same now"
    if found.differs:
        still = record.effect == now.effect
        answer = (
            f"still {_word(now.effect)} now, but for another reason" if still else "the answer would be another one now"
        )
    elif found.differs is None:
        answer = "whether the answer would be the same now cannot be told"
    colour = typer.colors.YELLOW if found.differs else None
    yield "  " + typer.style(f"{policy}; {answer}.", fg=colour, bold=True)
    yield from (visible(f"  {note}") for note in found.notes)
    yield ""
    yield typer.style("The same under the policy of now", bold=True)
    yield from lines_of(inquiry)


def as_json_text(found: Recalled) -> str:
    """The keys of `saywhy explain --json` for now, and those of then."""
    record = found.record
    values: dict[str, Any] = {
        **as_dict(found.inquiry),
        "reference": record.reference,
        "then": {
            "time": record.at.isoformat(timespec="milliseconds"),
            "method": record.method,
            "url": _address(record),
            "groups": list(record.groups),
            "place": record.place,
            "device": record.device,
            "effect": record.effect,
            "reason": record.reason,
            "rule": record.rule,
            "revision": record.revision,
        },
        "same_revision": found.same_revision,
        "differs": found.differs,
        "notes": [*found.notes, *found.inquiry.basis.notes],
    }
    return json.dumps(values, indent=2, ensure_ascii=False)


def _outcome(effect: str, reason: str, rule: str | None) -> str:
    by = "" if rule is None else f" by {rule}"
    return f"{_word(effect)}{by} [{reason}]"


def _word(effect: str) -> str:
    return {"allow": "allowed", "block": "blocked", "caution": "closed with caution"}.get(effect, effect)


def _address(record: DecisionRecord) -> str:
    port = "" if (record.scheme, record.port) in (("http", 80), ("https", 443)) else f":{record.port}"
    return f"{record.scheme}://{bracketed(record.host)}{port}{record.path}"
