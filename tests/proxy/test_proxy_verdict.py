"""A verdict is made of an allow alone, for the destination that was decided on."""

import pytest

from saywhy.decide.access import Target, target_of_url
from saywhy.proxy.lane.verdict import NotAllowedError, Verdict
from tests.proxy.test_proxy_judge import CLOSED, OPEN, PUPIL, Court


def test_an_allow_is_for_one_destination() -> None:
    court = Court(OPEN)
    judged = court.judge.judge(PUPIL, target_of_url("http://play.example/x"))
    assert judged is not None
    verdict = Verdict.of(judged, PUPIL)
    assert (verdict.scheme, verdict.host, verdict.port, verdict.peer) == ("http", "play.example", 80, PUPIL)
    assert verdict != Verdict(verdict.revision, "192.0.2.77", "http", "play.example", 80)


def test_of_a_refusal_there_is_none() -> None:
    judged = Court(CLOSED).judge.judge(PUPIL, target_of_url("https://play.example/"))
    assert judged is not None
    with pytest.raises(NotAllowedError):
        Verdict.of(judged, PUPIL)


def test_of_a_name_alone_there_is_none() -> None:
    judged = Court(OPEN).judge.judge(PUPIL, Target("play.example", 443))
    assert judged is not None
    with pytest.raises(NotAllowedError):
        Verdict.of(judged, PUPIL)
