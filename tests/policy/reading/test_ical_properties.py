"""A moment is in a calendar if and only if a plain reading of its events says so, over two years with their changes of clocks.

The reading is written here once more and without any library of calendars: day by day, by what clocks at the school show.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from saywhy.policy.calendar import Calendar
from saywhy.policy.reading.ical_file import CalendarFile

FIRST = date(2026, 1, 1)
DAYS = 730
DAY = timedelta(days=1)
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = {name: ZoneInfo(name) for name in ("Europe/London", "Europe/Warsaw", "America/New_York", "UTC")}


@dataclass(frozen=True)
class Plan:
    """An event as a person plans it: a first day, hours or whole days, and on which days it comes again."""

    first: date
    lasts: int  # whole days, or hours where `clock` is given
    clock: time | None
    zone: str
    every: int  # 0: once; days between two
    weekly: frozenset[int]  # every `every`th week on these days; empty: every `every` days
    until: date | None
    count: int | None
    left_out: frozenset[int]  # positions among its days
    also: tuple[date, ...]
    moved: tuple[int, int] | None  # one of its days (a position), and by how many days it moved
    cancelled: int | None

    def days(self) -> list[date]:
        """The days that the rule means, before any is left out or moved."""
        if not self.every:
            return [self.first]
        monday = self.first - self.first.weekday() * DAY
        found: list[date] = []
        for number in range(DAYS + 400):
            day = self.first + number * DAY
            if self.weekly:
                meant = day.weekday() in self.weekly and (day - monday).days // 7 % self.every == 0
            else:
                meant = number % self.every == 0
            if (self.until is not None and day > self.until) or (self.count is not None and len(found) == self.count):
                break
            if meant:
                found.append(day)
        return found

    def happens(self) -> list[date]:
        """The days on which it begins after all."""
        planned = self.days()
        out = {planned[one] for one in self.left_out if one < len(planned)}
        instead: dict[date, date | None] = {}
        if self.moved is not None and self.moved[0] < len(planned):
            instead[planned[self.moved[0]]] = planned[self.moved[0]] + self.moved[1] * DAY
        if self.cancelled is not None and self.cancelled < len(planned):
            instead[planned[self.cancelled]] = None
        kept = [instead.get(day, day) for day in {*planned, *self.also} if day not in out]
        return [day for day in kept if day is not None]

    def stretches(self, school: ZoneInfo) -> list[tuple[datetime, datetime]]:
        """From when until when (UTC) it happens, by what clocks show."""
        if self.clock is None:
            found = [
                (datetime.combine(day, time()), datetime.combine(day + self.lasts * DAY, time()))
                for day in self.happens()
            ]
            zone = school
        else:
            starts = [datetime.combine(day, self.clock) for day in self.happens()]
            found = [(start, start + timedelta(hours=self.lasts)) for start in starts]
            zone = ZONES[self.zone] if self.zone else school
        return [
            (start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC))
            for start, end in found
        ]

    def lines(self, uid: int) -> list[str]:
        """The same as a calendar program writes it."""
        event = [f"UID:{uid}", "SUMMARY:planned", *self._begins(self.first)]
        if self.every:
            rule = f"RRULE:FREQ={'WEEKLY' if self.weekly else 'DAILY'};INTERVAL={self.every}"
            rule += f";BYDAY={','.join(NAMES[day] for day in sorted(self.weekly))}" if self.weekly else ""
            rule += f";COUNT={self.count}" if self.count is not None else ""
            rule += f";UNTIL={self.until:%Y%m%d}" if self.until is not None else ""
            event.append(rule)
        planned = self.days()
        event += [f"EXDATE{self._at(planned[one])}" for one in sorted(self.left_out) if one < len(planned)]
        event += [f"RDATE{self._at(day)}" for day in self.also]
        instead = []
        if self.moved is not None and self.moved[0] < len(planned):
            day = planned[self.moved[0]]
            instead.append([f"RECURRENCE-ID{self._at(day)}", *self._begins(day + self.moved[1] * DAY)])
        if self.cancelled is not None and self.cancelled < len(planned):
            day = planned[self.cancelled]
            instead.append([f"RECURRENCE-ID{self._at(day)}", *self._begins(day), "STATUS:CANCELLED"])
        written = ["BEGIN:VEVENT", *event, "END:VEVENT"]
        for one in instead:
            written += ["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:planned", *one, "END:VEVENT"]
        return written

    def _begins(self, day: date) -> list[str]:
        if self.clock is None:
            return [f"DTSTART{self._at(day)}", f"DTEND{self._at(day + self.lasts * DAY)}"]
        end = datetime.combine(day, self.clock) + timedelta(hours=self.lasts)
        return [f"DTSTART{self._at(day)}", f"DTEND{self._at(end.date(), end.time())}"]

    def _at(self, day: date, clock: time | None = None) -> str:
        clock = clock or self.clock
        if clock is None:
            return f";VALUE=DATE:{day:%Y%m%d}"
        written = f"{day:%Y%m%d}T{clock:%H%M%S}"
        if self.zone == "UTC":
            return f":{written}Z"
        return f";TZID={self.zone}:{written}" if self.zone else f":{written}"


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    first = FIRST + draw(st.integers(0, DAYS - 1)) * DAY
    clock = draw(st.none() | st.sampled_from([time(9), time(4), time(12, 30), time(22), time(0)]))
    every = draw(st.sampled_from([0, 1, 2, 3]))
    weekly = draw(st.frozensets(st.integers(0, 6), max_size=3)) if every else frozenset()
    weekly = weekly | {first.weekday()} if weekly else weekly
    ends = draw(st.sampled_from(["never", *["until", "count"] * 4])) if every else "never"
    left_out = draw(st.frozensets(st.integers(0, 12), max_size=2)) if every else frozenset[int]()
    free = [one for one in range(12) if one not in left_out]
    moved = draw(st.none() | st.tuples(st.sampled_from(free[::2]), st.integers(-3, 20))) if every else None
    return Plan(
        first=first,
        lasts=draw(st.integers(1, 10)),
        clock=clock,
        zone=draw(st.sampled_from(["", "", *ZONES])),
        every=every,
        weekly=weekly,
        until=first + draw(st.integers(0, 300)) * DAY if ends == "until" else None,
        count=draw(st.integers(1, 60)) if ends == "count" else None,
        left_out=left_out,
        also=tuple(draw(st.lists(st.integers(0, 400).map(lambda n: first + n * DAY), max_size=2, unique=True)))
        if not (left_out or moved)
        else (),
        moved=moved,
        cancelled=draw(st.none() | st.sampled_from(free[1::2])) if every else None,
    )


moments = st.one_of(
    st.integers(0, DAYS * 24 * 60 - 1).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    # about the hours at which clocks are set, in Europe and America
    st.builds(
        lambda day, minutes: datetime.combine(day, time(), UTC) + timedelta(minutes=minutes),
        st.sampled_from(
            [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2027, 3, 28)]
        ),
        st.integers(-24 * 60, 48 * 60),
    ),
)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(plans(), min_size=1, max_size=3), st.sampled_from([*ZONES]), st.lists(moments, min_size=20, max_size=20)
)
def test_a_moment_is_in_a_calendar_if_and_only_if_a_plain_reading_says_so(
    planned: list[Plan], zone: str, at: list[datetime]
) -> None:
    school = ZONES[zone]
    lines = [line for number, plan in enumerate(planned) for line in plan.lines(number)]
    content = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]).encode()
    calendar = Calendar("x", "x", CalendarFile(content, school).edges(("planned",)))
    stretches = [one for plan in planned for one in plan.stretches(school)]
    # where events begin and end as well, by either reading, since that is where mistakes are
    edges = [*map(datetime.timestamp, (edge for stretch in stretches for edge in stretch)), *calendar.edges]
    near = [datetime.fromtimestamp(edge + shift, UTC) for edge in (*edges[:60], *edges[-60:]) for shift in (-1, 0)]
    last = datetime(2027, 12, 31, tzinfo=UTC)
    for one in (*at, *near):
        if one < last:
            assert calendar.covers(one) is any(start <= one < end for start, end in stretches), one


@settings(max_examples=60, deadline=None)
@given(plans(), st.sampled_from([*ZONES]))
def test_a_calendar_is_never_longer_than_its_events_and_never_shorter(plan: Plan, zone: str) -> None:
    content = "\n".join(["BEGIN:VCALENDAR", *plan.lines(0), "END:VCALENDAR"]).encode()
    calendar = Calendar("x", "x", CalendarFile(content, ZONES[zone]).edges(()))
    assert bool(calendar.edges) is bool(plan.happens())
    assert all(start < end for start, end in calendar.stretches)
