"""Starting, ending, and what lies in the state folder."""

import os
import re
import signal
import socket
import stat
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.wire.filter_process import POLICY, FilterProcess, free_port, read_all
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import get


@pytest.fixture
def own_filter(own_filter: FilterProcess) -> FilterProcess:
    """As people start it."""
    own_filter.loaded = False
    return own_filter


def test_what_is_secret_is_readable_by_its_user_alone(running: FilterProcess) -> None:
    secret = [
        path
        for path in running.state.rglob("*")
        if path.is_file() and path.name in {"mitmproxy-ca.pem", "secret.key", "saywhy.sqlite3"}
    ] + list(running.state.glob("decisions-*.jsonl"))
    assert {"mitmproxy-ca.pem", "secret.key", "saywhy.sqlite3"} <= {path.name for path in secret}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE(running.state.stat().st_mode) & 0o077 == 0 or running.state.parent.stat().st_mode & 0o077 == 0


def test_the_authority_names_the_school_and_has_a_key_of_its_own(running: FilterProcess) -> None:
    certificate = x509.load_pem_x509_certificate(running.ca.read_bytes())
    name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert "Test School" in str(name)
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    assert b"PRIVATE KEY" not in running.ca.read_bytes()


def test_the_screen_says_where_everything_is_and_what_to_try(running: FilterProcess) -> None:
    for needed in (str(running.listen_port), str(running.portal_port), str(running.metrics_port), str(running.ca)):
        assert needed in running.output
    assert running.output.count("curl ") == 2
    assert "chromium" in running.output
    assert running.password("it")
    assert running.password("safeguarding")


def asked_slowly(own_filter: FilterProcess) -> tuple[threading.Thread, list[bytes]]:
    """A request whose answer ends when `origin.slow_may_end` is set: who asks, and what came."""
    answers: list[bytes] = []

    def ask() -> None:
        host = f"good.test:{own_filter.origin_port}"
        with own_filter.connect() as connection:
            connection.sendall(get(host, f"http://{host}/slow"))
            answers.append(read_all(connection))

    asking = threading.Thread(target=ask)
    asking.start()
    return asking, answers


def test_sigterm_lets_a_response_end_then_ends_cleanly(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    asking, answers = asked_slowly(own_filter)
    own_filter.wait_for(lambda: origin.connections_for("good.test"), "the request to reach the origin")
    own_filter.process.send_signal(signal.SIGTERM)
    own_filter.wait_for(lambda: not listens(own_filter.listen_port), "the port to close")
    origin.slow_may_end.set()
    asking.join(20)
    assert b"hello from good.test" in answers[0]
    assert own_filter.process.wait(20) == 0
    assert not listens(own_filter.portal_port)
    assert "Traceback" not in own_filter.output


def test_idle_connections_do_not_hold_the_end_up(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    with own_filter.connect():
        started = time.monotonic()
        assert own_filter.stop() == 0
    assert time.monotonic() - started < 6


def test_passwords_are_shown_once_and_the_authority_stays(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    first = own_filter.ca.read_bytes()
    password = own_filter.password("it")
    own_filter.stop()
    own_filter.output = ""
    own_filter.start()
    assert own_filter.ca.read_bytes() == first
    assert password not in own_filter.output
    assert "shown this once" not in own_filter.output


def test_a_first_start_with_a_broken_policy_makes_accounts_once_it_is_mended(own_filter: FilterProcess) -> None:
    own_filter.policy = "school: {name: Test School"
    own_filter.start()
    assert "EVERYTHING IS REFUSED" in own_filter.output
    assert "shown this once" not in own_filter.output
    own_filter.write_policy(POLICY)
    own_filter.wait_for(lambda: "Sign in at" in own_filter.output, "the first accounts")
    assert own_filter.password("it")
    assert own_filter.password("safeguarding")
    assert own_filter.output.count("shown this once") == 1


@pytest.mark.parametrize("name", ["worker", "portal"])
def test_a_process_that_dies_is_started_again(own_filter: FilterProcess, origin: Origin, name: str) -> None:
    own_filter.start()
    port = own_filter.listen_port if name == "worker" else own_filter.portal_port
    os.kill(own_filter.child_pid(name), signal.SIGKILL)
    own_filter.wait_for(lambda: "starting it again" in own_filter.output, "the supervisor to notice")
    own_filter.wait_for(lambda: listens(port), "the process to be back")


def test_without_the_process_that_starts_the_others_the_filter_ends_whole(own_filter: FilterProcess) -> None:
    own_filter.start()
    os.kill(own_filter.child_pid("forks"), signal.SIGKILL)
    assert own_filter.process.wait(30) == 1
    assert "the process that starts the others has ended" in own_filter.output
    assert not listens(own_filter.listen_port)
    assert not listens(own_filter.portal_port)


def test_children_end_when_the_supervisor_is_killed(own_filter: FilterProcess, origin: Origin) -> None:
    own_filter.start()
    own_filter.process.kill()
    own_filter.process.wait()
    own_filter.wait_for(
        lambda: not listens(own_filter.listen_port) and not listens(own_filter.portal_port), "the children to end", 20
    )


def test_a_port_that_is_taken_is_said_plainly(own_filter: FilterProcess, origin: Origin) -> None:
    with socket.create_server(("127.0.0.1", own_filter.listen_port)):
        with pytest.raises(AssertionError):
            own_filter.start()
        assert own_filter.process.wait(20) == 1
    taken = f"127.0.0.1:{own_filter.listen_port} cannot be listened on: "
    assert re.search(rf"{re.escape(taken)}\S+ \(process {os.getpid()}\) listens there", own_filter.output)
    assert "Traceback" not in own_filter.output
    assert own_filter.password("it"), "it is known this once"


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_connections_that_are_held_stop_neither_the_portal_nor_health(running: FilterProcess) -> None:
    places = [("127.0.0.1", running.portal_port), ("127.0.0.1", running.metrics_port)]
    held = [socket.create_connection(place) for place in places for _ in range(150)]
    try:
        for one in held[::2]:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x")  # and no end
        for port, path in ((running.portal_port, "/"), (running.metrics_port, "/healthz")):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
                asking.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
                assert b" 200 " in asking.recv(100)
    finally:
        for one in held:
            one.close()


def test_both_families_are_listened_to_and_each_device_keeps_its_place(
    own_filter: FilterProcess, origin: Origin
) -> None:
    """An IPv4 device stays one: no address is mapped into the other family, where no place would be found."""
    another = free_port()
    own_filter.listen = ("[::]:PORT", f"127.0.0.1:{another}")
    own_filter.policy = own_filter.policy.replace("places:\n", 'places:\n  - {network: "::1/128", groups: [staff]}\n')
    own_filter.start()
    assert f"http://[::1]:{own_filter.listen_port}" in own_filter.output
    assert f"http://127.0.0.1:{another}   (as well)" in own_filter.output
    host = "blocked.test"
    for address, port, status in (
        ("127.0.0.1", own_filter.listen_port, b" 403 "),
        ("127.0.0.1", another, b" 403 "),
        ("::1", own_filter.listen_port, b" 200 "),  # staff may
    ):
        with socket.create_connection((address, port), timeout=20) as connection:
            authority = f"{host}:{own_filter.origin_port}"
            connection.sendall(get(authority, f"http://{authority}/"))
            assert status in read_all(connection)[:20]
