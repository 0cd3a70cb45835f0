"""Chains that lack something are completed from what is fetched, and trusted only where they lead to a root."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

from saywhy.proxy.tls.chains import MOST_FETCHES, Chains, is_incomplete, issuer_addresses
from saywhy.proxy.tls.issuers import Certificates
from saywhy.proxy.tls.proof import Proof
from saywhy.proxy.tls.settings import settings_for_origins
from tests.proxy.test_proxy_handshakes import shake
from tests.wire.issuing import Issued, issue

HOST = "a.test"
ROOT = issue(None, "Root", ca=True)
STRANGER = issue(None, "Stranger", ca=True)


def address(name: str) -> str:
    return f"http://aia.test/{name}"


class Shelf:
    """Certificates by their address, in the place of Issuers. Counts what is asked for."""

    def __init__(self, **held: Issued) -> None:
        self.held = {address(name): (one.certificate,) for name, one in held.items()}
        self.asked: list[str] = []
        self.opened = asyncio.Event()
        self.opened.set()

    async def at(self, where: str) -> Certificates:
        self.asked.append(where)
        await self.opened.wait()
        return self.held.get(where, ())


def line(length: int, root: Issued = ROOT) -> list[Issued]:
    """A leaf, then so many intermediates, each naming the address of the next."""
    made = [root]
    for number in range(length, 0, -1):
        at = (address(f"i{number + 1}"),) if number < length else ()
        made.insert(0, issue(made[0], f"Intermediate {number}", ca=True, aia=at))
    return [issue(made[0], HOST, names=(HOST,), aia=(address("i1"),)), *made[:-1]]


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    path = tmp_path / "roots.pem"
    path.write_bytes(ROOT.pem)
    return path


def made(roots: Path, shelf: Shelf | None, now: list[datetime] | None = None, limit: float = 5) -> Chains:
    clock = now or [datetime.now(UTC)]
    return Chains(lambda beside: settings_for_origins(roots, beside), shelf, now=lambda: clock[0], limit=limit)  # type: ignore[arg-type]


def handshake(chains: Chains, *shown: Issued) -> str:
    """Shake hands with an origin that shows these; what OpenSSL says against it, or nothing."""
    settings = SSL.Context(SSL.TLS_SERVER_METHOD)
    settings.use_certificate(shown[0].certificate)
    settings.use_privatekey(shown[0].key)
    for one in shown[1:]:
        settings.add_extra_chain_cert(one.certificate)
    origin = SSL.Connection(settings)
    origin.set_accept_state()
    ours = SSL.Connection(chains.context_for(HOST))
    ours.set_app_data(Proof(HOST))
    ours.set_connect_state()
    try:
        shake(ours, origin)
    except SSL.Error:
        chains.failed(HOST, ours)
        result = SSL._lib.SSL_get_verify_result(ours._ssl)  # type: ignore[attr-defined]
        return str(crypto._ffi.string(crypto._lib.X509_verify_cert_error_string(result)).decode())  # type: ignore[attr-defined]
    return ""


def completed(chains: Chains, *shown: Issued) -> bool:
    assert is_incomplete(handshake(chains, *shown))
    return asyncio.run(chains.complete(HOST))


def test_what_is_missing_is_fetched_once_and_the_handshake_succeeds(roots: Path) -> None:
    leaf, between = line(1)
    shelf = Shelf(i1=between)
    chains = made(roots, shelf)
    assert completed(chains, leaf)
    assert handshake(chains, leaf) == ""
    assert chains.context_for("b.test") is not chains.context_for(HOST)
    assert shelf.asked == [address("i1")]


def test_a_complete_chain_asks_for_nothing(roots: Path) -> None:
    shelf = Shelf()
    chains = made(roots, shelf)
    assert handshake(chains, *line(2)) == ""
    assert not asyncio.run(chains.complete(HOST))
    assert shelf.asked == []


@pytest.mark.parametrize("shown", [1, 2])
def test_several_missing_ones_are_fetched_one_after_the_other(roots: Path, shown: int) -> None:
    chain = line(3)
    chains = made(roots, Shelf(i1=chain[1], i2=chain[2], i3=chain[3]))
    assert completed(chains, *chain[:shown])
    assert handshake(chains, *chain[:shown]) == ""


def test_what_is_shown_beside_the_point_is_no_hindrance(roots: Path) -> None:
    leaf, between = line(1)
    chains = made(roots, Shelf(i1=between))
    assert completed(chains, leaf, issue(STRANGER, "Beside the point", ca=True), STRANGER)
    assert handshake(chains, leaf) == ""


def test_no_more_than_four_are_fetched(roots: Path) -> None:
    chain = line(MOST_FETCHES + 1)
    shelf = Shelf(**{f"i{number}": one for number, one in enumerate(chain) if number})
    assert not completed(made(roots, shelf), chain[0])
    assert len(shelf.asked) == MOST_FETCHES


def test_further_addresses_are_tried_where_one_gives_nothing_or_another_certificate(roots: Path) -> None:
    _, between = line(1)
    at = tuple(address(name) for name in ("nothing", "other", "right"))
    leaf = issue(between, HOST, names=(HOST,), aia=at)
    chains = made(roots, Shelf(other=issue(ROOT, "Other", ca=True), right=between))
    assert completed(chains, leaf)
    assert handshake(chains, leaf) == ""


class TestNothingIsTrustedThatDoesNotLeadToARoot:
    def test_a_chain_to_a_stranger(self, roots: Path) -> None:
        chain = line(1, STRANGER)
        chains = made(roots, Shelf(i1=chain[1]))
        assert not completed(chains, chain[0])
        assert is_incomplete(handshake(chains, chain[0]))

    def test_a_root_that_is_fetched_is_no_root(self, roots: Path) -> None:
        leaf = issue(STRANGER, HOST, names=(HOST,), aia=(address("root"),))
        assert not completed(made(roots, Shelf(root=STRANGER)), leaf)

    def test_nor_one_with_the_name_of_a_root(self, roots: Path) -> None:
        false = issue(None, "Root", ca=True, kind="p384")
        leaf = issue(false, HOST, names=(HOST,), aia=(address("root"),))
        chains = made(roots, Shelf(root=false))
        assert handshake(chains, leaf)
        assert not asyncio.run(chains.complete(HOST))
        assert handshake(chains, leaf)

    def test_what_issues_without_being_allowed_to(self, roots: Path) -> None:
        not_ca = issue(ROOT, "No authority")
        leaf = issue(not_ca, HOST, names=(HOST,), aia=(address("i1"),))
        chains = made(roots, Shelf(i1=not_ca))
        completed(chains, leaf)
        assert handshake(chains, leaf)

    def test_settings_themselves_take_nothing_for_a_root(self, roots: Path) -> None:
        leaf, between = line(1, STRANGER)
        chains = Chains(lambda _: settings_for_origins(roots, (between.certificate,)), None)
        assert is_incomplete(handshake(chains, leaf))
        with pytest.raises(ValueError, match="what a root is"):
            settings_for_origins(roots, (STRANGER.certificate,))

    def test_an_expired_one(self, roots: Path) -> None:
        old = issue(ROOT, "Old", ca=True, days=(-30, -1))
        leaf = issue(old, HOST, names=(HOST,), aia=(address("i1"),))
        chains = made(roots, Shelf(i1=old))
        assert not completed(chains, leaf)
        assert handshake(chains, leaf)


def test_those_who_wait_for_one_host_wait_for_one_search(roots: Path) -> None:
    leaf, between = line(1)
    shelf = Shelf(i1=between)
    chains = made(roots, shelf)
    assert is_incomplete(handshake(chains, leaf))

    async def several() -> list[bool]:
        shelf.opened.clear()
        waiting = [asyncio.create_task(chains.complete(HOST)) for _ in range(20)]
        await asyncio.sleep(0)
        shelf.opened.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(several()) == [True] * 20
    assert len(shelf.asked) == 1


def test_a_search_has_its_time(roots: Path) -> None:
    leaf, between = line(1)
    shelf = Shelf(i1=between)
    shelf.opened.clear()
    assert not completed(made(roots, shelf, limit=0.01), leaf)


def test_what_was_found_is_kept_for_a_day_at_most(roots: Path) -> None:
    leaf, between = line(1)
    now = [datetime.now(UTC)]
    chains = made(roots, Shelf(i1=between), now)
    assert completed(chains, leaf)
    now[0] += timedelta(hours=25)
    assert is_incomplete(handshake(chains, leaf))


def test_two_hosts_that_lack_the_same_share_their_settings(roots: Path) -> None:
    leaf, between = line(1)
    chains = made(roots, Shelf(i1=between))
    assert completed(chains, leaf)
    chains._shown["b.test"] = (leaf.certificate,)
    assert asyncio.run(chains.complete("b.test"))
    assert chains.context_for("b.test") is chains.context_for(HOST)


def test_without_anybody_to_ask_a_chain_stays_as_it_is(roots: Path) -> None:
    leaf, _ = line(1)
    assert not completed(made(roots, None), leaf)


def test_only_http_addresses_of_issuers_count() -> None:
    at = ("ldap://aia.test/a", "https://aia.test/b", "HTTP://aia.test/c", "ftp://aia.test/d")
    assert issuer_addresses(issue(ROOT, HOST, aia=at).certificate) == ["HTTP://aia.test/c"]
    assert issuer_addresses(ROOT.certificate) == []
