"""For those who run mitmproxy themselves: put our addons into a running master's chain, for good.

mitmproxy unloads a script whose file was saved with a mistake, and everything passes. So the script only puts the
addons in; they are not its own, and stay.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from mitmproxy import ctx
from mitmproxy.net import tls

from saywhy.proxy.mitm.client_refusals import ClientRefusals
from saywhy.proxy.mitm.enforce import Enforcer
from saywhy.proxy.mitm.fixed_options import CLOSED_OPTIONS
from saywhy.proxy.mitm.handshake_counts import HandshakeCounts
from saywhy.proxy.mitm.next_layer import NextLayerAddon
from saywhy.proxy.outbound.outbound import Outbound
from saywhy.proxy.tls.settings import CIPHERS

# mitmproxy's own TLS stays in use here, as strict as `handshakes` is.
_ONLY_WITH_MITMDUMP: dict[str, Any] = {
    "onboarding": False,
    "mode": ["regular"],
    "ciphers_client": ":".join(CIPHERS),
    "ciphers_server": ":".join(CIPHERS),
    "tls_version_client_min": "TLS1_2",
    "tls_version_server_min": "TLS1_2",
}


class ClosedOptions:
    """mitmproxy addon: sets back the options that must not be changed."""

    def __init__(self, wanted: dict[str, Any]) -> None:
        self._wanted = wanted

    def configure(self, updated: AbstractSet[str]) -> None:
        """Set back what was changed."""
        changed = {
            name: value
            for name, value in self._wanted.items()
            if name in updated and getattr(ctx.options, name) != value
        }
        if changed:
            ctx.options.update(**changed)


def installed() -> bool:
    """Whether our addons are in the running mitmproxy's chain already."""
    return any(isinstance(addon, Enforcer) for addon in ctx.master.addons.chain)


def listening() -> tuple[str, int]:
    """Where mitmproxy listens: host and port."""
    return ctx.options.listen_host or "0.0.0.0", ctx.options.listen_port or 8080  # noqa: S104 — its own default


def install(
    enforcer: Enforcer,
    refusals: ClientRefusals,
    counts: HandshakeCounts,
    next_layer: NextLayerAddon,
    outbound: Outbound,
) -> None:
    """Put the addons in: next_layer first, so that no other chooses a layer; the enforcer last, after all others."""
    master = ctx.master
    outbound.install(master.event_loop)
    _log_no_keys()
    wanted = {**CLOSED_OPTIONS, **_ONLY_WITH_MITMDUMP}
    # a mode with an address of its own is still the regular one
    if all(mode.split("@")[0] == "regular" for mode in master.options.mode):
        del wanted["mode"]
    # what is set already is left alone: mitmproxy looks at versions of TLS, and stumbles over those OpenSSL has dropped
    master.options.update(**{name: value for name, value in wanted.items() if getattr(master.options, name) != value})
    master.addons.chain.insert(0, master.addons.register(next_layer))
    master.addons.add(ClosedOptions(wanted), refusals, counts, enforcer)


def _log_no_keys() -> None:
    """Make mitmproxy forget the file for the keys of sessions, which it reads from the environment when it is imported."""
    tls.log_master_secret = None
    tls.create_proxy_server_context.cache_clear()
    tls.create_client_proxy_context.cache_clear()
