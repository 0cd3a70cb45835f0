"""Sessions that a device goes on with: at any worker, and never for another name."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from OpenSSL import SSL

from saywhy.proxy.tls.authority import ensure_authority, read_authority
from saywhy.proxy.tls.device_contexts import DeviceContexts, ticket_keys

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authority")
    ensure_authority(made, "Hillside School", datetime.now(UTC))
    return made


def a_client(version: ssl.TLSVersion, folder: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(folder / "saywhy-ca.pem"))
    made.minimum_version = made.maximum_version = version
    made.set_alpn_protocols(["h2"])
    return made


def meet(
    client: ssl.SSLContext, worker: DeviceContexts, host: str, session: ssl.SSLSession | None = None
) -> ssl.SSLObject:
    """A handshake and a byte from the worker, with which tickets come in TLS 1.3."""
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    device = client.wrap_bio(came, goes, server_hostname=host, session=session)
    ours = worker.connection(host, None, b"h2")
    said = b""
    while not said:
        with suppress(ssl.SSLWantReadError):
            device.do_handshake()
            said = device.read(1)
        if goes.pending:
            ours.bio_write(goes.read())
        with suppress(SSL.WantReadError):
            ours.do_handshake()
            ours.send(b"!")
        with suppress(SSL.WantReadError):
            came.write(ours.bio_read(65_536))
    assert device.selected_alpn_protocol() == "h2"
    return device


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_goes_on_at_another_worker(version: ssl.TLSVersion, folder: Path) -> None:
    one, another = (DeviceContexts(read_authority(folder)) for _ in range(2))
    client = a_client(version, folder)
    first = meet(client, one, "a.test")
    assert not first.session_reused
    assert meet(client, another, "a.test", first.session).session_reused


@pytest.mark.parametrize("version", VERSIONS)
def test_and_never_for_another_name(version: ssl.TLSVersion, folder: Path) -> None:
    worker = DeviceContexts(read_authority(folder))
    client = a_client(version, folder)
    first = meet(client, worker, "a.test")
    other = meet(client, worker, "b.test", first.session)
    assert not other.session_reused
    assert other.getpeercert()["subjectAltName"] == (("DNS", "b.test"),)  # type: ignore[index]


@pytest.mark.parametrize("version", VERSIONS)
def test_nor_in_another_run(version: ssl.TLSVersion, folder: Path) -> None:
    client = a_client(version, folder)
    first = meet(client, DeviceContexts(read_authority(folder)), "a.test")
    ticket_keys.cache_clear()
    assert not meet(client, DeviceContexts(read_authority(folder)), "a.test", first.session).session_reused


def test_the_name_that_checks_a_clock_has_a_certificate_and_a_session_of_minutes(folder: Path) -> None:
    now = datetime.now(UTC)
    moments = [now]
    worker = DeviceContexts(read_authority(folder), now=lambda: moments[-1])
    client = a_client(ssl.TLSVersion.TLSv1_3, folder)
    first = meet(client, worker, "clock.why.school.internal")
    assert meet(client, worker, "clock.why.school.internal", first.session).session_reused
    moments.append(now + timedelta(minutes=2))
    later = meet(client, worker, "clock.why.school.internal", first.session)
    assert not later.session_reused
    begins, ends = (
        [
            getattr(x509.load_der_x509_certificate(one.getpeercert(binary_form=True) or b""), f"not_valid_{side}_utc")
            for one in (first, later)
        ]
        for side in ("before", "after")
    )
    ten, second = timedelta(minutes=10), timedelta(seconds=1)
    for moment, begin, end in zip(moments, begins, ends, strict=True):
        assert moment - ten - second <= begin < end <= moment + ten
