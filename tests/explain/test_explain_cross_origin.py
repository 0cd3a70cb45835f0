"""Who may read an answer beside whom it was sent to."""

import pytest

from saywhy.explain.accept import Shape
from saywhy.explain.answer import Answer
from saywhy.explain.cross_origin import shared

ELSEWHERE = "https://lessons.example"


def given(shape: Shape = Shape.PROBLEM) -> Answer:
    return Answer(403, "application/problem+json", b"{}", {"Vary": "Accept, Origin, Sec-Fetch-Dest"}, shape)


@pytest.mark.parametrize("origin", [ELSEWHERE, "http://[::1]:8080", "null", "chrome-extension://abcdef", "app://x"])
def test_a_script_of_any_origin_reads_the_reason(origin: str) -> None:
    answer = shared(given(), "GET", {"origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]
    assert (answer.status, answer.body) == (403, b"{}")


@pytest.mark.parametrize("shape", [Shape.PAGE, Shape.CARD, Shape.TEXT])
def test_what_is_for_people_is_read_by_no_script(shape: Shape) -> None:
    assert shared(given(shape), "GET", {"origin": ELSEWHERE}) == given(shape)


@pytest.mark.parametrize(
    "origin",
    ["", "*", "lessons.example", "https://a\r\nX: y", "https://a b", "https://a, https://b", "https://" + "a" * 999],
)
def test_what_is_no_origin_is_not_echoed(origin: str) -> None:
    assert shared(given(), "GET", {"origin": origin}) == given()


ASKED = {
    "origin": ELSEWHERE,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "content-type,x-key",
}


class TestAPreflight:
    def test_lets_the_request_come_that_is_then_refused(self) -> None:
        answer = shared(given(), "OPTIONS", ASKED)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
        assert answer.headers["Access-Control-Allow-Methods"] == "PUT"
        assert answer.headers["Access-Control-Allow-Headers"] == "content-type,x-key"
        assert answer.headers["Access-Control-Max-Age"] == "0"  # once the site is open, the site is asked

    def test_with_odd_names_allows_none_of_them(self) -> None:
        answer = shared(given(), "OPTIONS", {**ASKED, "access-control-request-headers": "a\r\nb: c"})
        assert "Access-Control-Allow-Headers" not in answer.headers

    @pytest.mark.parametrize(
        ("method", "without"), [("GET", ""), ("OPTIONS", "origin"), ("OPTIONS", "access-control-request-method")]
    )
    def test_is_nothing_else(self, method: str, without: str) -> None:
        asked = {name: value for name, value in ASKED.items() if name != without}
        assert shared(given(), method, asked).status == 403
