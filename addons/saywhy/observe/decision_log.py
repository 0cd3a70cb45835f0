"""The decision log: one line of JSON for each decision, kept for as long as policy says.

What is kept, and why. England's filtering and monitoring standards (DfE; KCSIE 141 and following) ask that a school can
see which device, address and, where possible, person asked for what, when, and what came out. So a line has the time,
the place and its groups, the device's address, the method and the address asked for, and what decided. Data protection
law (UK GDPR article 5(1)(c); ICO) asks for the least: so there is no query, no fragment, no user name or password from
a URL, no header and no content (but for the host of the page that asked, where it is another: it tells what a page needs), long paths are cut, the file is the owner's alone, and old files are deleted.

How it is kept: `daily_log`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from saywhy.decide.access import Access
from saywhy.decide.decision import Decision
from saywhy.decide.inspection import Way
from saywhy.observe.log_line import address_written, as_line, moment_written
from saywhy.policy.address import Url
from saywhy.policy.catalogue import WITHHELD
from saywhy.policy.rule import Effect
from saywhy.policy.uses import named

LONGEST_SEGMENT: Final = 500
LONGEST_PATH: Final = 4_000
_LONGEST_METHOD: Final = 32
_ENCRYPTED: Final = frozenset({"https", "wss"})
PLAIN: Final = "plain"


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision as it is written down. `path` is without query; `at` is aware."""

    at: datetime
    groups: tuple[str, ...]
    place: str | None
    device: str | None
    method: str
    scheme: str
    host: str
    port: int
    path: str
    effect: str
    reason: str
    rule: str | None
    grant: str | None
    categories: tuple[str, ...]
    apps: tuple[str, ...]
    reference: str | None
    revision: str
    microseconds: int
    uses: tuple[str, ...] = ()  # what was done, where rules ask for it: "posting", "file:programs"
    cared: bool = False  # a page that cares was shown
    way: str = ""  # what becomes of its connection, as metrics say it: relay, inspect, plain, refuse
    page: str = ""  # the host of the page that asked for it, where the client said one, and it is another

    @classmethod
    def of(  # noqa: PLR0913 — what a line has that no decision tells
        cls,
        method: str,
        access: Access,
        decision: Decision,
        *,
        took: float,
        reference: str | None = None,
        fault: str | None = None,
        uses: bool = False,
        page: str = "",
        cared: bool = False,
    ) -> Self:
        """The record of a decision that took so many seconds; of a connection that is not looked into there is no path.

        A `fault` stands in the place of the decision's effect and reason: policy allowed it, and it was refused for that.
        `uses`: rules ask what is done.
        """
        target, subject, url = access.target, access.subject, access.target.url
        host, path = address_written(target, decision)
        return cls(
            at=access.at,
            groups=subject.named_groups,
            place=subject.place,
            device=subject.device_address,
            method=method,
            scheme="https" if url is None else url.scheme,
            host=host,
            port=target.port,
            path=path,
            effect=decision.effect if fault is None else Effect.BLOCK,
            reason=decision.reason if fault is None else fault,
            rule=None if decision.rule is None else decision.rule.id,
            grant=None if decision.grant is None else decision.grant.id,
            categories=tuple(sorted(decision.membership.categories)),
            apps=tuple(sorted(decision.membership.apps)),
            reference=reference,
            revision=decision.revision,
            microseconds=round(took * 1e6),
            uses=tuple(sorted(map(named, target.use.certain))) if uses and url is not None else (),
            cared=cared,
            way=_way(url, allowed=decision.allowed and fault is None),
            page="" if host == WITHHELD or page == target.host else page,
        )

    def line(self) -> bytes:
        """The record as one line."""
        fields = {
            "time": moment_written(self.at),
            "groups": self.groups,
            "place": self.place,
            "device": self.device,
            "way": self.way,
            "method": self.method[:_LONGEST_METHOD],
            "scheme": self.scheme,
            "host": self.host,
            "port": self.port,
            "path": shortened(self.path),
            "effect": self.effect,
            "reason": self.reason,
            "rule": self.rule,
            "grant": self.grant,
            "categories": self.categories,
            "apps": self.apps,
            "reference": self.reference,
            "revision": self.revision,
            "microseconds": self.microseconds,
        }
        if self.uses:
            fields["uses"] = self.uses
        if self.cared:
            fields["care"] = True
        if self.page:
            fields["page"] = self.page
        return as_line(fields)


def _way(url: Url | None, *, allowed: bool) -> str:
    """A request was seen, inside TLS or without; or a connection was to be passed on unseen."""
    if url is None:
        return Way.RELAY if allowed else Way.REFUSE
    return Way.INSPECT if url.scheme in _ENCRYPTED else PLAIN


def shortened(path: str) -> str:
    """The path without anything from `?` or `#` on, each segment and the whole cut to a length worth reading."""
    bare = path.partition("?")[0].partition("#")[0]
    whole = "/".join(cut(segment, LONGEST_SEGMENT) for segment in bare[: LONGEST_PATH + 1].split("/"))
    return cut(whole, LONGEST_PATH)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else f"{text[:longest]}…"
