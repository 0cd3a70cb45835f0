"""What becomes of a connection of which only the name is known."""

import pytest

from addons.decide.access import Access, Subject, target_of_host
from addons.decide.decide import decide
from addons.decide.grants import NO_GRANTS
from addons.decide.inspection import Way, way_of
from addons.policy.rule import Effect
from tests.decide.conftest import MONDAY_TEN, policy, rule


@pytest.mark.parametrize(
    ("host", "way"),
    [
        ("plain.example", Way.RELAY),
        ("tiktok.com", Way.INSPECT),  # blocked: a page is shown inside
        ("youtube.com", Way.INSPECT),  # a path could change the answer
        ("www.youtube.com", Way.INSPECT),
    ],
)
def test_the_way_of_a_host(host: str, way: Way) -> None:
    made = policy([rule("a", Effect.BLOCK, apps=("tiktok",)), rule("b", Effect.BLOCK, apps=("shorts",))])
    target = target_of_host(host)
    assert way_of(made, decide(made, NO_GRANTS, Access(Subject(), target, MONDAY_TEN)), target) is way
