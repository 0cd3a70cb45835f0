"""For those who run mitmproxy themselves: which layer comes next."""

from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import NextLayer
from mitmproxy.proxy.layers import modes
from mitmproxy.test.tflow import tclient_conn

from saywhy.proxy.mitm.faults import Faults
from saywhy.proxy.mitm.layers import GuardedHttpLayer, RefusedLayer
from saywhy.proxy.mitm.next_layer import NextLayerAddon
from tests.proxy.test_proxy_hooks import Counts


def addon() -> NextLayerAddon:
    return NextLayerAddon(Faults(Counts()), lambda *_: None)  # type: ignore[arg-type]


def test_the_proxy_itself_speaks_http() -> None:
    context = Context(tclient_conn(), Options())
    modes.HttpProxy(context)
    asked = NextLayer(context)
    addon().next_layer(asked)
    assert isinstance(asked.layer, GuardedHttpLayer)


def test_another_mode_of_mitmproxy_is_refused() -> None:
    context = Context(tclient_conn(), Options())
    modes.TransparentProxy(context)
    asked = NextLayer(context)
    addon().next_layer(asked)
    assert isinstance(asked.layer, RefusedLayer)


def test_a_fault_in_choosing_is_a_refusal() -> None:
    context = Context(tclient_conn(), Options())
    modes.HttpProxy(context)
    asked = NextLayer(context)
    asked.data_client = None  # type: ignore[method-assign, assignment]
    context.layers.append(context.layers[0])
    addon().next_layer(asked)
    assert isinstance(asked.layer, RefusedLayer)
