"""What the logs have of handshakes: those that clients ended, and where the devices concerned were looked into."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

from saywhy.observe.handshake_log import HandshakeRecord
from saywhy.observe.handshake_report import Inspected
from saywhy.observe.log_search import lines_since

type CutShort = Callable[[Path, Exception], None]
"""Told of a file that could not be read to its end; what was read before counts."""


def handshakes_since(path: Path, first: date, cut_short: CutShort) -> tuple[list[HandshakeRecord], int]:
    """The records of a log of handshakes from a day (UTC) on, and how many lines could not be read."""
    found: list[HandshakeRecord] = []
    unreadable = 0
    for line in lines_since(path, first, cut_short):
        try:
            found.append(HandshakeRecord.from_json(json.loads(line)))
        except ValueError:
            unreadable += 1
    return found, unreadable


def inspected_since(path: Path, first: date, records: Collection[HandshakeRecord], cut_short: CutShort) -> Inspected:
    """What a decision log has of requests inside TLS, from a day (UTC) on: of the devices and at the hosts of these records.

    Lines are cut where their fields begin, which is ten times as fast as reading their JSON; a field's name in quotes
    stands in no text of another, where quotes are escaped.
    """
    devices = {json.dumps(one.device).encode(): one.device for one in records if one.device is not None}
    hosts = {json.dumps(one.host).encode(): one.host for one in records}
    seen: set[str] = set()
    at: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines_since(path, first, cut_short) if devices else ():
        if b'"scheme":"https"' in line and b'"path":"/' in line and b'"method":"CONNECT"' not in line:
            device, host = _value(line, b'"device":'), _value(line, b'"host":')
            if device in devices:
                seen.add(devices[device])
            if host in hosts and device != b"null":
                at[hosts[host]].add(device.decode("ascii", "replace").strip('"'))
    return Inspected(seen, at)


def _value(line: bytes, name: bytes) -> bytes:
    return line.partition(name)[2].partition(b",")[0]
