"""What the portal's pages for devices are given: the certificate that devices trust, and where everything is reached."""

from cryptography.x509 import Certificate, load_pem_x509_certificates

from saywhy.portal.devices.place import DeviceSources, Place
from saywhy.proxy.tls.authority import CERTIFICATE
from saywhy.serve.settings import Endpoint, Settings


def device_sources(settings: Settings) -> DeviceSources:
    """From the settings; the certificate is read each time, since a school may put another one there."""
    offered = settings.authority / CERTIFICATE

    def certificates() -> tuple[Certificate, ...]:
        return tuple(load_pem_x509_certificates(offered.read_bytes()))

    return DeviceSources(
        certificates,
        tuple(map(_place, settings.listen)),
        _place(settings.portal),
        None if settings.proxy_address is None else _place(settings.proxy_address),
    )


def _place(endpoint: Endpoint) -> Place:
    return Place(endpoint.host, endpoint.port)
