"""Who may go on, and what that opens: this site or app, for this device, as far as this rule closes it."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.exceptions.going_on import NoCaution, going_on
from saywhy.exceptions.weighing import Barrier, CannotBeAsked
from saywhy.policy.grant import GrantTarget
from saywhy.policy.rule import Effect
from tests.exceptions.conftest import NOW, SCHOOL, refusal, school

REASONS = """
    why: It takes time.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""
CAREFUL = (
    SCHOOL.replace(
        "apps:\n",
        "times: {lessons: [{days: mon-fri, from: 09:00, until: 12:00}]}\napps:\n  chatter: {label: Chatter, domains: [chatter.example, cdn.example]}\n",
    )
    + f"""
  - id: secret-files
    block: {{urls: ["files.test/secret"]}}
    locked: true{REASONS}
  - id: files
    caution: {{domains: [files.test]}}{REASONS}
  - id: chatting
    caution: {{apps: [chatter]}}
    when: [lessons]
    ask: nobody{REASONS}
  - id: numbers
    caution: {{domains: ["192.0.2.7"]}}{REASONS}
"""
)


@pytest.fixture
def careful(tmp_path: Path) -> Engine:
    return school(tmp_path / "careful", CAREFUL)


def decided(
    engine: Engine, url: str, *grants: object, device: str = "10.30.7.21", later: int = 0
) -> tuple[Effect, Reason]:
    access = Access(subject_at(engine, ip_address(device)), target_of_url(url), NOW + timedelta(minutes=later))
    decision = decide(engine, Grants(grants), access)  # type: ignore[arg-type]
    return decision.effect, decision.reason


CLOSED = (Effect.CAUTION, Reason.CAUTION)
OPEN = (Effect.ALLOW, Reason.GO)


def test_it_opens_the_whole_site_to_this_device_for_this_long(careful: Engine) -> None:
    found = going_on(careful, refusal("www.files.test", rule="files"), NOW)
    assert (found.rule.id, found.device, found.what) == ("files", "10.30.7.21", GrantTarget(site="files.test"))
    go = found.grant("a", NOW, NOW + timedelta(minutes=10))
    assert decided(careful, "https://www.files.test/") == CLOSED
    assert decided(careful, "https://www.files.test/a?b=c", go) == OPEN
    assert decided(careful, "https://static.files.test/", go) == OPEN
    assert decided(careful, "https://files.test/", go, later=10) == CLOSED
    assert decided(careful, "https://files.test/", go, device="10.30.7.22") == CLOSED
    assert decided(careful, "https://files.test/secret", go) == (Effect.BLOCK, Reason.LOCKED)
    assert decided(careful, "https://games.example/", go) == (Effect.BLOCK, Reason.RULE)
    assert decided(careful, "https://chatter.example/", go) == CLOSED


def test_an_app_is_opened_wherever_it_is(careful: Engine) -> None:
    found = going_on(careful, refusal("chatter.example", rule="chatting"), NOW)
    assert found.what == GrantTarget(app="chatter")
    assert decided(careful, "https://cdn.example/", found.grant("a", NOW, NOW + timedelta(minutes=1))) == OPEN


def test_what_a_grant_opens_is_told_as_granted(careful: Engine) -> None:
    found = going_on(careful, refusal("files.test", rule="files"), NOW)
    go = found.grant("a", NOW, NOW + timedelta(minutes=10))
    granted = found.grant("b", NOW, NOW + timedelta(days=1))
    granted = replace(granted, weighed=frozenset({found.rule.terms}), went_on=False)
    assert decided(careful, "https://files.test/", go, granted) == (Effect.ALLOW, Reason.GRANT)


def test_a_rule_that_blocks_by_now_is_not_opened_by_what_was_open(careful: Engine, tmp_path: Path) -> None:
    go = going_on(careful, refusal("files.test", rule="files"), NOW).grant("a", NOW, NOW + timedelta(minutes=10))
    stricter = school(
        tmp_path / "stricter", CAREFUL.replace("caution: {domains: [files.test]}", "block: {domains: [files.test]}")
    )
    assert decided(stricter, "https://files.test/", go) == (Effect.BLOCK, Reason.RULE)


@pytest.mark.parametrize(("host", "rule"), [("games.example", "games"), ("bets.example", "betting")])
def test_where_a_rule_blocks_nobody_goes_on(careful: Engine, host: str, rule: str) -> None:
    with pytest.raises(NoCaution):
        going_on(careful, refusal(host, rule=rule), NOW)


@pytest.mark.parametrize(
    ("host", "path", "rule", "barrier"),
    [
        ("floor.example", "/", "floor", Barrier.LOCKED),
        ("hurt.example", "/", "care", Barrier.CARE),
        ("files.test", "/secret", "files", Barrier.LOCKED),
        ("open.example", "/", "", Barrier.OPEN),
        ("192.0.2.7", "/", "", Barrier.REACH),
    ],
)
def test_what_is_locked_open_or_out_of_reach_is_said_so(
    careful: Engine, host: str, path: str, rule: str, barrier: Barrier
) -> None:
    with pytest.raises(CannotBeAsked) as raised:
        going_on(careful, refusal(host, path, rule), NOW)
    assert raised.value.barrier is barrier


def test_when_the_rule_does_not_hold_any_more_it_may_be_open(careful: Engine) -> None:
    with pytest.raises(CannotBeAsked) as raised:
        going_on(careful, refusal("chatter.example", rule="chatting"), NOW + timedelta(hours=3))
    assert raised.value.barrier is Barrier.OPEN


def test_nobody_goes_on_for_a_device_that_is_not_known(careful: Engine) -> None:
    with pytest.raises(NoCaution):
        going_on(careful, refusal("files.test", rule="files", device=None), NOW)


def test_a_site_below_a_public_suffix_does_not_open_its_neighbours(tmp_path: Path) -> None:
    engine = school(
        tmp_path / "shared", SCHOOL + f"  - id: pages\n    caution: {{domains: [all of github.io]}}{REASONS}"
    )
    found = going_on(engine, refusal("one.github.io", rule="pages"), NOW)
    assert found.what == GrantTarget(site="one.github.io")
