"""The alert in an error of mitmproxy's."""

import pytest

from saywhy.proxy.mitm.client_refusals import alert_in

OF_OPENSSL = (
    "The client does not trust the proxy's certificate for a.test (OpenSSL Error([('SSL routines', '', '{}')]))"
)


@pytest.mark.parametrize(
    ("error", "alert"),
    [
        (OF_OPENSSL.format("tlsv1 alert unknown ca"), "unknown_ca"),
        ("The client does not trust the proxy's certificate for a.test (tlsv1 alert unknown ca)", "unknown_ca"),
        (OF_OPENSSL.format("sslv3 alert bad certificate"), "bad_certificate"),
        (OF_OPENSSL.format("ssl/tls alert certificate unknown"), "certificate_unknown"),
        (OF_OPENSSL.format("tlsv1 alert user cancelled"), "user_canceled"),
        (OF_OPENSSL.format("tlsv1 alert something new"), "other"),
        ("The client disconnected during the handshake. If this happens consistently for a.test, …", "closed"),
        ("Client and mitmproxy cannot agree on a TLS version to use.", None),
        ("connection closed early", None),
        ("", None),
    ],
)
def test_it_is_called_as_in_rfc_8446(error: str, alert: str | None) -> None:
    assert alert_in(error) == alert
