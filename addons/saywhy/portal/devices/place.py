"""Where the proxy and the portal are, as the device that asks reaches them."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from cryptography.x509 import Certificate

from saywhy.policy.address import bracketed


@dataclass(frozen=True, slots=True)
class Place:
    """A host, an address without brackets or a name, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"

    @classmethod
    def read(cls, text: str, default_port: int = 0) -> Self | None:
        """Read what `str` writes, or a Host header; None for anything else."""
        try:
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname or "", parts.port or default_port
        except ValueError:
            return None
        return cls(host.partition("%")[0], port) if host and port and parts.netloc == text and "@" not in text else None


@dataclass(frozen=True, slots=True)
class DeviceSources:
    """What the pages for devices are given.

    `certificates` reads those that devices are to trust, and raises OSError and ValueError. `listening` is where the proxy
    listens, `portal` where the portal does; `told` is the proxy's address where somebody said how devices reach it.
    """

    certificates: Callable[[], tuple[Certificate, ...]] = tuple
    listening: tuple[Place, ...] = ()
    portal: Place | None = None
    told: Place | None = None

    def proxy_for(self, host: str, relayed: str | None) -> Place | None:
        """The proxy's address for a device that asked under this Host header; None where it is not known.

        `relayed` is where the device reached the proxy, if that relayed what it asked.
        """
        if self.told is not None:
            return self.told
        if relayed is not None:
            return Place.read(relayed)
        asked = Place.read(host, 80)
        return None if asked is None else _reached(self.listening, asked.host)

    def portal_for(self, host: str, relayed: str | None) -> Place | None:
        """The portal's own address, without the proxy, for that device; None where it cannot be reached so."""
        if relayed is None:
            return Place.read(host, 80)
        proxy = self.proxy_for(host, relayed)
        if proxy is None or self.portal is None:
            return None
        return _reached((self.portal,), proxy.host)


def _reached(listening: tuple[Place, ...], host: str) -> Place | None:
    """The first of these that is reached under a host, which is an address of this machine or a name for it."""
    try:
        everywhere: tuple[str, ...] = ("0.0.0.0" if ip_address(host).version == 4 else "::",)  # noqa: S104
        named = False
    except ValueError:
        everywhere, named = ("0.0.0.0", "::"), True  # noqa: S104
    for one in listening:
        if one.host == host or one.host in everywhere or (host == "localhost" and _is_loopback(one.host)):
            return Place(host, one.port)
    if named and host != "localhost":
        return next((one for one in listening if not _is_loopback(one.host)), None)
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
