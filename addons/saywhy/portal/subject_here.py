"""Who is at the other end of a request."""

from ipaddress import IPv6Address, ip_address

from flask import request

from saywhy.decide.access import Subject, subject_at
from saywhy.decide.engine import Engine


def subject_here(engine: Engine) -> Subject:
    """Who is at the other end, as the proxy sees them; nobody in particular where that is not known."""
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return Subject()
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return subject_at(engine, mapped or address)
