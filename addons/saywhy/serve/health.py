"""How the filter is, told in one shape: what stands behind `/healthz`, and its JSON."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from saywhy.serve.alarms import Alarm, Alarms


class State(StrEnum):
    """What a process is doing."""

    UP = "up"
    STARTING = "starting"
    SILENT = "silent"  # it hangs, and is ended within seconds
    GONE = "gone"  # it has ended, and is started again


class Kind(StrEnum):
    """What can be wrong: a closed set, of processes, of the ways to them, and every alarm."""

    STARTING = "starting"
    SILENT = "silent"
    GONE = "gone"
    NOT_ANSWERING = "not-answering"  # it goes on, but a request had no answer in time
    QUEUE_FULL = "queue-full"  # connections come faster than they are taken
    SELF_TEST = "self-test"  # what should be closed was open, or the other way round
    POLICY_NOT_TAKEN = "policy-not-taken"  # the files have problems; what was in force stays
    REFUSING = Alarm.REFUSING.value
    LISTS = Alarm.LISTS.value
    SEALED = Alarm.SEALED.value
    POLICY = Alarm.POLICY.value
    TRAIL = Alarm.TRAIL.value
    STORE = Alarm.STORE.value


TOLD_ONLY: Final = frozenset({Kind.TRAIL, Kind.STORE})  # told, and the filter is ready: it decides as it should
_TOLD_BESIDE_OK: Final = frozenset({Kind.POLICY_NOT_TAKEN, Kind.STORE})  # of /healthz
_OF_PROCESSES: Final = frozenset({Kind.STARTING, Kind.SILENT, Kind.GONE, Kind.NOT_ANSWERING})
_BY_ITSELF: Final = (
    "Wait: it is started again by itself. Where that happens again and again, the filter's last lines say why."
)
_DO: Final[Mapping[Kind, str]] = {
    Kind.STARTING: "Wait: it reads the policy and the lists. Where it stays so, the filter's last lines say why.",
    Kind.SILENT: _BY_ITSELF,
    Kind.GONE: _BY_ITSELF,
    Kind.NOT_ANSWERING: "Look at the machine and at the database: one of them is slow.",
    Kind.QUEUE_FULL: "Look at the machine: processors, and open files beside their limit. More workers take more (--workers).",
    Kind.SELF_TEST: "saywhy selfcheck tries it by hand, and says what came.",
    Kind.POLICY_NOT_TAKEN: "Mend the files (saywhy check names each problem), or confirm what is meant: saywhy accept.",
    Kind.REFUSING: "Mend what else is told here. saywhy check says what is wrong with the policy, saywhy history what was in force.",
    Kind.LISTS: "Put the folder of lists back, or run saywhy lists compile.",
    Kind.SEALED: "Put lists/.sealed or sealed-copy back from a backup, or seal any list again.",
    Kind.POLICY: "saywhy rollback puts an earlier revision into force; look at the disk of the state folder.",
    Kind.TRAIL: "saywhy audit verify says where.",
    Kind.STORE: "Start the database again, or look at the disk. Filtering goes on; it is tried again by itself.",
}


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """A process by its name in figures; `since` (aware) is when it was started, and None with a `pid` of None: gone."""

    name: str
    pid: int | None
    since: datetime | None
    state: State
    restarts: int  # since the filter runs


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong: of which process (its name in figures), of what kind, in words, and what to do."""

    process: str
    kind: Kind
    text: str
    called: str = ""  # what people call the process, where that is another name

    @property
    def do(self) -> str:
        """What to do about it."""
        return _DO[self.kind]

    @property
    def line(self) -> str:
        """It as a line for people."""
        if self.kind in _OF_PROCESSES:
            return f"not answering: {self.text}"
        if self.kind is Kind.SELF_TEST:
            return self.text
        called = self.called or self.process
        return f"{called}, {self.kind.value}: {self.text}" if called else self.text


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A revision, and since when it is in force (aware; None where the history does not say)."""

    revision: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """Of the whole filter, at one moment."""

    processes: tuple[ProcessHealth, ...]
    wrong: tuple[Wrong, ...]
    policy: PolicyInForce | None

    @property
    def ready(self) -> bool:
        """Whether nothing is wrong that keeps it from filtering as it should."""
        return all(one.kind in TOLD_ONLY for one in self.wrong)

    def without(self, kinds: Collection[str]) -> Self:
        """The same, but for what is of these kinds."""
        return replace(self, wrong=tuple(one for one in self.wrong if one.kind.value not in kinds))

    def asked(self, query: str) -> tuple[bool, dict[str, object]]:
        """What /healthz/ready answers, perhaps but for some kinds of what is wrong. Raises ValueError."""
        told = self.without(kinds_in(query))
        return told.ready, told.as_json()

    def as_json(self) -> dict[str, object]:
        """It as JSON has it: docs/health.md."""
        return {
            "ready": self.ready,
            "processes": [asdict(one) | {"since": _stamp(one.since)} for one in self.processes],
            "wrong": [
                {"process": one.process, "kind": one.kind.value, "text": one.text, "do": one.do} for one in self.wrong
            ],
            "policy": None
            if self.policy is None
            else {"revision": self.policy.revision, "since": _stamp(self.policy.since)},
        }

    def as_text(self) -> tuple[bool, str]:
        """Whether all is well, for people, and the lines that say what is not."""
        told = "\n".join(one.line for one in self.wrong)
        if any(one.kind not in _TOLD_BESIDE_OK for one in self.wrong):
            return False, told
        return True, f"ok\n{told}" if told else "ok"


def of_alarms(process: str, alarms: Alarms, called: str = "") -> Iterable[Wrong]:
    """What a process tells of itself."""
    return (Wrong(process, Kind(alarm.value), text, called) for alarm, text in alarms.items())


def kinds_in(query: str, known: AbstractSet[str] = frozenset(Kind)) -> frozenset[str]:
    """The kinds that a request leaves out, as `except=policy-not-taken,starting`. Raises ValueError for one that there is not."""
    wanted = frozenset(
        kind for part in query.split("&") if part.startswith("except=") for kind in part[7:].split(",") if kind
    )
    if unknown := sorted(wanted - known):
        raise ValueError(f"there is no kind {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return wanted


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
