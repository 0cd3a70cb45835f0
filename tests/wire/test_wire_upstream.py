import pytest

from tests.wire.filter_process import FilterProcess, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2


@pytest.mark.parametrize("host", ["expired.test", "wrongname.test", "selfsigned.test"])
def test_a_bad_certificate_gives_a_page_that_explains_and_no_way_on(
    running: FilterProcess, origin: Origin, host: str
) -> None:
    with running.tunnel(host) as connection:
        connection.sendall(get(f"{host}:{running.origin_port}"))
        answer = read_all(connection)
    assert answer.split(b" ")[1] == b"502"
    assert b"certificate" in answer.lower()
    assert host.encode() in answer
    assert b"hello from" not in answer
    assert b"GET" not in origin.bytes_for(host)


def test_over_http2_as_well(running: FilterProcess, origin: Origin) -> None:
    status, body = over_http2(running, "expired.test")
    assert status == 502
    assert b"certificate" in body.lower()


def test_an_upload_to_an_origin_with_a_bad_certificate_gets_the_page(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("expired.test") as connection:
        connection.sendall(get(f"expired.test:{running.origin_port}", "/", "POST", "Content-Length: 3000000\r\n"))
        connection.sendall(b"z" * 1000)
        assert read_all(connection).split(b" ")[1] == b"502"
    assert b"zzz" not in origin.bytes_for("expired.test")


def test_a_name_that_does_not_exist(running: FilterProcess, origin: Origin) -> None:
    with running.connect() as connection:
        connection.sendall(get("no-such-name.invalid", "http://no-such-name.invalid/"))
        answer = read_all(connection)
    assert answer.split(b" ")[1] in {b"502", b"504"}
    assert b"no-such-name.invalid" in answer


def test_an_origin_that_does_not_listen(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test", 443) as connection:  # nothing listens on loopback's 443
        connection.sendall(get("good.test"))
        answer = read_all(connection)
    assert answer.split(b" ")[1] == b"502"
    assert b"good.test" in answer
