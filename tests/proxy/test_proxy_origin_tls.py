import pytest

from saywhy.proxy.outbound.not_reachable import NotReachableError
from saywhy.proxy.outbound.origin_errors import in_our_words


def error(reason: str) -> str:
    return f"OpenSSL Error([('SSL routines', '', '{reason}')])"


# tests/wire/test_wire_alerts.py holds what real origins say
@pytest.mark.parametrize(
    "reason",
    [
        "tlsv13 alert certificate required",
        "tls alert bad certificate",
        "ssl/tls alert certificate unknown",
        "sslv3 alert unsupported certificate",
        "tls alert certificate revoked",
        "tls alert certificate expired",
        "tlsv1 alert unknown ca",
        "tlsv1 alert access denied",
    ],
)
@pytest.mark.parametrize("done_here", [True, False])
def test_what_an_origin_says_about_a_certificate_is_about_ours(reason: str, done_here: bool) -> None:
    assert in_our_words(error(reason), done_here=done_here) == NotReachableError.WANTS_CERTIFICATE


def test_a_failure_is_about_a_certificate_only_when_everything_else_is_agreed_on() -> None:
    failed = error("tls alert handshake failure")
    assert in_our_words(failed, done_here=True) == NotReachableError.WANTS_CERTIFICATE
    assert in_our_words(failed, done_here=False) == failed


@pytest.mark.parametrize("text", [error("tls alert bad record mac"), "Certificate verify failed: certificate revoked"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert in_our_words(text, done_here=True) == text
