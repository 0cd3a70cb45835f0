import re

import pytest

from tests.wire.filter_process import FilterProcess, read_all, read_head
from tests.wire.odd_tls import ODD
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get, over_http2

# what stands in the place of the host, the kind of fault on the page, and words of the reason
REFUSED = {
    "expired": ("upstream-certificate", "has run out"),
    "notyet": ("upstream-certificate", "is not valid yet"),
    "wrongname": ("upstream-certificate", "another name"),
    "commonname": ("upstream-certificate", "another name"),
    "selfsigned": ("upstream-certificate", "signed its own"),
    "unknownissuer": ("upstream-certificate", "does not know"),
    "weaksignature": ("upstream-certificate", "no longer safe"),
    "forclients": ("upstream-certificate", "made for something else"),
    "oldtls": ("upstream-old-tls", "not safe enough"),
    "staticsha2rsa": ("upstream-old-tls", "not safe enough"),
    "cbcsha": ("upstream-old-tls", "not safe enough"),
    "cbcsha2": ("upstream-old-tls", "not safe enough"),
    "tripledes": ("upstream-old-tls", "not safe enough"),
    "plain": ("upstream-not-tls", "does not keep things private"),
    "ssh": ("upstream-not-tls", "does not keep things private"),
    "garbage": ("upstream-not-tls", "does not keep things private"),
    "hangsup": ("upstream-closed", "hung up"),
    "resets": ("upstream-closed", "hung up"),
}
SERVED = ("good", "goodrsa", "smallkey", "modernrsa", "modernec", "newest", "staticrsa", "staticcbcrsa", "cbcrsa")


def ask(running: FilterProcess, host: str) -> str:
    with running.tunnel(host) as connection:
        connection.sendall(get(f"{host}:{running.origin_port}"))
        return read_all(connection).decode()


def test_every_odd_origin_is_expected_to_be_something() -> None:
    assert set(ODD) <= REFUSED.keys() | set(SERVED)


@pytest.mark.parametrize("kind", REFUSED)
def test_an_origin_that_no_browser_would_take_gives_a_page_that_explains_and_no_way_on(
    running: FilterProcess, origin: Origin, kind: str
) -> None:
    fault, words = REFUSED[kind]
    answer = ask(running, f"{kind}.test")
    assert answer.split(" ")[1] == "502"
    assert words in " ".join(answer.split())
    assert f"<code>{fault}" in answer
    assert f"{kind}.test" in answer
    assert "hello from" not in answer
    assert not re.search(r"mitmproxy|OpenSSL|Errno|saywhy-", answer)
    assert b"GET" not in origin.bytes_for(f"{kind}.test")


@pytest.mark.parametrize("kind", SERVED)
def test_an_origin_that_browsers_take_is_served(running: FilterProcess, origin: Origin, kind: str) -> None:
    assert f"hello from {kind}.test" in ask(running, f"{kind}.test")


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
    assert b"upstream-refused" in answer
    assert b"good.test" in answer


def test_keys_of_sessions_are_written_nowhere(own_filter: FilterProcess, origin: Origin) -> None:
    log = own_filter.folder / "keys"
    own_filter.loaded = False  # mitmproxy looks for these as it is loaded
    own_filter.environment = {"SSLKEYLOGFILE": str(log), "MITMPROXY_SSLKEYLOGFILE": str(log)}
    own_filter.start()
    assert "hello from good.test" in ask(own_filter, "good.test")
    assert not log.exists()


def test_a_session_is_taken_up_again_for_its_own_name_alone(running: FilterProcess, origin: Origin) -> None:
    with running.tunnel("good.test") as first:
        first.sendall(get(f"good.test:{running.origin_port}"))
        read_all(first)
        context, session = first.context, first.session
    reused = []
    for host in ("good.test", "fine.test"):
        connection = running.connect()
        connection.sendall(f"CONNECT {host}:{running.origin_port} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert b" 200 " in read_head(connection)
        with context.wrap_socket(connection, server_hostname=host, session=session) as again:
            reused.append(again.session_reused)
    assert reused == [True, False]
