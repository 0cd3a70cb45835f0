"""Time zones as calendar files name them: by their own names, by those of Windows, with a path before them, or described."""

from collections.abc import Iterable
from datetime import tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from saywhy.policy.codes import Code
from saywhy.policy.reading.ical_lines import CalendarError, Component
from saywhy.policy.suggest import quoted


class Zones:
    """The zones of one file. Every file is for itself: what another one describes under a name counts for nothing here."""

    def __init__(self, calendars: Iterable[Component]) -> None:
        self._described = {
            _value(line.text): component
            for calendar in calendars
            for component in calendar.inner
            if component.name == "VTIMEZONE"
            for line in component.all("TZID")
        }
        self._found: dict[str, tzinfo] = {}

    def zone(self, name: str, number: int) -> tzinfo:
        """The zone that a property at this line names. Raises CalendarError."""
        if name not in self._found:
            self._found[name] = _by_name(name) or self._by_description(name, number)
        return self._found[name]

    def _by_description(self, name: str, number: int) -> tzinfo:
        component = self._described.get(name)
        if component is None:
            what = f"the time zone {quoted(name)} is not known, and the file does not describe it"
            raise CalendarError(number, what, "name it as in Europe/London", Code.BAD_TIME)
        for line in component.all("X-LIC-LOCATION"):
            named = _by_name(_value(line.text))
            if named is not None:
                return named
        try:
            made = Timezone.from_ical("\r\n".join(_written(component)))
            assert isinstance(made, Timezone)
            zone: tzinfo = made.to_tz(lookup_tzid=False)
        except Exception as error:  # noqa: BLE001 - whatever the description lacks, it is none
            what = f"the time zone {quoted(name)} is described in a way that cannot be read: {error}"
            raise CalendarError(component.number, what, "name it as in Europe/London", Code.BAD_TIME) from None
        return zone


def _written(component: Component) -> Iterable[str]:
    yield f"BEGIN:{component.name}"
    yield from (line.text for line in component.lines if not line.name.startswith("X-"))
    for inner in component.inner:
        yield from _written(inner)
    yield f"END:{component.name}"


def _value(text: str) -> str:
    return text.partition(":")[2].strip()


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _by_name(text: str) -> ZoneInfo | None:
    """`Europe/London`, `GMT Standard Time`, `/freeassociation.sourceforge.net/Europe/London`; None for what is none."""
    parts = text.strip().strip("/").split("/")
    for start in range(len(parts)):
        name = "/".join(parts[start:])
        known = _names().get(WINDOWS_TO_OLSON.get(name, name).casefold())
        if known is not None:
            return ZoneInfo(known)
    return None
