"""What the figures of a running filter say, as one value; and, of two looks at them, what happens in a second."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from saywhy.observe.scraped import Scraped
from saywhy.observe.state_figures import ListFigures, StateFigures

SLOW_SECONDS: Final = 0.0025  # for a decision
_ORIGIN_FAULTS: Final = ("upstream-", "name-")


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted since the filter started. `requests` are those that are read: plain, and inside what is inspected."""

    requests: float = 0
    relayed: float = 0  # connections
    inspected: float = 0
    plain: float = 0
    refused: float = 0
    allowed: float = 0  # decisions
    cautioned: float = 0
    blocked: float = 0
    origin_errors: float = 0

    @classmethod
    def of(cls, scraped: Scraped) -> Self:
        """What a scrape says."""
        schemes = scraped.by("requests_total", "scheme")
        ways = scraped.by("connection_ways_total", "way")
        effects = scraped.by("decisions_total", "effect")
        faults = scraped.by("faults_total", "kind")
        return cls(
            requests=sum(count for scheme, count in schemes.items() if scheme != "connect"),
            relayed=ways.get("relay", 0),
            inspected=ways.get("inspect", 0),
            plain=ways.get("plain", 0),
            refused=ways.get("refuse", 0),
            allowed=effects.get("allow", 0),
            cautioned=effects.get("caution", 0),
            blocked=effects.get("block", 0),
            origin_errors=sum(count for kind, count in faults.items() if kind.startswith(_ORIGIN_FAULTS)),
        )

    def per_second(self, before: Self, seconds: float) -> Self | None:
        """How much of each came in a second since an earlier look; None where that was of an earlier start."""
        values = {name: getattr(self, name) - getattr(before, name) for name in Counts.__slots__}
        if seconds <= 0 or min(values.values()) < 0:
            return None
        return type(self)(**{name: value / seconds for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests for exceptions, and permits."""

    unanswered: int = 0  # by those who decide
    asked_back: int = 0  # they wait for whoever asked
    overdue: int = 0
    oldest: float = 0  # seconds
    without_reason: int = 0  # that ended, and nobody wrote why
    permits: int = 0
    permits_ending: int = 0  # within 7 days

    @classmethod
    def of(cls, scraped: Scraped) -> Self:
        """What a scrape says."""
        states = scraped.by("exception_requests", "state")
        return cls(
            int(sum(states.get(state, 0) for state in ("open", "awaiting-sign-off", "appealed"))),
            int(states.get("question", 0)),
            scraped.number("exception_requests_overdue"),
            scraped.value("exception_requests_oldest_age_seconds") or 0,
            scraped.number("exception_requests_ended_without_reason"),
            scraped.number("permits"),
            scraped.number("permits_ending"),
        )


@dataclass(frozen=True, slots=True)
class Room:
    """How much is open of what may be."""

    open: float
    limit: float

    @property
    def part(self) -> float:
        """From 0 to 1."""
        return self.open / self.limit if self.limit else 0


@dataclass(frozen=True, slots=True)
class FilterFigures:
    """One look at the figures. Moments are Unix seconds."""

    counts: Counts
    waiting: Waiting
    state: StateFigures
    connections: Room
    files: Mapping[str, Room]  # by process
    revisions: Mapping[str, str]  # by process
    alarms: frozenset[str]
    revision: str = ""
    loaded: float | None = None  # when the revision was
    reloaded: bool = True  # the last try to load a policy went well
    decisions: int = 0  # whose time was taken
    slow: int = 0  # those of them that took longer than SLOW_SECONDS
    dropped: int = 0  # lines of the log, since the start
    dropped_at: float | None = None  # the last of them; None where it is not told
    lists: int = 0  # how many there are; the first of them stand in `state`
    listed: int = 0  # names and addresses in the index of lists
    self_test: Mapping[str, bool] | None = None  # whether each check passed; None where none is told
    self_tested: float | None = None
    let_through: int = 0  # checks of the self-test in which something passed that has to be closed
    break_glass: bool = False  # whether a rule of that name is in force

    @classmethod
    def of(cls, scraped: Scraped) -> Self:
        """What a scrape says."""
        checks = scraped.by("selftest_ok", "check")
        decisions = scraped.number("decision_duration_seconds_count")
        reloaded = scraped.value("policy_last_reload_successful")
        revisions = {
            one["process"]: one["revision"]
            for one in scraped.labels("process_policy_info")
            if one.keys() >= {"process", "revision"}
        }
        return cls(
            Counts.of(scraped),
            Waiting.of(scraped),
            _state(scraped),
            Room(scraped.number("connections"), scraped.number("connections_limit")),
            _files(scraped),
            revisions,
            frozenset(kind for kind, value in scraped.by("alarm", "kind").items() if value),
            next((one.get("revision", "") for one in scraped.labels("policy_info")), ""),
            scraped.value("policy_loaded_timestamp_seconds"),
            reloaded is None or bool(reloaded),
            decisions,
            decisions - _quick(scraped, decisions),
            scraped.number("log_lines_dropped_total"),
            scraped.value("log_lines_dropped_timestamp_seconds"),
            scraped.number("lists"),
            scraped.number("listed_names"),
            {name: bool(ok) for name, ok in checks.items()} or None,
            scraped.value("selftest_timestamp_seconds"),
            scraped.number("selftest_let_through"),
            "break-glass" in scraped.by("rule_decisions_total", "rule"),
        )


def _quick(scraped: Scraped, decisions: int) -> int:
    """How many decisions took no longer than SLOW_SECONDS; all where there is no such bucket."""
    buckets = scraped.by("decision_duration_seconds_bucket", "le")
    return next((int(count) for le, count in buckets.items() if float(le) == SLOW_SECONDS), decisions)


def _files(scraped: Scraped) -> Mapping[str, Room]:
    limits = scraped.by("open_files_limit", "process")
    return {
        process: Room(count, limits.get(process, 0)) for process, count in scraped.by("open_files", "process").items()
    }


def _state(scraped: Scraped) -> StateFigures:
    checked = scraped.by("list_checked_timestamp_seconds", "list")
    lost = scraped.by("list_lost_entries", "list")
    updated = scraped.by("list_updated_timestamp_seconds", "list")
    failing = scraped.by("list_failing", "list")
    lists = tuple(
        ListFigures(
            name, int(entries), int(lost.get(name, 0)), updated.get(name, 0), checked.get(name), bool(failing.get(name))
        )
        for name, entries in scraped.by("list_entries", "list").items()
    )
    problems = scraped.value("policy_problems")
    return StateFigures(
        lists,
        scraped.value("certificate_expiry_timestamp_seconds"),
        None if problems is None else int(problems),
    )
