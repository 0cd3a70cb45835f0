"""Whether a certificate is for a host: as Chromium reads names (X509Certificate::VerifyHostname, net/cert/x509_certificate.cc).

Names stand in subjectAltName alone; the common name is none (RFC 9525 section 2). A wildcard is the whole leftmost label
and stands for one label, of whatever signs: `a_b.example.com` too, that OpenSSL refuses. It does not stand right below a
public suffix of ICANN's section, or below a last label that the list does not know. An address is looked for among the
addresses alone, bytewise.
"""

from cryptography import x509

from saywhy.policy.address import address_literal
from saywhy.policy.public_suffixes import public_suffixes


def is_for(certificate: x509.Certificate, host: str) -> bool:
    """Whether the certificate names the canonical host. Raises ValueError for a subjectAltName that cannot be read."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    address = address_literal(host)
    if address is not None:
        return address in names.get_values_for_type(x509.IPAddress)
    return any(name_matches(name, host) for name in names.get_values_for_type(x509.DNSName))


def name_matches(presented: str, host: str) -> bool:
    """Whether a DNS name of a certificate, perhaps with a wildcard, is for the canonical host."""
    presented = presented.lower().removesuffix(".")
    if presented == host:
        return bool(presented) and not presented.startswith("*")
    label, _, domain = presented.partition(".")
    first, _, rest = host.partition(".")
    return label == "*" and bool(first) and domain == rest and _may_be_wild(rest)


def _may_be_wild(domain: str) -> bool:
    suffixes = public_suffixes()
    if not suffixes.has(domain):
        return True
    return domain in suffixes.private or domain.partition(".")[2] in suffixes.private & suffixes.parents
