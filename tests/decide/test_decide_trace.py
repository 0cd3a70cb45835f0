"""Why each rule before the one that decided did not."""

from saywhy.decide.access import Access, Subject, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Mismatch
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.decide.trace import trace
from saywhy.lists.sealed import Sealed
from saywhy.policy.catalogue import SEALED
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.rule import Effect
from tests.decide.conftest import MONDAY_NOON, engine, policy, rule


def told(school: Engine, target: Target, subject: Subject | None = None) -> list[tuple[str, Mismatch]]:
    access = Access(subject or Subject(), target, MONDAY_NOON)
    steps = trace(school, access, decide(school, NO_GRANTS, access))
    return [(step.rule.id, step.mismatch) for step in steps]


def test_it_tells_why_each_earlier_rule_did_not_match_and_nothing_of_later_ones() -> None:
    school = engine(
        [
            rule("target", domains=("b.example",)),
            rule("group", domains=("youtube.com",), groups=frozenset({"staff"})),
            rule("place", domains=("youtube.com",), places=frozenset({"year 9 rooms"})),
            rule("time", domains=("youtube.com",), times=("lessons",)),
            rule("path", urls=(parse_pattern("youtube.com/shorts"),)),
            rule("it", domains=("youtube.com",)),
            rule("after", domains=("youtube.com",)),
        ]
    )
    assert told(school, target_of_host("youtube.com"), subject_in(school.policy, ("year9",))) == [
        ("target", Mismatch.TARGET),
        ("group", Mismatch.GROUP),
        ("place", Mismatch.PLACE),
        ("time", Mismatch.TIME),
        ("path", Mismatch.NEEDS_URL),
    ]


def test_what_a_locked_rule_overruled_is_said() -> None:
    school = engine(
        [
            rule("open", Effect.ALLOW, domains=("a.example",)),
            rule("floor", domains=("a.example",), locked=True),
            rule("later", domains=("b.example",)),
        ]
    )
    assert told(school, target_of_url("https://a.example/")) == [("open", Mismatch.OVERRULED)]


def test_where_the_default_decides_every_rule_is_told() -> None:
    school = engine([rule("one", domains=("a.example",)), rule("two", categories=("games",))])
    assert told(school, target_of_url("https://c.example/")) == [("one", Mismatch.TARGET), ("two", Mismatch.TARGET)]


def test_the_rule_about_sealed_lists_is_told_like_any_other() -> None:
    school = Engine(policy([rule("one", domains=("a.example",))]), None, Sealed(b"k" * 32, b"salt", frozenset()))
    assert [one for one, _ in told(school, target_of_url("https://c.example/"))] == ["one", SEALED]
