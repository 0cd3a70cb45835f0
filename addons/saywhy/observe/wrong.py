"""What can be wrong with a filter: what each means, what to do, and which alert for Prometheus says the same.

The thresholds are those of deploy/prometheus/saywhy.rules.yml, and so are the words; a test compares them. An alert waits
for a while before it wakes somebody; here everything counts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Severity(StrEnum):
    """How bad it is: pages do not open or something open should be closed; or it can wait for the morning."""

    CRITICAL = "critical"
    WARNING = "warning"


class Wrong(StrEnum):
    """A closed set. Where a process has an alarm of the same kind, it has the same word (saywhy.serve.alarms.Alarm)."""

    NOT_RUNNING = "not-running"
    NO_FIGURES = "no-figures"
    UNREADABLE = "unreadable"
    STARTING = "starting"
    ENDING = "ending"
    GONE = "gone"
    SILENT = "silent"
    REPLACED = "replaced"
    NOT_ANSWERING = "not-answering"
    QUEUE_FULL = "queue-full"
    REFUSING = "refusing"
    NOT_FOLLOWED = "policy"
    NOT_TAKEN = "policy-not-taken"
    LISTS = "lists"
    SEALED = "sealed"
    LIST_STALE = "list-stale"
    LIST_FAILING = "list-failing"
    LET_THROUGH = "self-test-let-through"
    NOT_OPENED = "self-test-refuses-allowed"
    SELF_TEST = "self-test-fails"
    NOT_TESTED = "self-test-stopped"
    CERTIFICATE = "certificate-ends"
    SLOW = "decisions-slow"
    FILES = "files-near-limit"
    CONNECTIONS = "connections-near-limit"
    LOG_LINES = "log-lines-dropped"
    BREAK_GLASS = "break-glass"
    OVERDUE = "request-overdue"
    NO_REASON = "ended-without-reason"
    TRAIL = "audit-trail"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`what` and `do` may name what it is about, as {about}. `alert` is a heading of docs/alerts.md, or empty."""

    severity: Severity
    what: str
    do: str
    alert: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is wrong now. `detail` is what is known of this one, and may be empty."""

    kind: str  # a Wrong, or what a newer filter calls it
    meaning: Meaning
    about: str = ""
    detail: str = ""

    @property
    def what(self) -> str:
        """What is wrong, as a sentence without its end."""
        return self.meaning.what.replace("{about}", self.about)

    @property
    def do(self) -> str:
        """What to do about it, as the rest of a sentence."""
        return self.meaning.do.replace("{about}", self.about)


def found(kind: Wrong, about: str = "", detail: str = "") -> Found:
    """Something of the closed set."""
    return Found(kind, MEANINGS[kind], about, detail)


_CRITICAL, _WARNING = Severity.CRITICAL, Severity.WARNING

MEANINGS: Final[Mapping[Wrong, Meaning]] = MappingProxyType(
    {
        Wrong.NOT_RUNNING: Meaning(
            _CRITICAL,
            "No filter runs here, as far as this user can see",
            "start it: `saywhy run`, or the service that does. Devices that can go only through it have no web until then.",
            "SaywhyScrapeGone",
        ),
        Wrong.NO_FIGURES: Meaning(
            _CRITICAL,
            "Saywhy tells no figures",
            "see whether pages open through it; its last lines say what it does. Where it hangs, end it (`kill PROCESS`) and "
            "start it again.",
            "SaywhyScrapeGone",
        ),
        Wrong.UNREADABLE: Meaning(
            _WARNING,
            "The state folder may not be read by this user",
            "run this as the user of the filter, or as root; or name the address of its figures: `--metrics HOST:PORT`.",
        ),
        Wrong.STARTING: Meaning(
            _WARNING, "The filter, or a part of it, is starting", "wait some seconds, and look again."
        ),
        Wrong.ENDING: Meaning(
            _WARNING,
            "The filter is ending: it lets what is under way end, and takes nothing new",
            "where that is not meant, start it again: `saywhy run` waits until it has ended.",
        ),
        Wrong.GONE: Meaning(
            _CRITICAL,
            "A process has ended: {about}",
            "it is started again by itself; where that goes on, the filter's last lines say why.",
        ),
        Wrong.SILENT: Meaning(
            _CRITICAL,
            "A process does not answer: {about}",
            "look at the machine first (processors, memory, disk); then start the filter again.",
        ),
        Wrong.REPLACED: Meaning(
            _WARNING,
            "A process was started again: {about}",
            "the filter's last lines say why the one before it ended, or that it hung; look at the machine's memory and disk.",
            "SaywhyProcessReplaced",
        ),
        Wrong.NOT_ANSWERING: Meaning(
            _CRITICAL,
            "A process goes on, but had no answer in time: {about}",
            "look at the machine and at the database: one of them is slow.",
        ),
        Wrong.QUEUE_FULL: Meaning(
            _CRITICAL,
            "Connections come faster than they are taken",
            "look at the machine: processors, and open files beside their limit. More workers take more (`--workers`).",
        ),
        Wrong.REFUSING: Meaning(
            _CRITICAL,
            "Everything is refused",
            "`saywhy check` says what is wrong with the policy; `saywhy rollback` puts an earlier revision into force. Where "
            "lists are missing: put their folder back, or run `saywhy lists compile`.",
            "SaywhyRefusesEverything",
        ),
        Wrong.NOT_FOLLOWED: Meaning(
            _CRITICAL,
            "A process does not follow the policy in force",
            "what is said here names the file; see that the filter's user may read it and that the disk is not full.",
        ),
        Wrong.NOT_TAKEN: Meaning(
            _WARNING,
            "A change of the policy is not in force",
            "`saywhy check` names each problem; mend the files, and they are taken by themselves. Where much would go at "
            "once, `saywhy accept` confirms it.",
            "SaywhyPolicyNotTaken",
        ),
        Wrong.LISTS: Meaning(
            _CRITICAL,
            "Lists cannot be read",
            "put the folder of lists back from a backup, or run `saywhy lists compile`.",
            "SaywhyListsLost",
        ),
        Wrong.SEALED: Meaning(
            _CRITICAL,
            "Sealed lists are lost, or somebody changed them",
            "put `lists/.sealed` or `sealed-copy` back from a backup, or seal any list again; where something was altered, "
            "tell whoever is responsible for safeguarding.",
            "SaywhySealedListsLost",
        ),
        Wrong.LIST_STALE: Meaning(
            _WARNING,
            "The list {about} is older than 48 hours",
            "`saywhy lists update` says what is in the way; see that it runs every day (cron, or a timer of systemd).",
            "SaywhyListStale",
        ),
        Wrong.LIST_FAILING: Meaning(
            _WARNING,
            "The list {about} is not updated",
            "`saywhy lists show {about}` has the reason.",
            "SaywhyListFailing",
        ),
        Wrong.LET_THROUGH: Meaning(
            _CRITICAL,
            "The self-test got through what has to be closed",
            "see what else is wrong here, and what changed last (`saywhy history`); `saywhy rollback` puts an earlier revision "
            "into force.",
            "SaywhySelfTestLetThrough",
        ),
        Wrong.NOT_OPENED: Meaning(
            _CRITICAL,
            "The self-test cannot open what is allowed ({about})",
            "see what else is wrong here; where pages do not open on devices either, start the filter again.",
            "SaywhySelfTestRefusesAllowed",
        ),
        Wrong.SELF_TEST: Meaning(
            _WARNING,
            "The self-test is not shown the right page ({about})",
            "see what else is wrong here; the filter's last lines say what came in its place.",
            "SaywhySelfTestFails",
        ),
        Wrong.NOT_TESTED: Meaning(
            _WARNING,
            "The self-test does not run",
            "the filter's last lines say why; until then nobody knows whether it closes what it has to.",
            "SaywhySelfTestStopped",
        ),
        Wrong.CERTIFICATE: Meaning(
            _WARNING,
            "The school's certificate ends within 60 days",
            "plan a day: a new one has to be on every device before (docs/devices.md).",
            "SaywhyCertificateEnds",
        ),
        Wrong.SLOW: Meaning(
            _WARNING,
            "Decisions are slow",
            "look at the machine first: processors, memory that is swapped, other programs.",
            "SaywhyDecisionsSlow",
        ),
        Wrong.FILES: Meaning(
            _WARNING,
            "{about} has nearly as many files open as it may",
            "raise the limit of the service (`LimitNOFILE=` in systemd) and start it again.",
            "SaywhyFilesNearLimit",
        ),
        Wrong.CONNECTIONS: Meaning(
            _WARNING,
            "Nearly as many connections are open as are taken",
            "raise the limit of open files, or add workers; the log says who is turned away.",
            "SaywhyConnectionsNearLimit",
        ),
        Wrong.LOG_LINES: Meaning(
            _WARNING,
            "Lines of the decision log are lost",
            "look at the disk of the state folder (`df`), and make room; what is written from then on is kept.",
            "SaywhyLogLinesDropped",
        ),
        Wrong.BREAK_GLASS: Meaning(
            _WARNING,
            "A way that was opened in a hurry is open: the rule break-glass is in force",
            "ask whoever opened it (`saywhy history`) whether it is still needed; take the rule out of the policy, or give it an "
            "end (`until`).",
            "SaywhyBreakGlassOpen",
        ),
        Wrong.OVERDUE: Meaning(
            _WARNING,
            "A request waits longer than policy allows",
            "sign in to the portal: the oldest stands first. Where those who decide are away, name a deputy in the policy.",
            "SaywhyRequestOverdue",
        ),
        Wrong.NO_REASON: Meaning(
            _WARNING,
            "A request ended, and nobody wrote why",
            "`saywhy review` names it, and `saywhy audit verify` says whether the trail is whole.",
            "SaywhyEndedWithoutReason",
        ),
        Wrong.TRAIL: Meaning(
            _CRITICAL,
            "The audit trail is not what its anchor remembers",
            "`saywhy audit verify` says where; keep a copy of the state folder as it is.",
            "SaywhyTrailAltered",
        ),
        Wrong.STORE: Meaning(
            _WARNING,
            "The store cannot be used: nobody can ask, and the permits that were read last hold",
            "start the database again, or look at the disk; it is tried again by itself.",
            "SaywhyStoreAway",
        ),
    }
)
