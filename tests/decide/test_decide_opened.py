"""What somebody says is done with an address, as a command or a test gives it."""

from dataclasses import replace

import pytest

from saywhy.decide.access import Access, Target, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Mismatch
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.inspection import Way, way_of
from saywhy.decide.opened import opened_as, read_media_type, read_method
from saywhy.decide.trace import trace
from saywhy.decide.use import READING, use_logged
from saywhy.policy.grant import Grant, GrantScope, GrantTarget
from saywhy.policy.rule import Ask, Effect
from saywhy.policy.uses import POSTING, file_use, named, read_use, uses_of
from tests.decide.conftest import MONDAY_TEN, engine, rule

PAGE = target_of_url("https://a.example/page")
NO_PROGRAMS = replace(rule("no-programs", everything=True, ask=Ask(("it",))), uses=uses_of(files=("programs",)))
READ_ONLY = replace(rule("read-only", domains=("a.example",)), uses=uses_of(posting=True))
SCHOOL = engine([NO_PROGRAMS, READ_ONLY])


def access(target: Target) -> Access:
    return Access(subject_in(SCHOOL.policy, ("year9",)), target, MONDAY_TEN)


@pytest.mark.parametrize(
    ("target", "effect", "decided_by", "waits"),
    [
        (PAGE, Effect.ALLOW, "default", True),
        (opened_as(PAGE, method="POST"), Effect.BLOCK, "read-only", False),
        (opened_as(PAGE, uploads=True), Effect.BLOCK, "read-only", False),
        (opened_as(PAGE, file="setup.exe"), Effect.BLOCK, "no-programs", False),
        (opened_as(PAGE, kind="application/x-msdownload"), Effect.BLOCK, "no-programs", False),
        (opened_as(PAGE, kind="application/pdf"), Effect.ALLOW, "default", False),
        (target_of_url("https://b.example/setup.exe"), Effect.BLOCK, "no-programs", False),
        (opened_as(target_of_url("https://b.example/setup.exe"), kind="text/html"), Effect.ALLOW, "default", False),
        (opened_as(target_of_url("https://b.example/x"), method="DELETE"), Effect.ALLOW, "default", True),
        (target_of_url("wss://a.example/live"), Effect.BLOCK, "read-only", False),
    ],
)
def test_a_use_decides(target: Target, effect: Effect, decided_by: str, waits: bool) -> None:
    decision = decide(SCHOOL, NO_GRANTS, access(target))
    assert decision.rule is not None
    assert (decision.effect, decision.rule.id, decision.needs_answer) == (effect, decided_by, waits)


def test_a_connection_is_looked_into_where_a_use_could_be_closed() -> None:
    decision = decide(SCHOOL, NO_GRANTS, access(target_of_host("a.example")))
    assert way_of(decision) is Way.INSPECT
    plain = engine([rule("other", domains=("b.example",))])
    assert way_of(decide(plain, NO_GRANTS, access(target_of_host("a.example")))) is Way.RELAY


def test_the_trace_says_what_a_rule_waits_for() -> None:
    asked = access(PAGE)
    steps = trace(SCHOOL, asked, decide(SCHOOL, NO_GRANTS, asked))
    assert [one.mismatch for one in steps] == [Mismatch.NEEDS_ANSWER, Mismatch.USE]


def test_a_permit_opens_the_file_that_its_rule_closed_and_no_posting() -> None:
    grant = Grant(
        "g",
        GrantScope(frozenset({"year9"})),
        GrantTarget(site="a.example"),
        MONDAY_TEN,
        MONDAY_TEN.replace(hour=20),
        weighed=frozenset({NO_PROGRAMS.terms}),
    )
    grants = Grants([grant])
    assert decide(SCHOOL, grants, access(opened_as(PAGE, file="setup.exe"))).grant is grant
    assert not decide(SCHOOL, grants, access(opened_as(PAGE, method="POST"))).allowed


@pytest.mark.parametrize("text", ["", "PO ST", "1", "POST\n"])
def test_what_is_no_method(text: str) -> None:
    with pytest.raises(ValueError, match="is no method; write one like"):
        read_method(text)


@pytest.mark.parametrize("text", ["zip", "application/", "a/b/c"])
def test_what_is_no_media_type(text: str) -> None:
    with pytest.raises(ValueError, match="is no media type; write one like"):
        read_media_type(text)


def test_words_of_uses_and_of_the_log() -> None:
    assert read_method("post") == "POST"
    assert read_media_type("Text/HTML; charset=x") == "text/html"
    for use in (POSTING, file_use("programs")):
        assert read_use(named(use)) == use
    assert read_use("file:nonsense") is None
    assert use_logged("GET", [], blocked=False) == READING
    assert use_logged("GET", ["file:programs", "?"], blocked=True).settled
    assert use_logged("POST", [], blocked=False).certain == {POSTING}
