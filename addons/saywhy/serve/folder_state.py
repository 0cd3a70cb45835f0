"""What the policy's folder was like when it was last read: good, or with which problems and since when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Self

from saywhy.policy.changes.shrinking import SHRUNK
from saywhy.policy.problem import Problem, Severity

_MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class FolderState:
    """`content` stands for what was read; for a policy that loads it is its revision.

    `since` is when the folder stopped being good (aware), None while it is. `confirmable`: the only problem is that the
    policy has lost much, or its end, and `saywhy accept` says that this is meant. `what` is the change that waits for it.
    """

    folder: str = ""
    content: str = ""
    since: datetime | None = None
    problems: tuple[Problem, ...] = ()
    confirmable: bool = False
    what: str = ""

    def as_json(self) -> dict[str, object]:
        """The state as JSON keeps it."""
        return asdict(self) | {
            "since": None if self.since is None else self.since.isoformat(timespec="seconds"),
            "problems": [asdict(problem) for problem in self.problems[:_MOST_KEPT]],
        }

    @classmethod
    def read(cls, raw: Mapping[str, object] | None) -> Self:
        """What `as_json` wrote; an empty one where it is missing or damaged."""
        if raw is None:
            return cls()
        try:
            since, problems = raw["since"], raw["problems"]
            assert isinstance(problems, list)
            return cls(
                str(raw["folder"]),
                str(raw["content"]),
                None if since is None else datetime.fromisoformat(str(since)),
                tuple(Problem(**{**one, "severity": Severity(one["severity"])}) for one in problems),
                raw["confirmable"] is True,
                str(raw["what"]),
            )
        except (AssertionError, KeyError, TypeError, ValueError):
            return cls()


def content_of(revision: str, problems: tuple[Problem, ...]) -> str:
    """What stands for the content of a folder: its revision or, where it has problems of its own, a digest of both."""
    own = [str(problem) for problem in problems if problem.code != SHRUNK]
    return sha256("\n".join([revision, *own]).encode("utf-8", "replace")).hexdigest()[:12] if own else revision
