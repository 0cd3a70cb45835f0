"""What staff are told when the policy's files have a problem, and that nobody else is."""

from datetime import UTC, datetime

import pytest

from saywhy.portal.context import PolicyNotice
from tests.portal.conftest import World

SINCE = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


@pytest.fixture
def told(world: World) -> list[PolicyNotice | None]:
    """The last is what the portal is told now."""
    told: list[PolicyNotice | None] = [None]
    world.app.jinja_env.globals["policy_notice"] = lambda: told[-1]
    return told


def test_nothing_is_said_while_all_is_well(world: World, told: list[PolicyNotice | None]) -> None:
    assert "policy files" not in world.staff("it").get("/requests").text


def test_problems_are_told_to_staff_alone(world: World, told: list[PolicyNotice | None]) -> None:
    told.append(PolicyNotice(SINCE, tuple(f"rules.yaml:{line}:1: <odd>; write less" for line in range(1, 13))))
    page = world.staff("it").get("/requests").text
    assert "The policy files have a problem since Monday 23 November 2026 at 09:05; what was in force stays." in page
    assert "rules.yaml:10:1: &lt;odd&gt;; write less" in page
    assert "rules.yaml:11:1" not in page
    assert "and 2 more" in page
    for path in ("/", "/sign-in", f"/ask/{world.token()}"):
        assert "policy files" not in world.client().get(path).text


def test_alarms_are_told_to_staff_alone(world: World, told: list[PolicyNotice | None]) -> None:
    told.append(PolicyNotice(None, alarms=("the lists are <gone>; put them back",)))
    page = world.staff("it").get("/requests").text
    assert "Something is wrong with the filter" in page
    assert "the lists are &lt;gone&gt;; put them back" in page
    assert "policy files" not in page
    for path in ("/", "/sign-in", f"/ask/{world.token()}"):
        assert "wrong with the filter" not in world.client().get(path).text


def test_also_where_there_is_no_policy_to_answer_by(world: World, told: list[PolicyNotice | None]) -> None:
    staff, token = world.staff("it"), world.token()
    world.ask(token=token)
    world.engine = None
    told.append(PolicyNotice(None, alarms=("the lists are gone",)))
    for path in ("/requests", "/requests/1", f"/ask/{token}"):
        assert "the lists are gone" in staff.get(path).text, path
    asking = world.client().get(f"/ask/{token}")
    assert asking.status_code == 503
    assert "the lists are gone" not in asking.text


def test_a_rollback_is_told(world: World, told: list[PolicyNotice | None]) -> None:
    told.append(PolicyNotice(None, (), "1203c650766a"))
    page = world.staff("it").get("/requests").text
    assert "revision 1203c650766a, is in force by a rollback" in page
    assert "a problem since" not in page
