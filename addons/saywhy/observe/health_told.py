"""What `/healthz/ready` says of each process, read back; an older filter's `/healthz` as well. Nothing has to be there."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

UP: Final = "up"
SELF_TEST: Final = "self-test"
_MOST: Final = 200  # of processes, and of what is wrong


@dataclass(frozen=True, slots=True)
class ProcessTold:
    """One process. `state` is up, starting, silent or gone, or what a newer filter calls it."""

    name: str
    state: str
    pid: int | None = None
    since: datetime | None = None  # aware
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class WrongTold:
    """What is wrong, as a filter says it; `process` is empty where it is the filter as a whole."""

    process: str
    kind: str
    text: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class HealthTold:
    """Whether a filter is ready, and what of it is not."""

    ready: bool
    processes: tuple[ProcessTold, ...] = ()
    wrong: tuple[WrongTold, ...] = ()


def read_ready(content: bytes) -> HealthTold:
    """Read the JSON of `/healthz/ready`. Raises ValueError for what is none."""
    try:
        raw = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    match raw:
        case {"ready": bool(ready)}:
            processes, wrong = _objects(raw, "processes"), _objects(raw, "wrong")
            return HealthTold(ready, tuple(map(_process, processes)), tuple(map(_wrong, wrong)))
    raise ValueError("it does not say whether it is ready")


def read_lines(status: int, content: bytes) -> HealthTold:
    """Read `/healthz` of a filter that has nothing else: 200, or a line for each thing that is wrong, like "about: text".

    "worker 2, lists: …" is of a process, "not answering: portal" names one, what else there is concerns the policy.
    """
    if status == 200:
        return HealthTold(ready=True)
    lines = content.decode("utf-8", "replace").splitlines()[:_MOST]
    return HealthTold(ready=False, wrong=tuple(_of_line(line) for line in lines if line.strip()))


def _of_line(line: str) -> WrongTold:
    about, colon, text = line.partition(": ")
    if about == "not answering":
        return WrongTold(text.partition(",")[0], "silent", text)
    process, comma, kind = about.partition(", ")
    if process == SELF_TEST:
        return WrongTold(SELF_TEST, kind, text)
    return WrongTold(process, kind, text) if colon and comma else WrongTold("", "policy", line)


def _objects(raw: Mapping[str, object], key: str) -> Iterator[Mapping[str, object]]:
    found = raw.get(key)
    return (one for one in (found if isinstance(found, list) else [])[:_MOST] if isinstance(one, dict))


def _process(raw: Mapping[str, object]) -> ProcessTold:
    pid, restarts = raw.get("pid"), raw.get("restarts")
    return ProcessTold(
        str(raw.get("name") or "a process"),
        str(raw.get("state") or UP),
        pid if isinstance(pid, int) else None,
        _moment(raw.get("since")),
        restarts if isinstance(restarts, int) else 0,
    )


def _wrong(raw: Mapping[str, object]) -> WrongTold:
    return WrongTold(*(str(raw.get(key) or "") for key in ("process", "kind", "text", "do")))


def _moment(raw: object) -> datetime | None:
    """A moment as ISO 8601 or Unix seconds."""
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(raw, int | float):
            return datetime.fromtimestamp(raw, UTC)
        if isinstance(raw, str):
            read = datetime.fromisoformat(raw)
            return read if read.tzinfo is not None else None
    return None
