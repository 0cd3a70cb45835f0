"""Every trick of the tables, tried on the wire, with the thin lane and without. The oracle is the origin's own log: nobody saw a byte."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess
from tests.wire.origin import Origin, Seen, everywhere
from tests.wire.tricks import (
    addresses,
    answers,
    disagreement,
    framing,
    http2,
    indirect,
    names,
    paths,
    school,
    tunnels,
)  # fmt: skip
from tests.wire.tricks.talking import hold
from tests.wire.tricks.trick import Talk, Trick

FAMILIES = {"name", "address", "path", "disagreement", "HTTP/2", "TLS and tunnel", "framing", "indirect"}
TRICKS = [
    trick
    for family in (names, addresses, paths, disagreement, http2, tunnels, framing, answers, indirect)
    for trick in family.TRICKS
]
ALLOWED = {school.ALLOWED_AT, school.PATHS_AT}
SETTLED = 0.05  # seconds in which a connection that a trick may open has been opened


def words_for(trick: Trick) -> str:
    return f"{trick.family}: {trick.name}"


def twins() -> dict[Talk, str]:
    """Each honest talk once, under the name of the first trick that it is the twin of."""
    found: dict[Talk, str] = {}
    for trick in TRICKS:
        found.setdefault(trick.twin, words_for(trick))
    return found


TWINS = twins()


@pytest.fixture(scope="module")
def listening(test_authority: TestAuthority) -> Iterator[Origin]:
    origin = Origin(test_authority, everywhere())
    yield origin
    origin.close()


@pytest.fixture(scope="module", params=["on", "off"], ids=lambda thin_lane: f"thin lane {thin_lane}")
def guarded(
    listening: Origin,
    test_authority: TestAuthority,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[FilterProcess]:
    process = FilterProcess(
        tmp_path_factory.mktemp("tricks"),
        listening.port,
        test_authority.path,
        policy=school.POLICY,
        hosts=school.HOSTS,
        environment={"SAYWHY_THIN_LANE": request.param},
    )
    process.start()
    yield process
    process.stop()


def test_there_are_enough_of_every_family() -> None:
    counted = Counter(trick.family for trick in TRICKS)
    assert len(TRICKS) >= 150
    assert counted.keys() == FAMILIES
    assert min(counted.values()) >= 10
    assert Counter(map(words_for, TRICKS)).most_common(1)[0][1] == 1


def as_case(trick: Trick) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=trick.waits_for)] if trick.waits_for else []
    return pytest.param(trick, id=words_for(trick), marks=marks)


def unwanted(seen: list[Seen], *, reaches: bool) -> list[tuple[str, bytes]]:
    """What origins saw and should not have."""
    return [
        (one.address, bytes(one.data[:300]))
        for one in seen
        if not (reaches and one.address in ALLOWED) or b"smuggled" in one.data.lower()
    ]


@pytest.mark.parametrize("trick", [as_case(trick) for trick in TRICKS])
def test_a_trick_is_refused_and_no_origin_sees_a_byte(trick: Trick, guarded: FilterProcess, listening: Origin) -> None:
    before = len(listening.connections)
    outcome = hold(trick.talk, guarded)
    if trick.reaches:
        time.sleep(SETTLED)
    assert unwanted(listening.connections[before:], reaches=trick.reaches) == []
    assert outcome.verdict in trick.refused, outcome
    assert b"smuggled" not in outcome.data.lower(), outcome


@pytest.mark.parametrize("talk", [pytest.param(talk, id=name) for talk, name in TWINS.items()])
def test_its_honest_twin_is_served(talk: Talk, guarded: FilterProcess, listening: Origin) -> None:
    outcome = hold(talk, guarded)
    assert outcome.verdict in talk.served, outcome
    assert talk.says in outcome.data, outcome
    assert b"alt-svc" not in outcome.data.lower()


def test_no_blocked_origin_has_heard_a_word_in_all_that_time(guarded: FilterProcess, listening: Origin) -> None:
    time.sleep(SETTLED)
    assert [(one.address, bytes(one.data)) for one in listening.connections if one.address not in ALLOWED] == []
