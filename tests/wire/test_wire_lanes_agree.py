"""The two lanes agree: the same bytes, cut anywhere, have the same outcome in both, at the client and at the origin.

Whatever is plain HTTP/1.1 goes through the thin lane (saywhy.proxy.lane); one filter here has it and one has not. Compared
are the answers (status, every field in its order, the body, whether it is whole), whether the connection is left open, and
each byte of each request that the origin gets. Chunks are taken off first: where a body is cut into them is a matter of
moments. Of pages the reference and the time are left out.

These differences are meant, and kept out of the talks:

- the thin lane keeps a connection to an origin for the client's next connection, so that it may find it closed, or poisoned by
  an origin that says more than it was asked; what a request is answered after such an answer is a matter of moments in both;
- where more than 256 KiB of further requests wait, the thin lane reads no more, and the other lane ends the connection;
- a 205 whose body (which goes no further) is cut is passed on by the thin lane, and replaced by a page in the other;
- where an origin has answered and closed before the request's body has come, the thin lane ends the client's connection as well;
- of a refused request's body the thin lane counts what it announces, the other lane what comes.

SAYWHY_LANE_EXAMPLES is how many talks are tried of each kind; `make fuzz` tries more.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.wire.cases import answers, requests
from tests.wire.cases.bent import EXAMPLES, asked_and_said, talks
from tests.wire.certificates import TestAuthority
from tests.wire.noting_origin import Said
from tests.wire.two_filters import Talk, TwoFilters, Way, two_filters

MANY = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def both(test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoFilters]:
    with two_filters(tmp_path_factory.mktemp("lanes"), test_authority) as started:
        yield started


@pytest.mark.parametrize("way", [Way.PROXY, Way.TUNNEL], ids=lambda way: way.name)
@pytest.mark.parametrize("case", requests.CASES, ids=lambda case: case.name)
def test_a_request_has_the_same_outcome_in_both_lanes(case: requests.Case, way: Way, both: TwoFilters) -> None:
    inside = way is Way.TUNNEL
    wanted = case.statuses(inside=inside)
    thin, other = both.outcomes(Talk(way, case.pieces(inside=inside)), wanted=wanted)
    assert thin == other
    assert thin.statuses == wanted
    assert not thin.malformed


@pytest.mark.parametrize("way", [Way.PROXY, Way.TLS], ids=lambda way: way.name)
@pytest.mark.parametrize("case", answers.CASES, ids=lambda case: case.name)
def test_an_answer_comes_through_both_lanes_alike(case: answers.Case, way: Way, both: TwoFilters) -> None:
    talk = Talk(way, case.pieces(inside=way is Way.TLS))
    thin, other = both.outcomes(talk, {b"/x": case.said}, case.comes)
    assert thin == other
    assert thin.statuses == case.comes


@MANY
@given(talk=talks())
def test_any_bytes_have_the_same_outcome_in_both_lanes(both: TwoFilters, talk: Talk) -> None:
    thin, other = both.outcomes(talk)
    assert thin == other
    assert not thin.malformed


@MANY
@given(asked=asked_and_said())
def test_any_answer_comes_through_both_lanes_alike(both: TwoFilters, asked: tuple[Talk, Said]) -> None:
    talk, said = asked
    thin, other = both.outcomes(talk, {b"/x": said})
    assert thin == other
