"""Calendars in a policy: from the YAML and the file to times that hold, or to problems that say where and what to do."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from saywhy.policy.calendar import Unheld
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.calendars import MOST_CALENDAR_BYTES
from saywhy.policy.reading.load import load_policy

LONDON = ZoneInfo("Europe/London")
HALF_TERM = "SUMMARY:Half term\nDTSTART;VALUE=DATE:20261026\nDTEND;VALUE=DATE:20261031"
INSET = "SUMMARY:INSET day 1\nDTSTART;VALUE=DATE:20261102"

type Write = Callable[..., None]


def file_of(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n"


@pytest.fixture
def write(school: Path) -> Write:
    """Write a file of calendars, and the calendar file beside it."""

    def write(yaml: str, ics: str | bytes | None = None) -> None:
        (school / "calendars.yaml").write_text(yaml, encoding="utf-8")
        (school / "calendars").mkdir(exist_ok=True)
        if ics is not None:
            content = ics if isinstance(ics, bytes) else ics.encode()
            (school / "calendars" / "school.ics").write_bytes(content)

    return write


def problems(school: Path) -> list[str]:
    with pytest.raises(PolicyError) as raised:
        load_policy(school)
    return [f"{one} [{one.code}]" for one in raised.value.problems]


HOLIDAYS = 'calendars:\n  holidays: {file: calendars/school.ics, events: ["Half term"]}\n'


def test_a_calendar_is_a_time_by_its_own_name_and_others_name_it(school: Path, write: Write) -> None:
    write(
        HOLIDAYS
        + '  inset: {file: calendars/school.ics, events: ["INSET day*"], label: INSET days}\n'
        + "times:\n"
        + "  term-lessons: {spans: [{days: mon-fri, from: 09:15, until: 15:30}], except: [holidays, inset]}\n"
        + "  holiday-mornings: {spans: [{days: every day, from: 06:00, until: 12:00}], only: [holidays]}\n"
        + "  no-school: {only: [holidays, inset]}\n",
        file_of(HALF_TERM, INSET),
    )
    policy = load_policy(school)
    assert policy.calendars["inset"].label == "INSET days"
    days = {day: datetime(2026, *day, 10, tzinfo=LONDON) for day in ((10, 23), (10, 26), (10, 31), (11, 2))}
    names = ("holidays", "inset", "term-lessons", "holiday-mornings", "no-school")
    assert {day: [name for name in names if policy.times[name].cover(at)] for day, at in days.items()} == {
        (10, 23): ["term-lessons"],
        (10, 26): ["holidays", "holiday-mornings", "no-school"],
        (10, 31): [],
        (11, 2): ["inset", "no-school"],
    }
    times = policy.times["holiday-mornings"]
    assert times.end_at(days[10, 26]) == days[10, 26].replace(hour=12)
    assert times.end_at(days[10, 23]) is None


def test_a_calendar_without_names_has_all_events_of_its_file(school: Path, write: Write) -> None:
    write("calendars:\n  closed: {file: calendars/school.ics}\n", file_of(HALF_TERM, INSET))
    assert len(load_policy(school).calendars["closed"].stretches) == 2


CANCELLED = HALF_TERM + "\nSTATUS:CANCELLED"
AT_NO_MOMENT = {
    "cancelled": ([CANCELLED], [Unheld.CANCELLED]),
    "cancelled each time": ([f"{CANCELLED}\nRRULE:FREQ=YEARLY"], [Unheld.CANCELLED]),
    "before these years": ([HALF_TERM.replace("2026", "2019")], [Unheld.OUTSIDE]),
    "after these years": ([HALF_TERM.replace("2026", "2050")], [Unheld.OUTSIDE]),
    "over before these years": (
        [HALF_TERM.replace("2026", "2010") + "\nRRULE:FREQ=YEARLY;COUNT=3"],
        [Unheld.OUTSIDE],
    ),
    "no end": (["SUMMARY:Half term\nDTSTART:20261026T090000"], [Unheld.NO_LENGTH]),
    "an end that is the beginning": (
        ["SUMMARY:Half term\nDTSTART:20261026T090000\nDTEND:20261026T090000\nRRULE:FREQ=WEEKLY;COUNT=4"],
        [Unheld.NO_LENGTH],
    ),
    "no minutes": (["SUMMARY:Half term\nDTSTART:20261026T090000\nDURATION:PT0M"], [Unheld.NO_LENGTH]),
    "left out": ([f"{HALF_TERM}\nRRULE:FREQ=YEARLY;COUNT=1\nEXDATE;VALUE=DATE:20261026"], [Unheld.LEFT_OUT]),
    "each for its own reason": (
        [HALF_TERM.replace("2026", "2019"), CANCELLED, INSET],
        [Unheld.CANCELLED, Unheld.OUTSIDE],
    ),
    "not all": ([CANCELLED, HALF_TERM], []),
}


@pytest.mark.parametrize("case", AT_NO_MOMENT)
def test_a_calendar_that_is_at_no_moment_knows_why(case: str, school: Path, write: Write) -> None:
    events, why = AT_NO_MOMENT[case]
    write(HOLIDAYS, file_of(*events))
    calendar = load_policy(school).calendars["holidays"]
    assert bool(calendar.edges) is not bool(why)
    assert [*calendar.unheld] == why


def test_the_revision_is_of_the_calendar_file_as_well(school: Path, write: Write) -> None:
    write(HOLIDAYS, file_of(HALF_TERM))
    before = load_policy(school).revision
    write(HOLIDAYS, file_of(HALF_TERM.replace("20261031", "20261030")))
    assert load_policy(school).revision != before


YAML = {
    "no such file": (
        "calendars:\n  terms: {file: calendars/schol.ics}",
        (
            "school/calendars.yaml:2:17: calendar 'calendars/schol.ics': there is no such file; "
            "did you mean 'calendars/school.ics'? [bad-calendar-file]"
        ),
    ),
    "another kind of file": (
        "calendars:\n  terms: {file: calendars/school.xlsx}",
        (
            "school/calendars.yaml:2:17: 'calendars/school.xlsx' is no calendar file: its name does not end in .ics; "
            "export the calendar as iCalendar (.ics) into the policy's folder [bad-calendar-file]"
        ),
    ),
    "outside": (
        "calendars:\n  terms: {file: ../school.ics}",
        (
            "school/calendars.yaml:2:17: calendar '../school.ics': it lies outside the policy folder; "
            "copy it into the folder and write its name there [bad-calendar-file]"
        ),
    ),
    "no such event": (
        'calendars:\n  holidays:\n    file: calendars/school.ics\n    events: ["Half tern"]',
        (
            "school/calendars.yaml:4:14: no event in calendars/school.ics is called 'Half tern'; "
            "did you mean 'Half term'? [unknown-name]"
        ),
    ),
    "an event without a name": (
        'calendars:\n  holidays: {file: calendars/school.ics, events: ["", " "]}',
        "school/calendars.yaml:2:51: nothing between the quotes; write a text [nothing-written]",
        "school/calendars.yaml:2:55: nothing between the quotes; write a text [nothing-written]",
    ),
    "a calendar without a name": (
        f'{HOLIDAYS}times:\n  free: {{only: [""]}}',
        "school/calendars.yaml:4:17: nothing between the quotes; write the name of a calendar [nothing-written]",
    ),
    "no file": (
        "calendars:\n  terms: {events: [Half term]}",
        "school/calendars.yaml:2:10: missing key 'file'; write file: calendars/school.ics [missing-key]",
    ),
    "no events": (
        "calendars:\n  terms: {file: calendars/school.ics, events: []}",
        "school/calendars.yaml:2:47: an empty list; write at least one item, or take 'events' out [empty-list]",
    ),
    "a time of that name": (
        f"{HOLIDAYS}times:\n  holidays: [{{days: sat, from: 09:00, until: 10:00}}]",
        (
            "school/calendars.yaml:2:3: a second time 'holidays'; the first is at school/calendars.yaml:4; "
            "give each its own name [duplicate-name]"
        ),
    ),
    "an unknown calendar": (
        f"{HOLIDAYS}times:\n  free: {{only: [holiday]}}",
        "school/calendars.yaml:4:17: unknown calendar 'holiday'; did you mean 'holidays'? [unknown-name]",
    ),
    "a time in place of a calendar": (
        f"{HOLIDAYS}times:\n  free: {{except: [lessons]}}",
        "school/calendars.yaml:4:19: unknown calendar 'lessons'; write holidays [unknown-name]",
    ),
    "a time that says nothing": (
        f"{HOLIDAYS}times:\n  free: {{label: free time}}",
        (
            "school/calendars.yaml:4:9: this says no time: it has neither spans nor a calendar; "
            "write spans: [{days: mon-fri, from: 09:15, until: 12:20}] [missing-key]"
        ),
    ),
    "both in and out": (
        f"{HOLIDAYS}times:\n  free: {{only: [holidays], except: [holidays]}}",
        (
            "school/calendars.yaml:4:9: 'holidays' stands under only and under except, so this never holds there; "
            "take it out of one of them [said-twice]"
        ),
    ),
}


@pytest.mark.parametrize("case", YAML)
def test_a_mistake_in_the_yaml_says_where_and_what_to_do(case: str, school: Path, write: Write) -> None:
    yaml, *expected = YAML[case]
    write(yaml, file_of(HALF_TERM))
    assert problems(school) == expected


AGAIN = "export the calendar again, as iCalendar (.ics)"
FILES: dict[str, tuple[str | bytes, str]] = {
    "a web page": (
        "<!DOCTYPE html>\n<title>Sign in</title>",
        f"1:1: this is no iCalendar file; it begins with '<!DOCTYPE html>'; {AGAIN} [bad-calendar-file]",
    ),
    "an address book": (
        "BEGIN:VCARD\nEND:VCARD\n",
        f"1:1: this is no iCalendar file; it begins with 'BEGIN:VCARD'; {AGAIN} [bad-calendar-file]",
    ),
    "nothing": ("", f"1:1: the file is empty; {AGAIN} [bad-calendar-file]"),
    "no events": (
        file_of(),
        "1:1: the calendar has no events; export it again, with its events [bad-calendar-file]",
    ),
    "bytes": (b"BEGIN:VCALENDAR\nSUMMARY:\xff", "2:1: a byte that is not UTF-8; save the file as UTF-8 [not-utf8]"),
    "holes": (b"BEGIN:VCALENDAR\n\0\0", "2:1: a NUL byte; save the file as text in UTF-8 [not-utf8]"),
    "cut off": (
        file_of(HALF_TERM)[:-30],
        f"3:1: the file ends before the end of this VEVENT: it was cut off; {AGAIN} [bad-calendar-file]",
    ),
    "an end too much": (
        file_of(HALF_TERM).replace("END:VEVENT", "END:VTODO"),
        f"7:1: END:VTODO closes what line 3 opens as VEVENT; {AGAIN} [bad-calendar-file]",
    ),
    "after the end": (
        f"{file_of(HALF_TERM)}BREAK:1\n",
        f"9:1: this stands outside of every calendar: 'BREAK:1'; {AGAIN} [bad-calendar-file]",
    ),
    "a fold without its space": (
        file_of(f"{HALF_TERM}\nEXDATE;VALUE=DATE:20261026,\n20261027"),
        f"8:1: this is no line of a calendar: '20261027'; {AGAIN} [bad-calendar-file]",
    ),
    "deep": ("BEGIN:VCALENDAR\n" * 9, f"9:1: too many parts lie within one another here; {AGAIN} [bad-calendar-file]"),
    "no beginning": (
        file_of("SUMMARY:Half term"),
        f"3:1: this event has no DTSTART, so nobody knows when it is; {AGAIN} [bad-calendar-file]",
    ),
    "two beginnings": (
        file_of(f"{HALF_TERM}\nDTSTART:20261027"),
        f"7:1: this event has a second DTSTART; {AGAIN} [bad-calendar-file]",
    ),
    "no day": (
        file_of("SUMMARY:Half term\nDTSTART;VALUE=DATE:20260231"),
        f"5:1: '20260231' is no day and no moment that DTSTART could have; {AGAIN} [bad-calendar-file]",
    ),
    "no moment": (
        file_of("SUMMARY:Half term\nDTSTART:Monday"),
        f"5:1: 'Monday' is no day and no moment that DTSTART could have; {AGAIN} [bad-calendar-file]",
    ),
    "backwards": (
        file_of("SUMMARY:Half term\nDTSTART;VALUE=DATE:20261031\nDTEND;VALUE=DATE:20261026"),
        f"6:1: this event ends before it begins; {AGAIN} [bad-calendar-file]",
    ),
    "a day and a moment": (
        file_of("SUMMARY:Half term\nDTSTART;VALUE=DATE:20261026\nDTEND:20261027T090000"),
        f"6:1: one of DTSTART and DTEND is a day and the other a moment; {AGAIN} [bad-calendar-file]",
    ),
    "a duration of no kind": (
        file_of("SUMMARY:Half term\nDTSTART:20261026T090000\nDURATION:two hours"),
        f"6:1: 'two hours' is no day and no moment that DURATION could have; {AGAIN} [bad-calendar-file]",
    ),
    "a duration backwards": (
        file_of("SUMMARY:Half term\nDTSTART:20261026T090000\nDURATION:-PT1H"),
        f"6:1: this event cannot last '-PT1H'; {AGAIN} [bad-calendar-file]",
    ),
    "an unknown zone": (
        file_of("SUMMARY:Half term\nDTSTART;TZID=Somewhere:20261026T090000"),
        (
            "5:1: the time zone 'Somewhere' is not known, and the file does not describe it; "
            "name it as in Europe/London [bad-time]"
        ),
    ),
    "EXRULE": (
        file_of(f"{HALF_TERM}\nEXRULE:FREQ=WEEKLY"),
        "7:1: EXRULE is an old way to leave days out; write EXDATE with each of them [bad-calendar-file]",
    ),
}
RULE = "how this event comes again (RRULE) cannot be used"
RULES = {
    "FREQ=FORTNIGHTLY": "'FREQ=FORTNIGHTLY' cannot be read",
    "FREQ=SECONDLY": "of FREQ, DAILY, WEEKLY, MONTHLY, YEARLY are read",
    "INTERVAL=2": "of FREQ, DAILY, WEEKLY, MONTHLY, YEARLY are read",
    "FREQ=WEEKLY;UNTIL": "'UNTIL' cannot be part of it",
    "FREQ=WEEKLY;UNTL=20270101": "'UNTL=20270101' cannot be part of it",
    "FREQ=WEEKLY;UNTIL=20270101;UNTIL=20280101": "'UNTIL=20270101' cannot be part of it",
    "FREQ=WEEKLY;UNTIL=soon": "'FREQ=WEEKLY;UNTIL=soon' cannot be read",
    "FREQ=WEEKLY;INTERVAL=0": "INTERVAL and COUNT are 1 or more",
    "FREQ=WEEKLY;COUNT=-1": "INTERVAL and COUNT are 1 or more",
    "FREQ=WEEKLY;INTERVAL=1,2": "'FREQ=WEEKLY;INTERVAL=1,2' names two of what there is one of",
    "FREQ=DAILY;BYMINUTE=0,1,2,3,4;BYSECOND=0,1,2,3,4": "it comes more than 24 times a day",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30": "'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30' means no day at all",
    "FREQ=DAILY;BYSETPOS=2": "BYSETPOS does not go with FREQ=DAILY",
    "FREQ=DAILY;BYMONTH=12;BYYEARDAY=1": "BYYEARDAY does not go with FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU": "'FREQ=DAILY;INTERVAL=7;BYDAY=TU' means no day at all",
    "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1": "'FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1' means no day at all",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=9": "'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=9' means no day at all",
    "FREQ=WEEKLY;BYDAY=MONDAY": "'FREQ=WEEKLY;BYDAY=MONDAY' cannot be read",
}
FILES |= {
    rule: (file_of(f"{HALF_TERM}\nRRULE:{rule}"), f"7:1: {RULE}: {said}; {AGAIN} [bad-calendar-file]")
    for rule, said in RULES.items()
}


@pytest.mark.parametrize("case", FILES)
def test_a_mistake_in_the_calendar_says_where_and_what_to_do(case: str, school: Path, write: Write) -> None:
    content, expected = FILES[case]
    write("calendars:\n  holidays: {file: calendars/school.ics}\n", content)
    assert problems(school) == [f"school/calendars/school.ics:{expected}"]


def test_a_problem_of_a_file_that_two_calendars_name_is_told_once(school: Path, write: Write) -> None:
    write(f"{HOLIDAYS}  inset: {{file: calendars/school.ics}}\n", "no calendar")
    assert len(problems(school)) == 1


def test_too_large_a_file_is_not_read(school: Path, write: Write) -> None:
    write(HOLIDAYS, b"X" * (MOST_CALENDAR_BYTES + 1))
    assert problems(school) == [
        (
            "school/calendars.yaml:2:20: calendar 'calendars/school.ics': the file is larger than 4 MB; "
            "export one or two school years alone [too-large]"
        )
    ]
