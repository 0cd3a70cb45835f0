"""What an origin says after the handshake is heard: its alert gives the page that explains it, at once."""

import time
from collections.abc import Iterator

import pytest
from OpenSSL import SSL

from tests.wire.alerting import HELLO, AlertingOrigin, Plan
from tests.wire.certificates import TestAuthority
from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.test_wire_blocked import get, over_http2

AT_ONCE = 8.0  # seconds: less than any patience of the filter's, and bearable for a machine that is busy
VERSIONS = pytest.mark.parametrize("newest", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION], ids=["1.2", "1.3"])
TOWARDS_ORIGIN = pytest.mark.parametrize("alpn", [b"http/1.1", b"h2"], ids=["h1-origin", "h2-origin"])
FROM_CLIENT = pytest.mark.parametrize("client", ["http/1.1", "h2"])


@pytest.fixture(scope="module")
def alerting(test_authority: TestAuthority) -> Iterator[AlertingOrigin]:
    origin = AlertingOrigin(test_authority)
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def guarded(
    alerting: AlertingOrigin, test_authority: TestAuthority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("alerts"), alerting.port, test_authority.path)
    process.start()
    yield process
    process.stop()


def ask(guarded: FilterProcess, client: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    if client == "h2":
        return over_http2(guarded, "good.test")
    with guarded.tunnel("good.test") as connection:
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        connection.sendall(get(f"good.test:{guarded.origin_port}", "/", method, length) + body)
        answer = read_all(connection)
    return int(answer.split(b" ")[1]), answer


@VERSIONS
@TOWARDS_ORIGIN
@FROM_CLIENT
def test_an_origin_that_wants_a_certificate_gives_the_page_for_it(
    guarded: FilterProcess, alerting: AlertingOrigin, newest: int, alpn: bytes, client: str
) -> None:
    alerting.will(Plan("certificate", newest, alpn))
    began = time.monotonic()
    status, page = ask(guarded, client)
    assert time.monotonic() - began < AT_ONCE
    assert status == 502
    assert b"<code>upstream-wants-certificate" in page
    assert b"good.test" in page
    assert alerting.connections == 1


@FROM_CLIENT
@pytest.mark.parametrize("number", range(5))  # whether the reset comes first is a matter of luck
def test_even_where_it_closes_before_it_has_read_the_request(
    guarded: FilterProcess, alerting: AlertingOrigin, client: str, number: int
) -> None:
    alerting.will(Plan("certificate", listens_on=False))
    assert b"<code>upstream-wants-certificate" in ask(guarded, client)[1]


@VERSIONS
def test_for_an_upload_as_well(guarded: FilterProcess, alerting: AlertingOrigin, newest: int) -> None:
    alerting.will(Plan("certificate", newest))
    status, page = ask(guarded, "http/1.1", "POST", b"z" * 100_000)
    assert status == 502
    assert b"<code>upstream-wants-certificate" in page


@VERSIONS
@TOWARDS_ORIGIN
@FROM_CLIENT
@pytest.mark.parametrize("end", ["alert", "close_notify", "hang up"])
def test_an_origin_that_ends_before_it_answers_has_hung_up(
    guarded: FilterProcess, alerting: AlertingOrigin, newest: int, alpn: bytes, client: str, end: str
) -> None:
    alerting.will(Plan(end, newest, alpn))  # type: ignore[arg-type]
    began = time.monotonic()
    status, page = ask(guarded, client)
    assert time.monotonic() - began < AT_ONCE
    assert status == 502
    assert b"<code>upstream-closed" in page


def twice(guarded: FilterProcess) -> list[bytes]:
    answers = []
    with guarded.tunnel("good.test") as connection:
        for _ in range(2):
            connection.sendall(get(f"good.test:{guarded.origin_port}"))
            answers.append(read_all(connection))
    return answers


def test_an_alert_on_a_kept_connection_is_a_goodbye_and_the_request_goes_on_another(
    guarded: FilterProcess, alerting: AlertingOrigin
) -> None:
    alerting.will(Plan("alert", answers=(HELLO,)), Plan("close_notify", answers=(HELLO,)))
    assert [answer[-5:] for answer in twice(guarded)] == [b"hello", b"hello"]
    assert alerting.connections == 2


def test_an_alert_in_answer_to_the_second_try_gives_its_page(guarded: FilterProcess, alerting: AlertingOrigin) -> None:
    alerting.will(Plan("alert", answers=(HELLO,)), Plan("certificate"))
    first, second = twice(guarded)
    assert first.endswith(b"hello")
    assert b"<code>upstream-wants-certificate" in second
    assert alerting.connections == 2


def test_one_failure_is_not_held_against_the_next_request(guarded: FilterProcess, alerting: AlertingOrigin) -> None:
    alerting.will(Plan("certificate"), Plan("close_notify", answers=(HELLO,)))
    first, second = twice(guarded)
    assert b"<code>upstream-wants-certificate" in first
    assert second.endswith(b"hello")


def test_an_answer_that_an_alert_cuts_is_not_passed_off_as_whole(
    guarded: FilterProcess, alerting: AlertingOrigin
) -> None:
    cut = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of"  # the end of the connection would be its end
    alerting.will(Plan("alert", answers=(cut,)))
    with guarded.tunnel("good.test") as connection:
        connection.sendall(get(f"good.test:{guarded.origin_port}"))
        answer = read_all(connection)
    assert b" 200 " in answer or b"<code>upstream-closed" in answer
    assert not answer.endswith(b"0\r\n\r\n")
