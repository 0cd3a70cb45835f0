import pytest
from cryptography import x509

from saywhy.proxy.tls.certificate_names import is_for, name_matches
from tests.wire.issuing import issue

ROOT = issue(None, "Root", ca=True)


# after Chromium's net/cert/x509_certificate_unittest.cc; tests/browser/test_as_browser.py asks Chromium itself
@pytest.mark.parametrize(
    ("presented", "host"),
    [
        ("foo.com", "foo.com"),
        ("FOO.com", "foo.com"),
        ("foo.com.", "foo.com"),
        ("*.foo.com", "a.foo.com"),
        ("*.foo.com", "a_b.foo.com"),
        ("*.foo.com", "_a.foo.com"),
        ("*.foo.com", "a-.foo.com"),
        ("*.foo.com", "xn--poema-9qae5a.foo.com"),
        ("*.a_b.com", "c.a_b.com"),
        ("*.foo.com.", "a.foo.com"),
        ("a_b.foo.com", "a_b.foo.com"),
        ("intranet", "intranet"),
        ("*.appspot.com", "a.appspot.com"),  # a private suffix, of the list's other section
        ("*.foo.co.uk", "a.foo.co.uk"),
    ],
)
def test_a_name_is_for_a_host(presented: str, host: str) -> None:
    assert name_matches(presented, host)


@pytest.mark.parametrize(
    ("presented", "host"),
    [
        ("foo.com", "a.foo.com"),
        ("*.foo.com", "foo.com"),
        ("*.foo.com", "a.b.foo.com"),
        ("*.foo.com", ".foo.com"),
        ("f*.foo.com", "fa.foo.com"),
        ("*f.foo.com", "af.foo.com"),
        ("a.*.com", "a.foo.com"),
        ("*.*.foo.com", "a.b.foo.com"),
        ("*", "foo"),
        ("*.", "foo"),
        ("*.com", "foo.com"),
        ("*.co.uk", "foo.co.uk"),
        ("*.test", "foo.test"),  # a last label that no list knows
        ("*.b.foo.com", "*.b.foo.com"),
        ("", ""),
        (".", "foo.com"),
        ("", "foo.com"),
        (".foo.com", "foo.com"),
        ("foo.com..", "foo.com"),
        ("foo.com\0.bar.com", "foo.com"),
        ("http://*.foo.com", "www.foo.com"),
    ],
)
def test_a_name_is_not_for_a_host(presented: str, host: str) -> None:
    assert not name_matches(presented, host)


@pytest.mark.parametrize(
    ("names", "host", "named"),
    [
        (("127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.1",), "127.0.0.2", False),
        (("::1",), "::1", True),
        (("127.0.0.1",), "::1", False),
        (("127.0.0.1",), "a.test", False),
        (("b.test", "a.test"), "a.test", True),
        ((), "a.test", False),  # its common name is no name
    ],
)
def test_names_and_addresses_stand_in_the_alternative_names(names: tuple[str, ...], host: str, named: bool) -> None:
    assert is_for(issue(ROOT, "a.test", names=names).certificate, host) is named


def test_an_address_among_the_names_is_none() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName("127.0.0.1"), x509.DNSName("*.0.0.1")])
    assert not is_for(issue(ROOT, "a.test", more=((names, False),)).certificate, "127.0.0.1")
