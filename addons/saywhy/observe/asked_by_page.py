"""What the decision log tells of a site's pages and of permits: the hosts that pages asked for, and when a permit was used last."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from saywhy.observe.day_files import log_files
from saywhy.observe.log_search import lines_with

_MOST_LINES: Final = 5_000
_MOST_FILES: Final = 3
_USED: Final = re.compile(rb'^\{"time":"([^"]{1,40})".*"grant":"([^"]{1,64})"')


def hosts_asked_by(log: Path, page: str, most: int) -> tuple[str, ...]:
    """The hosts that pages of a host asked for in the last days, the most asked first. Raises OSError."""
    needle = f'"page":{json.dumps(page)}'.encode("ascii")
    counted: Counter[str] = Counter()
    for file in log_files(log)[:_MOST_FILES]:
        for line in islice(lines_with(file.path, needle), _MOST_LINES):
            try:
                host = json.loads(line)["host"]
            except (ValueError, KeyError, TypeError):
                continue
            if isinstance(host, str):
                counted[host] += 1
    return tuple(host for host, _ in counted.most_common(most))


class PermitsUsed:
    """When each permit was used last. Files of days that are over are read once."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._known: dict[tuple[Path, int], Mapping[str, datetime]] = {}

    def since(self, first: date) -> Mapping[str, datetime]:
        """The last use by a permit's id, from a day (UTC) on. Raises OSError."""
        last: dict[str, datetime] = {}
        read: dict[tuple[Path, int], Mapping[str, datetime]] = {}
        for file in log_files(self._log):
            if file.day >= first:
                key = file.path, file.path.stat().st_size
                read[key] = found = self._known.get(key) or _used_in(file.path)
                for grant, at in found.items():
                    last[grant] = max(at, last.get(grant, at))
        self._known = read
        return last


def _used_in(path: Path) -> dict[str, datetime]:
    last: dict[str, datetime] = {}
    for line in lines_with(path, b'"grant":"'):
        found = _USED.match(line)
        if found is not None:
            try:
                at = datetime.fromisoformat(found[1].decode())
            except ValueError:
                continue
            grant = found[2].decode()
            last[grant] = max(at, last.get(grant, at))
    return last
