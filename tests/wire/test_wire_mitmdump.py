"""`mitmdump -s addons/saywhy.py`: the same filter inside somebody's own mitmproxy."""

from tests.wire.filter_process import POLICY, FilterProcess, read_all
from tests.wire.mitmdump_process import Mitmdump
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import assert_page, get


def ask(proxy: FilterProcess, host: str) -> bytes:
    with proxy.tunnel(host) as connection:
        connection.sendall(get(f"{host}:{proxy.origin_port}", "/hello"))
        return read_all(connection)


def test_it_blocks_explains_and_lets_through(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    assert b"hello from good.test" in ask(mitmdump, "good.test")
    assert_page(ask(mitmdump, "blocked.test"))
    assert origin.bytes_for("blocked.test") == b""
    with mitmdump.connect() as connection:
        connection.sendall(get("why.school.internal", "http://why.school.internal/"))
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_it_stays_closed_when_the_script_is_saved_with_a_mistake(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.start()
    assert_page(ask(mitmdump, "blocked.test"))
    (mitmdump.folder / "checkout" / "addons" / "saywhy.py").write_text("def load(loader:\n")
    mitmdump.wait_for(lambda: "SyntaxError" in mitmdump.output, "mitmproxy to reload the script")
    assert_page(ask(mitmdump, "blocked.test"))
    assert origin.bytes_for("blocked.test") == b""


def test_without_a_policy_everything_is_refused(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.policy = POLICY.replace("default: allow", "default: perhaps")
    mitmdump.start()
    assert mitmdump.process.poll() is not None or ask(mitmdump, "good.test").startswith(b"HTTP/1.1 503 ")
    assert origin.connections == []


def test_it_does_not_run_unguarded_when_it_cannot_start(mitmdump: Mitmdump, origin: Origin) -> None:
    mitmdump.state.write_text("a file where a folder has to be")
    mitmdump.start()
    assert mitmdump.process.wait(20) != 0


def test_its_tls_is_as_strict_and_its_keys_are_written_nowhere(mitmdump: Mitmdump, origin: Origin) -> None:
    log = mitmdump.folder / "keys"
    mitmdump.environment = {"SSLKEYLOGFILE": str(log), "MITMPROXY_SSLKEYLOGFILE": str(log)}
    mitmdump.start()
    for kind in ("staticsha2rsa", "cbcsha", "tripledes", "oldtls"):
        answer = ask(mitmdump, f"{kind}.test")
        assert b"upstream-old-tls" in answer
        assert b"mitmproxy" not in answer
    assert b"no longer safe" in ask(mitmdump, "smallkey.test")
    assert b"does not know" in ask(mitmdump, "unknownissuer.test")  # nobody there completes a chain
    for kind in ("modernec", "staticrsa", "cbcrsa"):
        assert f"hello from {kind}.test".encode() in ask(mitmdump, f"{kind}.test")
    assert not log.exists()
