"""How the filter is, as JSON: docs/command-line.md has the keys."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saywhy.observe.filter_figures import Counts, FilterFigures
    from saywhy.observe.state_figures import StateFigures
    from saywhy.serve.status import InForce, Status


def as_json(status: "Status", code: int, indent: int | None = None) -> str:
    """All that is known, in one object."""
    figures, running = status.figures, status.running
    rates = status.per_second
    return json.dumps(
        {
            "at": _iso(status.at),
            "exit": code,
            "well": status.known and not status.wrong,
            "wrong": [
                {
                    "kind": one.kind,
                    "severity": one.meaning.severity,
                    "what": one.what,
                    "detail": one.detail,
                    "about": one.about,
                    "do": one.do,
                    "alert": one.meaning.alert,
                }
                for one in status.wrong
            ],
            "state": str(status.folder),
            "filter": None
            if running is None
            else {
                "pid": running.pid,
                "since": _iso(running.since),
                "listen": running.listen,
                "metrics": running.metrics,
                "ending": running.ending,
            },
            "policy": _policy(status.policy),
            "processes": [asdict(one) | {"since": _iso(one.since)} for one in status.processes],
            "connections": None
            if figures is None
            else {"open": int(figures.connections.open), "limit": int(figures.connections.limit)},
            "since_start": None if figures is None else _counts(figures.counts, whole=True),
            "per_second": None if rates is None else {"seconds": rates[0], **_counts(rates[1], whole=False)},
            "self_test": _self_test(figures),
            "lists": _lists(status.state),
            "certificate_ends": None if status.state is None else _unix(status.state.certificate_ends),
            "requests": _waiting(figures),
            "permits": None
            if figures is None
            else {"count": figures.waiting.permits, "ending": figures.waiting.permits_ending},
            "notes": status.notes,
        },
        indent=indent,
        ensure_ascii=False,
    )


def _policy(policy: "InForce | None") -> Mapping[str, object] | None:
    if policy is None:
        return None
    return {
        "revision": policy.revision,
        "since": _iso(policy.since),
        "by": policy.by,
        "what": policy.what,
        "rolled_back": policy.rolled_back,
        "problems": policy.problem_count,
        "first_problems": policy.problems,
    }


def _counts(counts: "Counts", *, whole: bool) -> Mapping[str, float]:
    return {name: int(value) if whole else round(value, 3) for name, value in asdict(counts).items()}


def _self_test(figures: "FilterFigures | None") -> Mapping[str, object] | None:
    if figures is None or figures.self_test is None:
        return None
    return {"at": _unix(figures.self_tested), "checks": dict(figures.self_test)}


def _lists(state: "StateFigures | None") -> list[Mapping[str, object]] | None:
    if state is None:
        return None
    return [asdict(one) | {"updated": _unix(one.updated), "checked": _unix(one.checked)} for one in state.lists]


def _waiting(figures: "FilterFigures | None") -> Mapping[str, object] | None:
    if figures is None:
        return None
    waiting = figures.waiting
    return {
        "unanswered": waiting.unanswered,
        "asked_back": waiting.asked_back,
        "overdue": waiting.overdue,
        "oldest_seconds": waiting.oldest,
        "ended_without_reason": waiting.without_reason,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _unix(seconds: float | None) -> str | None:
    return None if seconds is None else _iso(datetime.fromtimestamp(seconds, UTC))
