"""The record of a check by hand: when, who, where, what was tried and what came out, as a review can keep it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from saywhy.decide.decision import Decision, Reason
from saywhy.rehearse.cases import Result as CaseResult
from saywhy.rehearse.category_checks import CategoryCheck
from saywhy.serve.selfcheck.checks import WAYS, Result, said
from saywhy.serve.selfcheck.outcome import Found, Outcome

type How = Literal["wire", "decision"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried. `how`: asked for through the filter, or decided alone. `good` is None where nothing is expected.

    `outcome` is one of Outcome for the wire, allow, block or caution for a decision.
    """

    how: How
    what: str
    expected: str
    outcome: str
    good: bool | None
    group: str = ""
    reference: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """All of it. `at` is aware; `via` is the proxy, `policy` what decisions were made from, empty where there were none."""

    at: datetime
    by: str
    device: str
    place: str
    via: str
    policy: str
    lines: tuple[Line, ...]

    @property
    def wrong(self) -> Sequence[Line]:
        """What is not as expected."""
        return [one for one in self.lines if one.good is False]

    def as_dict(self) -> dict[str, Any]:
        """It as JSON has it (docs/selfcheck.md)."""
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "by": self.by,
            "device": self.device,
            "place": self.place,
            "via": self.via,
            "policy": self.policy,
            "result": "wrong" if self.wrong else "as expected",
            "checks": [asdict(one) for one in self.lines],
        }

    def append_to(self, file: Path) -> None:
        """Write it at the end of a file, as one line of JSON. Raises OSError."""
        with file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(self.as_dict(), ensure_ascii=False) + "\n")


def of_check(one: Result) -> Line:
    """A check of the self-test."""
    wanted = "allowed" if one.check.opens else "blocked"
    detail = one.wrong or WAYS[one.check].about
    return Line("wire", one.check.value, wanted, one.found.outcome, not one.wrong, "", one.found.reference, detail)


def of_address(url: str, found: Found, wanted: Outcome) -> Line:
    """An address of somebody's choice."""
    good = found.outcome is wanted
    expected = "blocked" if wanted is Outcome.BLOCKED else "allowed"
    detail = found.detail if good else said(found, wanted)
    return Line("wire", url, expected, found.outcome, good, "", found.reference, detail)


def of_category(one: CategoryCheck) -> Line:
    """A kind of site, for a group."""
    expected = "" if one.wanted is None else "allowed" if one.wanted.value == "allow" else "blocked"
    good = None if one.wanted is None else one.good
    return Line("decision", one.kind, expected, one.decision.effect.value, good, one.group, "", _by(one.decision))


def of_case(one: CaseResult) -> Line:
    """One of the policy's own tests."""
    detail = f"{one.case.file}:{one.case.line}"
    return Line("decision", one.case.name, "as written", "as written" if one.passed else "not as written", one.passed, "", "", detail)  # fmt: skip


def _by(decision: Decision) -> str:
    if decision.rule is not None:
        return f"by rule {decision.rule.id}"
    if decision.reason is Reason.TEST and not decision.allowed:
        return "by the filter itself, as no sealed lists are in force here"
    return f"by {decision.reason.value}"
