"""Controls as they are written: which hosts they are for, as far as it can be read, and whether two share one."""

import pytest

from saywhy.policy.reading.written_controls import WrittenControl, written_controls
from saywhy.policy.reading.yaml12 import read_yaml


def controls(text: str, domains: str = "app.example") -> list[WrittenControl]:
    document = read_yaml(f"apps: {{app: {{domains: [{domains}], controls: {text}}}}}".encode(), "case.yaml")
    assert document.problems == []
    return list(written_controls(document, "app"))


@pytest.mark.parametrize(
    ("text", "hosts", "domains"),
    [
        ("{safe_search: {address: s.example}}", (), ("app.example",)),
        ("{safe_search: {hosts: [WWW.app.example]}}", ("www.app.example",), ()),
        ("{safe_search: [{domains: [a.example, 7, com]}]}", (), ("a.example",)),
    ],
)
def test_they_are_for_what_they_name_or_all_of_the_app(
    text: str, hosts: tuple[str, ...], domains: tuple[str, ...]
) -> None:
    (one,) = controls(text)
    assert (one.hosts, one.domains) == (frozenset(hosts), frozenset(domains))


@pytest.mark.parametrize(
    "text", ["[]", "safe", "{safe_search: s.example}", "{safe_search: [s.example]}", "{inspect: {}}"]
)
def test_what_is_no_control_is_passed_over(text: str) -> None:
    assert controls(text) == []


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("hosts: [a.example]", "hosts: [b.example, a.example]", True),
        ("hosts: [a.example]", "hosts: [www.a.example]", False),
        ("hosts: [www.a.example]", "domains: [a.example]", True),
        ("domains: [www.a.example]", "domains: [a.example]", True),
        ("domains: [www.a.example]", "hosts: [a.example]", False),
        ("domains: [a.example]", "domains: [b.example]", False),
        ("address: s.example", "hosts: [x.app.example]", True),
    ],
)
def test_two_meet_where_some_host_has_both(one: str, other: str, meet: bool) -> None:
    first, second = controls(f"{{safe_search: [{{{one}}}, {{{other}}}]}}")
    assert first.meets(second) is second.meets(first) is meet


def test_their_ways_are_those_that_say_something() -> None:
    (one,) = controls("{restricted: {address: '', headers: {}, parameters: {Safe: on, safe: off}, levels: {strict: {address: s.example}}}}")  # fmt: skip
    assert [means.ways for means in one.means] == [["parameters"], ["address"]]
    assert one.own.names("parameters") == {"safe": "Safe"}
