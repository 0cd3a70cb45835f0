import pytest
from mitmproxy.test import tflow

from saywhy.explain.fault import FaultKind, fault_page
from saywhy.proxy.mitm import gate


def test_a_flow_is_closed_until_it_is_opened() -> None:
    flow = tflow.tflow()
    assert not gate.is_open(flow)
    gate.open_for(flow)
    assert gate.is_open(flow)
    gate.close(flow)
    assert not gate.is_open(flow)


@pytest.mark.parametrize(("name", "value"), [("host", "elsewhere.test"), ("port", 81), ("scheme", "ftp")])
def test_a_verdict_is_for_one_destination(name: str, value: object) -> None:
    flow = tflow.tflow()
    gate.open_for(flow)
    setattr(flow.request, name, value)
    assert not gate.is_open(flow)


def test_a_response_passes_only_through_an_open_gate() -> None:
    flow = tflow.tflow(resp=True)
    gate.pass_response(flow)
    assert not gate.response_passed(flow)
    gate.open_for(flow)
    gate.pass_response(flow)
    assert gate.response_passed(flow)
    gate.close(flow)
    assert not gate.response_passed(flow)


def test_a_refusal_takes_the_verdict_away_and_asks_for_no_body() -> None:
    flow = tflow.tflow()
    flow.request.headers["Expect"] = "100-continue"
    gate.open_for(flow)
    gate.refuse(flow, fault_page(FaultKind.NO_POLICY, None, None))
    assert not gate.is_open(flow)
    assert flow.response is not None
    assert flow.response.status_code == 503
    assert "expect" not in flow.request.headers
    assert flow.request.stream is True


def test_the_static_refusal_is_a_whole_page() -> None:
    answer = gate.static_refusal()
    assert answer.status_code == 503
    assert answer.headers["cache-control"] == "no-store"
    assert b"<h1" in (answer.content or b"")


def test_distrust_lasts_until_the_connection_ends() -> None:
    distrusted = gate.Distrusted()
    client = tflow.tclient_conn()
    assert client not in distrusted
    distrusted.add(client)
    assert client in distrusted
    distrusted.forget(client)
    assert client not in distrusted
