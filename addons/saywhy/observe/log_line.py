"""What the logs of one line of JSON for each event have in common: how a moment, a host and a line are written."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from saywhy.decide.access import Target
from saywhy.decide.decision import Decision
from saywhy.decide.searching import SEARCHED
from saywhy.policy.catalogue import SEALED, WITHHELD


class LogLine(Protocol):
    """What a log keeps: a moment (aware), and the line of it."""

    @property
    def at(self) -> datetime:
        """When it was."""

    def line(self) -> bytes:
        """It as one line, with its end."""


def moment_written(at: datetime) -> str:
    """An aware moment, in UTC and to the millisecond: "2026-11-24T10:00:00.000Z"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def address_written(target: Target, decision: Decision) -> tuple[str, str]:
    """The host and the path that are kept; there is no path of a connection that is not looked into.

    Of what is on a sealed list neither is: a list may hold a whole site, and its host is the address then. What was searched
    for is not kept where it counted.
    """
    if SEALED in decision.membership.categories:
        return WITHHELD, WITHHELD
    if target.url is None:
        return target.host, ""
    if any(one.entry == SEARCHED for one in decision.membership.because):
        return target.host, f"{target.url.path.rpartition('/')[0]}/"  # the words may be its last part
    return target.host, target.url.path


def as_line(fields: Mapping[str, object]) -> bytes:
    """Fields as one line: JSON in ASCII, whatever the client sent (RFC 8259 section 7 escapes the rest)."""
    return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"
