"""Calendar files as programs write them, and when their events are by a plain reading."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from saywhy.policy.calendar import Calendar
from saywhy.policy.reading.ical_file import CalendarFile, same_name

LONDON = ZoneInfo("Europe/London")


def file_of(*events: str, zones: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event.strip()}\nEND:VEVENT\n" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//school//EN\n{zones}{body}END:VCALENDAR\n".encode()


def when(content: bytes, *names: str) -> list[str]:
    """From when until when, as clocks in London show it."""
    calendar = Calendar("x", "x", CalendarFile(content, LONDON).edges(names))
    return [f"{_shown(start)} - {_shown(end)}" for start, end in calendar.stretches]


def _shown(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}"


WEEK_A = "SUMMARY:Week A\nDTSTART;VALUE=DATE:20270301\nDTEND;VALUE=DATE:20270306\nRRULE:FREQ=WEEKLY;INTERVAL=2"
OUTLOOK = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T010000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
LIBICAL = """BEGIN:VTIMEZONE
TZID:/example.test/1
X-LIC-LOCATION:Europe/Paris
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""

SHAPES = {
    "all day, DTEND is the day after": (
        ["SUMMARY:Half term\nDTSTART;VALUE=DATE:20261026\nDTEND;VALUE=DATE:20261031"],
        ["2026-10-26 00:00 - 2026-10-31 00:00"],
    ),
    "all day, no DTEND": (["DTSTART;VALUE=DATE:20261026"], ["2026-10-26 00:00 - 2026-10-27 00:00"]),
    "all day, DTEND is the same day": (
        ["DTSTART;VALUE=DATE:20261026\nDTEND;VALUE=DATE:20261026"],
        ["2026-10-26 00:00 - 2026-10-27 00:00"],
    ),
    "all day, DURATION": (["DTSTART;VALUE=DATE:20261026\nDURATION:P5D"], ["2026-10-26 00:00 - 2026-10-31 00:00"]),
    "all day, DURATION in weeks": (["DTSTART;VALUE=DATE:20261026\nDURATION:P1W"], ["2026-10-26 00:00 - 2026-11-02 00:00"]),
    "the word DATE is left out": (["DTSTART:20261026\nDTEND:20261027"], ["2026-10-26 00:00 - 2026-10-27 00:00"]),
    "days that follow one another are one stretch": (
        ["DTSTART;VALUE=DATE:20261026", "DTSTART;VALUE=DATE:20261027"],
        ["2026-10-26 00:00 - 2026-10-28 00:00"],
    ),
    "floating: the school's zone": (
        ["DTSTART:20260713T090000\nDTEND:20260713T120000"],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "UTC": (["DTSTART:20260713T080000Z\nDTEND:20260713T110000Z"], ["2026-07-13 09:00 - 2026-07-13 12:00"]),
    "another zone": (
        ["DTSTART;TZID=Europe/Paris:20260713T100000\nDTEND;TZID=Europe/Paris:20260713T130000"],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "a zone in quotes, and an end in another zone": (
        ['DTSTART;TZID="Europe/Paris":20260713T100000\nDTEND;TZID=Europe/London:20260713T120000'],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "a name of Windows": (
        ["DTSTART;TZID=GMT Standard Time:20260713T090000\nDTEND;TZID=GMT Standard Time:20260713T120000"],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "a path before the name": (
        ["DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20260713T090000\nDURATION:PT3H"],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "two parts of a path before the name": (
        ["DTSTART;TZID=/mozilla.org/20050126_1/Europe/London:20260713T090000\nDURATION:PT3H"],
        ["2026-07-13 09:00 - 2026-07-13 12:00"],
    ),
    "no end: no time at all": (["DTSTART:20260713T090000"], []),
    "over midnight": (
        ["DTSTART:20260713T220000\nDTEND:20260714T060000"],
        ["2026-07-13 22:00 - 2026-07-14 06:00"],
    ),
    "every second week, to a last day": (
        [f"{WEEK_A};UNTIL=20270329"],
        [
            "2027-03-01 00:00 - 2027-03-06 00:00",
            "2027-03-15 00:00 - 2027-03-20 00:00",
            "2027-03-29 00:00 - 2027-04-03 00:00",
        ],
    ),
    "every second week, to a moment in UTC that is that day at school": (
        [f"{WEEK_A};UNTIL=20270314T230000Z"],
        ["2027-03-01 00:00 - 2027-03-06 00:00"],
    ),
    "UNTIL in UTC is midnight of the day before by its date": (
        ["DTSTART;VALUE=DATE:20260622\nRRULE:FREQ=WEEKLY;UNTIL=20260628T230000Z"],
        ["2026-06-22 00:00 - 2026-06-23 00:00", "2026-06-29 00:00 - 2026-06-30 00:00"],
    ),
    "a last day of something with hours counts whole": (
        ["DTSTART;TZID=Europe/London:20270302T140000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20270309"],
        ["2027-03-02 14:00 - 2027-03-02 15:00", "2027-03-09 14:00 - 2027-03-09 15:00"],
    ),
    "UNTIL without a zone is in that of the event": (
        ["DTSTART;TZID=Europe/Paris:20260622T020000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260623T020000"],
        ["2026-06-22 01:00 - 2026-06-22 02:00", "2026-06-23 01:00 - 2026-06-23 02:00"],
    ),
    "COUNT": (
        ["DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"],
        ["2027-03-01 00:00 - 2027-03-02 00:00", "2027-03-03 00:00 - 2027-03-04 00:00"],
    ),
    "the first Friday of a month": (
        ["DTSTART;VALUE=DATE:20270305\nRRULE:FREQ=MONTHLY;BYDAY=1FR;COUNT=2"],
        ["2027-03-05 00:00 - 2027-03-06 00:00", "2027-04-02 00:00 - 2027-04-03 00:00"],
    ),
    "a semicolon too much, in small letters": (
        ["dtstart;value=date:20270301\nrrule:freq=daily;interval=2;count=2;"],
        ["2027-03-01 00:00 - 2027-03-02 00:00", "2027-03-03 00:00 - 2027-03-04 00:00"],
    ),
    "RDATE": (
        ["DTSTART;VALUE=DATE:20261026\nRDATE;VALUE=DATE:20261102,20261109\nRDATE;VALUE=DATE:20261116"],
        [f"2026-{day} 00:00 - 2026-{after} 00:00" for day, after in
         (("10-26", "10-27"), ("11-02", "11-03"), ("11-09", "11-10"), ("11-16", "11-17"))],
    ),
    "RDATE as periods": (
        ["DTSTART:20260713T080000Z\nDTEND:20260713T110000Z\nRDATE;VALUE=PERIOD:20260714T080000Z/PT1H,20260715T080000Z/20260715T093000Z"],
        ["2026-07-13 09:00 - 2026-07-13 12:00", "2026-07-14 09:00 - 2026-07-14 10:00", "2026-07-15 09:00 - 2026-07-15 10:30"],
    ),
    "EXDATE as a day": (
        ["DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20270308"],
        ["2027-03-01 00:00 - 2027-03-02 00:00", "2027-03-15 00:00 - 2027-03-16 00:00"],
    ),
    "EXDATE as a day, of something with hours": (
        ["DTSTART:20270301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;VALUE=DATE:20270308"],
        ["2027-03-01 09:00 - 2027-03-01 10:00"],
    ),
    "EXDATE as a moment in UTC, of something in a zone": (
        ["DTSTART;TZID=Europe/London:20260706T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE:20260713T080000Z"],
        ["2026-07-06 09:00 - 2026-07-06 10:00"],
    ),
    "EXDATE as a moment, of whole days": (
        ["DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE:20270308T000000"],
        ["2027-03-01 00:00 - 2027-03-02 00:00"],
    ),
    "EXDATE of the first": (
        ["DTSTART;VALUE=DATE:20270301\nRRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;VALUE=DATE:20270301"],
        ["2027-03-08 00:00 - 2027-03-09 00:00"],
    ),
    "one of them moved": (
        [
            "SUMMARY:Week A\nDTSTART;VALUE=DATE:20270301\nRRULE:FREQ=WEEKLY;COUNT=2",
            "SUMMARY:Week A\nUID:0\nRECURRENCE-ID;VALUE=DATE:20270308\nDTSTART;VALUE=DATE:20270310",
        ],
        ["2027-03-01 00:00 - 2027-03-02 00:00", "2027-03-10 00:00 - 2027-03-11 00:00"],
    ),
    "one of them cancelled": (
        [
            "DTSTART:20270301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2",
            "UID:0\nRECURRENCE-ID:20270308T090000\nDTSTART:20270308T090000\nDURATION:PT1H\nSTATUS:CANCELLED",
        ],
        ["2027-03-01 09:00 - 2027-03-01 10:00"],
    ),
    "RECURRENCE-ID is in UTC": (
        [
            "DTSTART;TZID=Europe/London:20260706T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2",
            "UID:0\nRECURRENCE-ID:20260713T080000Z\nDTSTART;TZID=Europe/London:20260713T140000\nDURATION:PT1H",
        ],
        ["2026-07-06 09:00 - 2026-07-06 10:00", "2026-07-13 14:00 - 2026-07-13 15:00"],
    ),
    "this and all that follow": (
        [
            "DTSTART:20270301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3",
            "UID:0\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270308T090000\nDTSTART:20270308T100000\nDURATION:PT1H",
        ],
        [f"2027-03-{day} {hour}:00 - 2027-03-{day} {hour + 1}:00".replace(" 9:", " 09:")
         for day, hour in (("01", 9), ("08", 10), ("15", 10))],
    ),
    "all of it cancelled": (["DTSTART;VALUE=DATE:20270301\nSTATUS:CANCELLED"], []),
    "over the change of clocks, by what clocks show": (
        ["DTSTART;TZID=Europe/London:20261024T220000\nDTEND;TZID=Europe/London:20261025T060000"],
        ["2026-10-24 22:00 - 2026-10-25 06:00"],
    ),
    "over the change of clocks, for eight hours": (
        ["DTSTART;TZID=Europe/London:20261024T220000\nDURATION:PT8H"],
        ["2026-10-24 22:00 - 2026-10-25 05:00"],
    ),
    "at the same hour before and after the change of clocks": (
        ["DTSTART;TZID=Europe/London:20261020T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"],
        ["2026-10-20 09:00 - 2026-10-20 10:00", "2026-10-27 09:00 - 2026-10-27 10:00"],
    ),
    "in UTC, so an hour later in winter": (
        ["DTSTART:20261020T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"],
        ["2026-10-20 09:00 - 2026-10-20 10:00", "2026-10-27 08:00 - 2026-10-27 09:00"],
    ),
    "what programs add": (
        [
            ("SUMMARY;LANGUAGE=en-gb:INSET\nDTSTAMP:20260101T000000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nX-ALT-DESC;FMTTYPE=text/html:<p>a: b</p>\n"
            'ATTENDEE;CN="Head: of; school";ROLE=CHAIR:mailto:head@school.test\nDTSTART;VALUE=DATE:20261026\nSEQUENCE:0\nTRANSP:TRANSPARENT')
        ],
        ["2026-10-26 00:00 - 2026-10-27 00:00"],
    ),
    "an alarm within": (
        ["DTSTART;VALUE=DATE:20261026\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:PT5M\nACTION:DISPLAY\nEND:VALARM"],
        ["2026-10-26 00:00 - 2026-10-27 00:00"],
    ),
    "before all that is looked at, and after": (["DTSTART;VALUE=DATE:20190101", "DTSTART;VALUE=DATE:20500101"], []),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_an_event_is_when_a_plain_reading_of_it_says(shape: str) -> None:
    events, expected = SHAPES[shape]
    content = file_of(*events)
    if "\nUID:0\n" in f"\n{events[-1]}\n" or events[-1].startswith("UID:0"):
        content = content.replace(b"UID:1\n", b"")
    assert when(content) == expected


def test_there_are_many_shapes() -> None:
    assert len(SHAPES) >= 40


@pytest.mark.parametrize(
    ("zones", "name"), [(OUTLOOK, "Customized Time Zone"), (LIBICAL.replace("Paris", "London"), "/example.test/1")]
)
def test_a_zone_may_be_described_in_the_file(zones: str, name: str) -> None:
    event = f"DTSTART;TZID={name}:20261020T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
    assert when(file_of(event, zones=zones)) == [
        "2026-10-20 09:00 - 2026-10-20 10:00",
        "2026-10-27 09:00 - 2026-10-27 10:00",
    ]


def test_what_one_file_calls_a_zone_is_nothing_to_another() -> None:
    event = "DTSTART;TZID=/example.test/1:20260713T090000\nDURATION:PT1H"
    assert when(file_of(event, zones=LIBICAL)) == ["2026-07-13 08:00 - 2026-07-13 09:00"]
    assert when(file_of(event, zones=LIBICAL.replace("Paris", "London"))) == ["2026-07-13 09:00 - 2026-07-13 10:00"]


PLAIN = file_of("SUMMARY:Half term holiday\\, autumn\nDTSTART;VALUE=DATE:20261026")


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"term holiday", b"te\n rm hol\n\tiday"),
        PLAIN.replace(b"term holiday", b"te\r\n rm holiday"),
        PLAIN.replace(b"SUMMARY", b"summary").replace(b"BEGIN:VEVENT", b"begin:vevent").replace(b"END:V", b"end:V"),
        PLAIN + b"\n\n",
        PLAIN.replace(b"BEGIN:VEVENT", b"BEGIN:VTODO\nUID:t\nDUE:20270101\nEND:VTODO\nBEGIN:VEVENT"),
        PLAIN.replace(b"BEGIN:VEVENT", b"BEGIN:VJOURNAL\nDTSTART:20270101\nEND:VJOURNAL\nBEGIN:VEVENT"),
        PLAIN + file_of("SUMMARY:Another\nDTSTART;VALUE=DATE:20270101"),
        file_of("SUMMARY:Another\nDTSTART;VALUE=DATE:20270101") + PLAIN,
        PLAIN.replace(b"UID:0\n", b""),
    ],
)
def test_lines_end_and_fold_as_they_like(content: bytes) -> None:
    assert when(content, "half term holiday, autumn") == ["2026-10-26 00:00 - 2026-10-27 00:00"]


def test_events_without_a_uid_and_those_that_share_one_all_count() -> None:
    days = [f"DTSTART;VALUE=DATE:202610{day}" for day in ("05", "12", "19")]
    apart = [f"2026-10-{day:02} 00:00 - 2026-10-{day + 1:02} 00:00" for day in (5, 12, 19)]
    for uid in (b"", b"UID:same\n"):
        content = file_of(*days)
        for number in range(3):
            content = content.replace(f"UID:{number}\n".encode(), uid)
        assert when(content) == apart


def test_of_two_versions_the_later_counts() -> None:
    old, new = "SEQUENCE:1\nDTSTART;VALUE=DATE:20261005", "SEQUENCE:2\nDTSTART;VALUE=DATE:20261012"
    content = file_of(old, new).replace(b"UID:1\n", b"UID:0\n")
    assert when(content) == ["2026-10-12 00:00 - 2026-10-13 00:00"]


def test_one_of_a_series_that_has_another_name_is_another_event() -> None:
    content = file_of(
        "SUMMARY:Week A\nDTSTART;VALUE=DATE:20270301\nRRULE:FREQ=WEEKLY;COUNT=2",
        "SUMMARY:Trips\nRECURRENCE-ID;VALUE=DATE:20270308\nDTSTART;VALUE=DATE:20270308",
    ).replace(b"UID:1\n", b"UID:0\n")
    assert when(content, "Week A") == ["2027-03-01 00:00 - 2027-03-02 00:00"]
    assert when(content, "Trips") == ["2027-03-08 00:00 - 2027-03-09 00:00"]
    assert len(when(content)) == 2


def test_a_series_without_an_end_goes_on_for_all_years_that_are_looked_at() -> None:
    edges = CalendarFile(file_of(WEEK_A), LONDON).edges(())
    assert len(edges) == 2 * 596
    assert datetime.fromtimestamp(edges[-1], UTC).year == 2049


def test_events_that_nobody_asks_for_may_be_as_they_are() -> None:
    content = file_of("SUMMARY:INSET\nDTSTART;VALUE=DATE:20261026", "SUMMARY:Meeting\nDTSTART;TZID=Nowhere:what")
    assert len(when(content, "INSET")) == 1


@pytest.mark.parametrize(
    ("pattern", "name", "same"),
    [
        ("INSET day", "INSET day", True),
        ("inset  DAY ", " Inset day", True),
        ("INSET day", "INSET day 2", False),
        ("INSET day*", "INSET day 2", True),
        ("INSET day*", "INSET day", True),
        ("*holiday", "Christmas Holiday", True),
        ("*holiday", "Christmas holidays", False),
        ("*half*term*", "Autumn half-term break", True),
        ("a*a", "a", False),
        ("*a*a*", "a", False),
        ("Week A", "Week B", False),
        ("*", "", True),
        ("Week (A)", "Week A", False),
    ],
)
def test_names_of_events_are_compared_as_people_do(pattern: str, name: str, same: bool) -> None:
    assert same_name(pattern, name) is same
