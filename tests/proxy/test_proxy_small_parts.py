"""in_force, body_meter, fault_kinds, portal_route, script and saywhy.py as far as they stand alone."""

import ast
import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest
from mitmproxy import http
from mitmproxy.addons import core, proxyserver
from mitmproxy.test import taddons, tflow

from saywhy.decide.access import target_of_url
from saywhy.explain.answer import Answer
from saywhy.explain.fault import FaultKind
from saywhy.observe.labels import FAULTS
from saywhy.proxy.fault_kinds import detail_of, fault_kind_of
from saywhy.proxy.mitm import gate
from saywhy.proxy.mitm.body_meter import BodyMeter
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.faults import Faults
from saywhy.proxy.mitm.fixed_options import CLOSED_OPTIONS
from saywhy.proxy.mitm.portal_route import PortalRoute
from saywhy.proxy.mitm.script import ClosedOptions
from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.outbound import Portal


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("saywhy-no-such-name", FaultKind.NAME_NOT_FOUND),
        ("saywhy-name-timed-out", FaultKind.NAME_UNANSWERED),
        ("saywhy-name-failed", FaultKind.NAME_FAILED),
        ("saywhy-too-many-names", FaultKind.TOO_BUSY),
        ("saywhy-timed-out", FaultKind.UPSTREAM_TIMEOUT),
        ("saywhy-refused", FaultKind.UPSTREAM_REFUSED),
        ("saywhy-no-way", FaultKind.UPSTREAM_UNREACHABLE),
        ("saywhy-own-address", FaultKind.OWN_ADDRESS),
        ("Certificate verify failed: certificate has expired", FaultKind.UPSTREAM_CERTIFICATE),
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", FaultKind.UPSTREAM_REFUSED),
        ("[Errno 113] Connect call failed ('127.0.0.1', 1)", FaultKind.UPSTREAM_UNREACHABLE),
        ("OpenSSL Error([('SSL routines', '', 'tls alert handshake failure')])", FaultKind.UPSTREAM_OLD_TLS),
        ("OpenSSL Error([('SSL routines', '', 'dh key too small')])", FaultKind.UPSTREAM_OLD_TLS),
        ("OpenSSL Error([('SSL routines', '', 'tlsv1 alert internal error')])", FaultKind.UPSTREAM_CLOSED),
        ("saywhy-wants-certificate", FaultKind.UPSTREAM_WANTS_CERTIFICATE),
        ("The remote server does not speak TLS.", FaultKind.UPSTREAM_NOT_TLS),
        ("The remote server and mitmproxy cannot agree on a TLS version to use.", FaultKind.UPSTREAM_OLD_TLS),
        ("connection closed", FaultKind.UPSTREAM_CLOSED),
        ("", FaultKind.UPSTREAM_UNREACHABLE),
    ],
)
def test_an_error_is_told_by_its_kind(error: str, kind: FaultKind) -> None:
    assert fault_kind_of(error) is kind


@pytest.mark.parametrize("error", ["saywhy-no-such-name", "saywhy-name-timed-out", "saywhy-name-failed"])
def test_a_safe_address_that_is_not_found_is_no_site_that_there_is_not(error: str) -> None:
    assert fault_kind_of(error, led=True) is FaultKind.SAFE_ADDRESS_NOT_FOUND
    assert fault_kind_of("saywhy-refused", led=True) is FaultKind.UPSTREAM_REFUSED


def test_every_reason_for_not_reaching_has_a_kind_of_its_own_words() -> None:
    reasons = [
        text for text in vars(NotReachableError).values() if isinstance(text, str) and text.startswith("saywhy-")
    ]
    assert len(reasons) == 10
    assert [
        text for text in reasons if text != NotReachableError.NO_WAY and fault_kind_of(text) is fault_kind_of("")
    ] == []


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        ("Certificate verify failed: certificate has expired", "certificate has expired"),
        ("OpenSSL Error([('SSL routines', '', 'tls alert handshake failure')])", "tls alert handshake failure"),
        ("OpenSSL Error([('a', '', 'first'), ('b', '', 'last one')])", "last one"),
        ("OpenSSL Error([])", ""),
        ("You may need to adjust mitmproxy's tls_version_server_min option.", ""),
        ("saywhy-timed-out", ""),
    ],
)
def test_the_detail_is_openssls_reason_or_nothing(error: str, detail: str) -> None:
    assert detail_of(error) == detail


def test_every_kind_of_fault_has_a_label() -> None:
    assert set(FaultKind) <= FAULTS


def test_a_meter_counts_and_changes_nothing() -> None:
    counted: list[tuple[str, str, int]] = []
    lanes = SimpleNamespace(relayed=lambda *told: counted.append(told))
    meter = BodyMeter(cast("Any", SimpleNamespace(lanes=lanes)), "down")
    assert [meter(piece) for piece in (b"abc", b"", b"de")] == [b"abc", b"", b"de"]
    assert counted == [("layers", "down", 3), ("layers", "down", 2)]


class TestPortalRoute:
    ROUTE = PortalRoute(
        Portal("why.school.internal", "127.0.0.1", 8081, frozenset({"trust.why.school.internal"})), "proof"
    )

    @pytest.mark.parametrize(
        ("url", "leads_there"),
        [
            ("http://why.school.internal/", True),
            ("https://WHY.school.internal./ask/x", True),
            ("https://trust.why.school.internal/check/tick.svg", True),
            ("http://blocked.why.school.internal/", False),
            ("http://why.school.internal:8081/", False),
            ("http://x.why.school.internal/", False),
            ("http://school.internal/", False),
        ],
    )
    def test_only_its_very_name_on_the_usual_ports_leads_there(self, url: str, leads_there: bool) -> None:
        assert self.ROUTE.is_for(target_of_url(url)) is leads_there

    def test_the_portal_is_told_who_asks_and_a_clients_own_claims_are_dropped(self) -> None:
        flow = tflow.tflow()
        flow.client_conn.peername = ("10.30.9.7", 5555)
        flow.client_conn.sockname = ("2001:db8::5", 8080)
        flow.request = http.Request.make(
            "GET",
            "https://why.school.internal/",
            headers=[(b"X-Saywhy-Client", b"10.0.0.1"), (b"x-saywhy-relay", b"guess"), (b"x-saywhy-proxy", b"evil:1")],
        )
        self.ROUTE.send(flow)
        headers = flow.request.headers
        assert headers.get_all("x-saywhy-client") == ["10.30.9.7"]
        assert headers.get_all("x-saywhy-relay") == ["proof"]
        assert headers["x-saywhy-scheme"] == "https"
        assert headers.get_all("x-saywhy-proxy") == ["[2001:db8::5]:8080"]
        assert (flow.request.scheme, flow.request.host, flow.request.port) == ("http", "why.school.internal", 8081)
        assert gate.is_open(flow)


def test_options_that_would_open_a_way_are_set_back() -> None:
    with taddons.context(core.Core(), proxyserver.Proxyserver(), loadcore=False) as context:
        context.master.addons.add(ClosedOptions(dict(CLOSED_OPTIONS)))
        context.options.update(rawtcp=True, connection_strategy="eager", stream_large_bodies="1", ssl_insecure=True)
        options = context.options
        assert (options.rawtcp, options.connection_strategy) == (False, "lazy")
        assert (options.stream_large_bodies, options.ssl_insecure) == (None, False)


def test_the_script_holds_nothing_of_its_own_that_could_be_unloaded() -> None:
    tree = ast.parse((Path(__file__).parents[2] / "addons" / "saywhy.py").read_text())
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["load"]
    assert not any(isinstance(node, ast.ClassDef) for node in tree.body)


def test_requests_of_a_connection_that_broke_are_not_waited_for() -> None:
    judge = MagicMock()
    judge.in_force.now = None
    judge.faulted.return_value = Answer(503, "text/plain", b"", {})
    enforcer = Enforcer(judge, MagicMock(), MagicMock(), Faults(MagicMock()))
    flow = tflow.tflow()
    asyncio.run(enforcer.requestheaders(flow))
    assert len(enforcer.in_flight) == 1
    enforcer.client_disconnected(flow.client_conn)
    assert len(enforcer.in_flight) == 0
    enforcer.error(flow)  # as it may be told afterwards
    assert len(enforcer.in_flight) == 0
