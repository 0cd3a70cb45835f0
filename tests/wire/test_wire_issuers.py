"""An origin that forgot its intermediate certificate opens, as it does in browsers; nothing else opens for that."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.wire.filter_process import POLICY, FilterProcess
from tests.wire.issuing import issue, write
from tests.wire.origin import Origin
from tests.wire.test_wire_blocked import over_http2
from tests.wire.test_wire_upstream import ask

SERVED = ("lacks", "lackstwo", "lacksh2")
REFUSED = ("stranger", "nowhere", "private", "portal", "own", "port", "away", "wrong", "silent")


class Chains:
    """Leaves whose intermediate has to be fetched, by the first label of their host; the authority of an Origin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = self.portal_port = self.listen_port = 0
        self.root = issue(None, "Root of the issuers", ca=True)
        self.path = folder / "root.pem"
        self.path.write_bytes(self.root.pem)
        self._lock = threading.Lock()

    def leaf(self, host: str) -> Path:
        path = self.folder / f"{host}.pem"
        with self._lock:
            if not path.exists():
                self._make(path, host)
        return path

    def _address(self, kind: str, der: bytes) -> str:
        ok = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(der) + der
        away = b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: http://aia.test:%d/answer/%b\r\n\r\n"
        paths = {"away": away % (self.port, ok.hex().encode()), "silent": b""}
        at = {
            "nowhere": f"no-such-name.invalid:{self.port}",
            "private": f"closed.test:{self.port}",
            "portal": f"why.school.internal:{self.portal_port}",
            "own": f"127.0.0.1:{self.listen_port}",
            "port": "aia.test:22",
        }.get(kind, f"{kind}.aia.test:{self.port}")
        return f"http://{at}/answer/{paths.get(kind, ok).hex()}" if kind != "silent" else f"http://{at}/slow"

    def _make(self, path: Path, host: str) -> None:
        kind = host.partition(".")[0]
        root = issue(None, "A stranger", ca=True) if kind == "stranger" else self.root
        upper = root
        aia: tuple[str, ...] = ()
        if kind == "lackstwo":
            upper = issue(root, "Upper", ca=True)
            aia = (self._address(kind, upper.der),)
        between = issue(upper, f"Between for {kind}", ca=True, aia=aia)
        name = "another.test" if kind == "wrong" else host
        write(path, issue(between, name, names=(name,), aia=(self._address(kind, between.der),)))


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Chains:
    return Chains(tmp_path_factory.mktemp("chains"))


@pytest.fixture(scope="module")
def origin(chains: Chains) -> Iterator[Origin]:
    made = Origin(chains)  # type: ignore[arg-type]
    chains.port = made.port
    yield made
    made.close()


@pytest.fixture(scope="module")
def lenient(origin: Origin, chains: Chains, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilterProcess]:
    process = FilterProcess(tmp_path_factory.mktemp("issuers"), origin.port, chains.path)
    hosts = [f"{kind}.test" for kind in (*SERVED, *REFUSED)]
    process.policy = POLICY.replace(
        '"good.test/never-there"', ", ".join(f'"{host}/never-there"' for host in ["good.test", *hosts])
    )
    process.hosts += "".join(f"127.0.0.1 {kind}.test {kind}.aia.test\n" for kind in (*SERVED, *REFUSED))
    process.hosts = process.hosts.replace("10.1.2.3 private.test\n", "10.1.2.3 closed.test\n")
    chains.portal_port, chains.listen_port = process.portal_port, process.listen_port
    process.start()
    yield process
    process.stop()


@pytest.mark.parametrize(("kind", "fetches"), [("lacks", 1), ("lackstwo", 2)])
def test_what_is_missing_is_fetched_once(lenient: FilterProcess, origin: Origin, kind: str, fetches: int) -> None:
    for _ in range(2):
        assert f"hello from {kind}.test" in ask(lenient, f"{kind}.test")
        assert origin.connections_for(f"{kind}.aia.test") == fetches


def test_many_who_come_at_once_share_one_fetch(lenient: FilterProcess, origin: Origin) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: over_http2(lenient, "lacksh2.test"), range(8)))
    assert {status for status, _ in answers} == {200}
    assert origin.connections_for("lacksh2.aia.test") == 1


@pytest.mark.parametrize("kind", REFUSED)
def test_otherwise_there_is_the_page_of_a_certificate_that_is_not_trusted(
    lenient: FilterProcess, origin: Origin, kind: str
) -> None:
    origin.slow_may_end.clear()
    answer = ask(lenient, f"{kind}.test")
    origin.slow_may_end.set()
    assert answer.split(" ")[1] == "502"
    assert "<code>upstream-certificate" in answer
    assert "hello from" not in answer
    assert not [one for one in origin.connections if one.sni == f"{kind}.test" and one.data]
