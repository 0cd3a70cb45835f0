"""The school that the tricks are tried at: its policy, and where its names lead.

Every name stands for an address of its own on this machine, and one origin listens at all of them, so the origin's
log tells which name was reached, whatever the client called it.
"""

POLICY = """
school: {name: Test School, timezone: Europe/London}
roles: {it: IT support}
groups: {students: {label: Students, reader: secondary}}
places: [{network: 127.0.0.0/8, groups: [students]}]
reach: {ports: [80, 443, ORIGIN_PORT], addresses: [127.0.0.0/29]}
default: allow
rules:
  - id: blocked
    block: {domains: [blocked.test, böse.test]}
    why: {risk: It is a place to test filters with.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: hidden-dns
    block: {categories: [encrypted-dns]}
    why: {risk: It hides which sites are asked for.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: inside  # something at these depends on the path, so they are looked into; fine.test is relayed as it is
    block: {urls: ["good.test/never-there", "h2.test/never-there"]}
    why: {risk: This is never there.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
  - id: shorts
    block: {urls: ["paths.test/shorts"]}
    why: {risk: Shorts never end.}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""

ALLOWED_AT = "127.0.0.1"
BLOCKED_AT = "127.0.0.2"
PATHS_AT = "127.0.0.3"
PRIVATE_AT = "127.0.0.9"  # not among the addresses that the policy opens

_NAMES = {
    ALLOWED_AT: (
        "good.test",
        "fine.test",
        "www.good.test",
        "h2.test",
        "xn--bcher-kva.test",
        "under_score.test",
        "translate.google.com",
        "blocked-test.translate.goog",
        "good-test.translate.goog",
        "web.archive.org",
        "webcache.googleusercontent.com",
    ),
    BLOCKED_AT: ("blocked.test", "www.blocked.test", "h2.blocked.test", "xn--bse-sna.test", "under_score.blocked.test"),
    PATHS_AT: ("paths.test",),
    PRIVATE_AT: ("private.test", "rebound.test"),
    "10.1.2.3": ("ten.test", "rebound.test"),
    "0.0.0.0": ("zero.test",),
    "::1": ("six.test",),
    "::": ("sixzero.test",),
    f"::ffff:{PRIVATE_AT}": ("mapped.test",),
    "64:ff9b::7f00:9": ("translated.test",),
    "169.254.169.254": ("metadata.test",),
}
HOSTS = "".join(f"{address} {name}\n" for address, names in _NAMES.items() for name in names)
