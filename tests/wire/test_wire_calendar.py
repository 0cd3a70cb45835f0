"""A calendar that changes under a running filter: what is open follows it, and a broken one changes nothing."""

from datetime import UTC, date, datetime, timedelta

from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.origin import Origin
from tests.wire.test_wire_lifecycle import listens
from tests.wire.test_wire_reload import metric, status

CLOSED_IN_EVENTS = (
    POLICY.replace(
        "rules:\n",
        "calendars:\n  closed: {file: calendars/school.ics, events: [Closed]}\n"
        "rules:\n"
        "  - id: closed-days\n"
        "    block: {domains: [fine.test]}\n"
        "    when: [closed]\n"
        "    why: {risk: It is closed on these days.}\n"
        "    instead: [watch]\n"
        "    decided: {by: IT, on: 2026-09-03}\n"
        "    review_by: 2027-03-01\n"
        "    owner: it\n",
        1,
    )
)  # fmt: skip


def write_calendar(own_filter: FilterProcess, first: date) -> None:
    """An event of three days, whole days at the school."""
    (own_filter.policies / "calendars").mkdir(parents=True, exist_ok=True)
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "SUMMARY:Closed"),
        *(f"DTSTART;VALUE=DATE:{first:%Y%m%d}", "DURATION:P3D", "END:VEVENT", "END:VCALENDAR", ""),
    )
    (own_filter.policies / "calendars" / "school.ics").write_text("\r\n".join(lines))


def test_what_is_closed_follows_the_calendar_and_a_broken_one_changes_nothing(
    own_filter: FilterProcess, origin: Origin
) -> None:
    today = datetime.now(UTC).date()
    write_calendar(own_filter, today - timedelta(days=1))
    own_filter.policy = CLOSED_IN_EVENTS
    own_filter.start()
    assert (status(own_filter, "fine.test"), status(own_filter, "good.test")) == (403, 200)

    write_calendar(own_filter, today + timedelta(days=30))
    own_filter.wait_for(lambda: status(own_filter, "fine.test") == 200, "the calendar to be taken", 10)
    write_calendar(own_filter, today - timedelta(days=1))
    own_filter.wait_for(lambda: status(own_filter, "fine.test") == 403, "the calendar to be taken", 10)

    before = metric(own_filter, "saywhy_policy_reload_failures_total")
    (own_filter.policies / "calendars" / "school.ics").write_text("<html>Sign in</html>")
    own_filter.wait_for(
        lambda: metric(own_filter, "saywhy_policy_reload_failures_total") > before, "the broken one to be noticed", 10
    )
    assert "calendars/school.ics:1:1: this is no iCalendar file" in own_filter.output
    assert (status(own_filter, "fine.test"), status(own_filter, "good.test")) == (403, 200)

    own_filter.process.kill()
    own_filter.process.wait()
    own_filter.wait_for(lambda: not listens(own_filter.listen_port), "the children to end", 20)
    own_filter.output = ""
    own_filter.start()
    assert "this is no iCalendar file" in own_filter.output
    assert "EVERYTHING IS REFUSED" not in own_filter.output
    assert (status(own_filter, "fine.test"), status(own_filter, "good.test")) == (403, 200)
