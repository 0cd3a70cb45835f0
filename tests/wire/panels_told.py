"""What the panels of the dashboards have to tell of a school day, by what its clients counted themselves."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from deploy.dashboards.panels import Query
from deploy.dashboards.pictures import named
from saywhy.observe.labels import ALARMS, REQUEST_STATES, SITE_KINDS
from tests.wire.prometheus import Prometheus
from tests.wire.school_day import SchoolDay

WINDOW: Final = 300  # seconds, of which a rate is: longer than all of it takes
OPEN: Final = 3  # connections that are held
LISTED: Final = ("a.example", "b.example", "c.example")

type Told = dict[str, Any]  # the values of a query, by how each series is named


@dataclass(frozen=True, slots=True)
class Between:
    """What a clock tells, or a quantile, which lies somewhere within a bucket."""

    low: float
    high: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and self.low <= other <= self.high

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Seen:
    """A day that is over: what was done in it, what Prometheus has of it, and when the last scrape was."""

    day: SchoolDay
    prometheus: Prometheus
    at: float
    listed_at: float  # Unix seconds, as the next two: when the list was added
    started: float  # the filter
    well_at: float  # by then all was there
    connections: Mapping[str, int]  # that the origin had, by the name that TLS asked for
    files: Mapping[str, int]
    healthy: Mapping[str, str]  # alerts before anything was done

    def tells(self, query: Query) -> Told:
        expression = query.expression.replace("$__range", f"{WINDOW}s").replace("$__rate_interval", f"{WINDOW}s")
        found = self.prometheus.query(expression, self.at)
        return {named(query.legend, labels): value for labels, value in found}


def rates(counted: Mapping[str, float]) -> Told:
    return {name: count / WINDOW for name, count in counted.items()}


def summed(counted: Mapping[Any, int], *places: int) -> Told:
    """The sums by some of the labels, named as a legend names them."""
    found: Counter[str] = Counter()
    for labels, count in counted.items():
        found[", ".join(labels[place] for place in places)] += count
    return {name: float(count) for name, count in found.items()}


def only(counted: Mapping[tuple[str, str], int], second: str) -> Told:
    return {first: float(count) for (first, other), count in counted.items() if other == second}


def within(seconds: list[float]) -> Between:
    """Where the time of some of these may lie: within the bucket of the longest that a client measured."""
    return Between(1e-6, next(end for end in (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0) if max(seconds) <= end))


def expected(seen: Seen) -> dict[str, tuple[Told, ...]]:
    """What each panel's queries have to tell, by its title. What is 0 may be left out."""
    day, now = seen.day, seen.at
    decisions, closed = day.decisions.total(), sum(n for (effect, *_), n in day.decisions.items() if effect != "allow")
    closed_by_group = summed({key: n for key, n in day.decisions.items() if key[0] != "allow"}, 2)
    by_group = summed(day.decisions, 2)
    certificate = x509.load_pem_x509_certificate(day.proxy.ca.read_bytes())
    ends = certificate.not_valid_after_utc.timestamp()
    since_start = Between(now - seen.well_at, now - seen.started)
    faults = {kind: float(n) for kind, n in day.faults.items()}
    ways = {way: float(n) for way, n in day.ways.items()}
    tiktok = day.rules["tiktok", "block"]
    return {
        # well
        "Does Saywhy tell its figures?": ({"": 1.0},),
        "How many alerts fire?": ({"": 0.0},),  # none may: see the test below, and deploy/prometheus/saywhy.test.yml
        "Was the policy taken?": ({"": 1.0},),
        "Any problems in the policy?": ({"": 0.0},),  # with any, the school day would not be this one
        "How old is the policy?": ({"": since_start},),
        "When does the certificate end?": ({"": Between(ends - now - 2, ends - now + 2)},),
        "What is wrong now?": (dict.fromkeys(ALARMS, 0.0),),  # nothing is
        "How old is each list?": ({"mine/games": Between(now - seen.started, now - seen.listed_at + 1)},),
        "How many names has each list?": ({"mine/games": float(len(LISTED))},),
        "Which lists were not updated?": ({"mine/games": 0.0},),
        "Which faults were met?": (faults,),
        "Why do devices end the handshake?": ({alert: float(n) for alert, n in day.alerts.items()},),
        "How many lines of the log were lost?": ({"": 0.0},),  # the disk is not full
        # blocked
        "How much was asked for?": ({"": float(decisions)},),
        "How much was closed?": ({"": float(closed)},),
        "What part is that?": ({"": closed / decisions},),
        "When is how much blocked?": (rates(summed(day.decisions, 0)),),
        "Which rules blocked most?": (only(day.rules, "block"),),
        "What kinds of site were blocked most?": (
            {"gambling": float(day.rules["gambling", "block"]), "social-networks": float(tiktok)},
        ),
        "Why was it blocked?": ({"rule": closed - day.rules["file-sharing", "caution"]},),
        "For which groups is most blocked?": ({group: closed_by_group[group] / by_group[group] for group in by_group},),
        "Which pages were shown, and for whom were they written?": (summed(day.pages, 0, 1),),
        "Where did people go on after a caution?": ({rule: float(n) for rule, n in day.goes.items()},),
        "What that should stay open is closed?": ({**dict.fromkeys(SITE_KINDS, 0.0), "museums": 1.0},),
        "How much is looked into?": (ways,),
        # speed
        "How many requests come in?": (rates(day.requests),),
        "How much data goes through?": (rates(summed(day.carried, 0, 1)),),
        "What becomes of connections?": (rates(ways),),
        "How many places asked for fail?": (rates(faults),),
        "How many connections are open?": ({"open": float(OPEN)},),
        "How many names are in the lists?": ({"names": float(len(LISTED))},),
        # asking
        "How many requests wait?": ({"": 2.0},),
        "How many wait too long?": ({"": 1.0},),
        "How old is the oldest?": ({"": Between(20 * 86_400, 20 * 86_400 + 300)},),
        "How long do people wait?": ({"": 0.8 * 86_400},),
        "And nine in ten of them?": ({"": 0.96 * 86_400},),
        "How many ended with no reason?": ({"": 0.0},),  # nothing can make one
        "How many people have to agree to what waits?": ({"one": 2.0},),
        "How does the pile of requests grow?": ({"one": 2.0},),
        "What became of requests?": (
            {**dict.fromkeys(REQUEST_STATES, 0.0), "refused": 4.0, "granted": 2.0, "open": 2.0},
        ),
        "How many permits are there?": (
            {"in force or to come": 2.0}, {"end within 7 days": 2.0}, {"unused for 30 days": 1.0},
        ),
        "What happens in the portal?": ({kind: float(n) for kind, n in day.portal.items()},),
        "How many messages wait to be sent?": ({"": 0.0},),  # no mail is set up, so there are none
    }  # fmt: skip
