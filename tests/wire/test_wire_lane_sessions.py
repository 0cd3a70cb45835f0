"""TLS sessions with origins are taken up again: for the same host, and never instead of what has to be proven."""

import shutil
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL

from saywhy.proxy.door.open_connections import Limits
from saywhy.proxy.lane import origins
from saywhy.proxy.tls.chains import Chains
from saywhy.proxy.tls.proof import Proof
from tests.proxy.test_proxy_proof import LEAF, ROOT, pyopenssl
from tests.wire.certificates import TestAuthority
from tests.wire.inside import InsideProxy, inside
from tests.wire.scripted_origin import ScriptedOrigin, Served
from tests.wire.test_wire_faults import ask


def answers_once(served: Served) -> None:
    served.head()
    served.answer()
    served.until_closed()


class Leaves:
    """The test authority's, in a folder of its own: a test puts others in their place."""

    def __init__(self, authority: TestAuthority, folder: Path) -> None:
        self._authority = authority
        self._folder = folder

    def leaf(self, host: str) -> Path:
        path = self._folder / f"{host}.pem"
        if not path.exists():
            shutil.copy(self._authority.leaf(host), path)
        return path


@pytest.fixture
def origin(test_authority: TestAuthority, tmp_path: Path) -> Iterator[ScriptedOrigin]:
    folder = tmp_path / "leaves"
    folder.mkdir()
    one = ScriptedOrigin(Leaves(test_authority, folder), answers_once)
    yield one
    one.close()


@pytest.fixture
def proxy(tmp_path: Path, origin: ScriptedOrigin, test_authority: TestAuthority) -> Iterator[InsideProxy]:
    one = inside(tmp_path, origin.port, test_authority.path)
    one.limits = Limits(origin_seconds=0.0)  # so that each request has a connection of its own
    one.start()
    yield one
    one.stop()


def asked(proxy: InsideProxy, origin: ScriptedOrigin, host: str = "good.test", times: int = 1) -> list[bool]:
    """Whether each handshake took a session up."""
    before = len(origin.served)
    for _ in range(times):
        assert ask(proxy, host, tls=True).endswith(b"hello")
        proxy.wait_for(lambda: origin.open == 0, "the connection to be over")
    return [one.resumed for one in origin.served[before:]]


def handshakes(proxy: InsideProxy, kind: str) -> float | None:
    metrics = proxy.parts.metrics
    metrics.write()
    return metrics.registry.get_sample_value("saywhy_handshakes_total", {"side": "origin", "kind": kind})


VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@VERSIONS
def test_a_session_is_taken_up_by_whoever_asks_next(
    proxy: InsideProxy, origin: ScriptedOrigin, version: ssl.TLSVersion
) -> None:
    origin.versions = (version, version)
    assert asked(proxy, origin, times=4) == [False, True, True, True]
    assert [handshakes(proxy, kind) for kind in ("full", "resumed", "kept")] == [1, 3, 0]


def test_never_for_another_host(proxy: InsideProxy, origin: ScriptedOrigin) -> None:
    assert asked(proxy, origin, "good.test") == [False]
    assert asked(proxy, origin, "big.test") == [False]
    assert asked(proxy, origin, "good.test") == [True]


@VERSIONS
@pytest.mark.parametrize("kind", ["expired", "wrongname", "selfsigned", "unknownissuer"])
def test_an_origin_whose_certificate_has_become_bad_is_refused_in_its_next_whole_handshake(
    proxy: InsideProxy, origin: ScriptedOrigin, test_authority: TestAuthority, kind: str, version: ssl.TLSVersion
) -> None:
    """With new keys for tickets, as after a restart, an old session is no good: everything is proven anew."""
    origin.versions = (version, version)
    assert asked(proxy, origin, times=2) == [False, True]
    shutil.copy(test_authority.leaf(f"{kind}.test"), origin.leaves.leaf("good.test"))
    origin.contexts.clear()
    before = origin.data
    for _ in range(2):
        assert b" 502 " in ask(proxy, "good.test", tls=True)[:20]
    assert origin.data == before
    shutil.copy(test_authority.leaf("good.test"), origin.leaves.leaf("good.test"))
    origin.contexts.clear()
    assert asked(proxy, origin, times=2) == [False, True]


def test_no_session_outlives_the_certificate(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Browsers look at the certificate of a session that they take up (SSL_CTX_set_reverify_on_resume)."""
    monkeypatch.setattr(Chains, "proven_for", lambda *_: 0.0)
    assert asked(proxy, origin, times=2) == [False, False]


def test_what_was_proven_does_not_last_longer_for_being_taken_up(
    proxy: InsideProxy, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Session follows session, each with a ticket of its own; the time counts from the handshake that proved something."""
    seconds = 3_000.0

    def proven_for(*_: object) -> float:
        return seconds

    monkeypatch.setattr(Chains, "proven_for", proven_for)
    assert asked(proxy, origin, times=3) == [False, True, True]
    seconds = 0.0
    assert asked(proxy, origin) == [True]
    clock = proxy.loop.time
    with monkeypatch.context() as later:
        later.setattr(origins.asyncio, "get_running_loop", lambda: Later(proxy.loop, clock() + 3_001))
        assert asked(proxy, origin) == [False]


class Later:
    """A loop whose clock is ahead."""

    def __init__(self, loop: object, at: float) -> None:
        self._loop = loop
        self._at = at

    def __getattr__(self, name: str) -> object:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._at


def test_until_when_what_was_proven_holds_is_the_first_end_of_the_chain() -> None:
    proof = Proof("a.test")
    proof.take(pyopenssl(ROOT.certificate), 1)
    proof.take(pyopenssl(LEAF.certificate), 0)
    assert proof.ends == min(ROOT.certificate.not_valid_after_utc, LEAF.certificate.not_valid_after_utc)
    connection = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    connection.set_app_data(proof)
    at = proof.ends
    chains = Chains(lambda _: SSL.Context(SSL.TLS_CLIENT_METHOD), now=lambda: at)
    for late, left in ((timedelta(seconds=-7), 7.0), (timedelta(0), 0.0), (timedelta(1), 0.0)):
        at = proof.ends + late
        assert chains.proven_for(connection) == left
    connection.set_app_data(Proof("a.test"))
    assert chains.proven_for(connection) == 0.0
