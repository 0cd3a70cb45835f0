from ipaddress import ip_address

from saywhy.decide.decision import Reason
from saywhy.policy.rule import Effect
from saywhy.rehearse.diff import Difference, Kind, Ruling
from saywhy.rehearse.diff_tally import Count, Counted, people

OPEN = Ruling(Effect.ALLOW, Reason.DEFAULT, "default")
CLOSED = Ruling(Effect.BLOCK, Reason.RULE, "games")
CHANGE = Difference(Kind.BLOCKED, OPEN, CLOSED)


def seen_by(devices: int) -> Count:
    count = Count()
    for number in range(devices):
        count.add("a.example", ip_address(number), 2)
        count.add("a.example", ip_address(number), 1)
    return count


def test_people_are_devices_each_counted_once_and_few_are_not_told_exactly() -> None:
    told = [people(seen_by(number)) for number in (0, 1, 4, 5, 212)]
    assert told == [None, "fewer than 5", "fewer than 5", 5, 212]


def test_examples_name_each_site_before_any_comes_again() -> None:
    counted = Counted()
    for group, site, times in (("year7", "a.example", 9), ("year9", "a.example", 8), ("year7", "b.example", 1)):
        counted.add(CHANGE, group, site, None, times)
    assert [(one.site, one.group, one.decisions) for one in counted.examples(2)] == [
        ("a.example", "year7", 9),
        ("b.example", "year7", 1),
    ]
    assert [one.group for one in counted.examples(9)] == ["year7", "year7", "year9"]
    assert counted.examples(0) == []
