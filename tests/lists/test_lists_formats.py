"""Odd lines that real lists hold, and what becomes of each: an entry (kind and text), a refusal, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.lists.entry import Found, Include, Kind, Refusal
from saywhy.lists.formats import FORMATS
from saywhy.lists.formats.adblock import read_adblock
from saywhy.lists.formats.dnsmasq import read_dnsmasq
from saywhy.lists.formats.expressions import read_expression
from saywhy.lists.formats.hosts import read_hosts
from saywhy.lists.formats.plain import read_plain
from saywhy.lists.formats.rpz import Zone
from saywhy.lists.formats.urls import read_url
from saywhy.lists.formats.v2fly import read_v2fly

LONG = "a" * 63 + ".b" * 118 + ".example"
TOO_LONG = ".".join(["a" * 60] * 5)
NO_NAME = "not a host name"
LABEL = "an empty label"
SPACE = "a space within"
PORT = "a name with a port"
ADDRESS = "a web address, not a name"
TOO_LONG_NAME = "longer than 253 characters"
ABOUT_ADDRESSES = "a rule about web addresses, not names"
CONDITIONS = "a rule with conditions ($…)"
NO_REGEX = "an expression that RE2 does not take (look-around, back references, or not closed)"


def said(read: object) -> list[str]:
    """What a line became: `c example.org`, `!c example.org` for an exception, `- reason` for a refusal, `> list`."""
    shown = []
    for one in read:  # type: ignore[attr-defined]
        if isinstance(one, Refusal):
            shown.append(f"- {one.reason}")
        elif isinstance(one, Include):
            marks = [f"+{mark}" for mark in sorted(one.having)] + [f"-{mark}" for mark in sorted(one.lacking)]
            shown.append(" ".join(["> " + one.name, *marks]))
        else:
            assert isinstance(one, Found)
            shown.append(f"{'!' if one.exception else ''}{one.kind} {one.text}")
    return shown


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("   \t ", []),
        ("# a comment", []),
        ("   # indented", []),
        ("example.org", ["c example.org"]),
        ("  example.org\t", ["c example.org"]),
        ("example.org # why", ["c example.org"]),
        ("example.org#why", ["c example.org"]),
        ("Example.ORG", ["c example.org"]),
        ("example.org.", ["c example.org"]),
        (".example.org", ["c example.org"]),
        ("*.example.org", ["c example.org"]),
        ("münchen.example", ["c xn--mnchen-3ya.example"]),
        ("xn--mnchen-3ya.example", ["c xn--mnchen-3ya.example"]),
        ("XN--MNCHEN-3YA.example", ["c xn--mnchen-3ya.example"]),
        ("xn--a\u00e4.example", [f"- {NO_NAME}"]),
        ("\uff45xample.org", ["c example.org"]),
        ("under_score.example", ["c under_score.example"]),
        ("192.0.2.7", ["c 192.0.2.7"]),
        ("0300.0.2.7", ["- a number, not a name; browsers would read it as an IP address"]),
        ("1.2.3.999", [f"- {NO_NAME}"]),
        ("2001:DB8::1", ["c 2001:db8::1"]),
        ("[2001:db8::1]", ["c 2001:db8::1"]),
        ("::ffff:192.0.2.7", ["c 192.0.2.7"]),
        ("192.0.2.0/24", ["- a network of addresses, not a name"]),
        ("a..example", [f"- {LABEL}"]),
        ("..example", [f"- {LABEL}"]),
        (".", [f"- {LABEL}"]),
        ("two names.example", [f"- {SPACE}"]),
        ("example.org:8080", [f"- {PORT}"]),
        ("http://example.org/", [f"- {ADDRESS}"]),
        ("example.org/path", [f"- {ADDRESS}"]),
        ("ads*.example.org", ["- a * within a name"]),
        ("exam<ple.org", [f"- {NO_NAME}"]),
        (LONG, [f"- {TOO_LONG_NAME}"] if len(LONG) > 253 else [f"c {LONG}"]),
        (TOO_LONG, [f"- {TOO_LONG_NAME}"]),
        ("com", ["c com"]),
    ],
)
def test_plain(line: str, becomes: list[str]) -> None:
    assert said(read_plain(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("# 0.0.0.0 example.org", []),
        ("0.0.0.0 example.org", ["o example.org"]),
        ("127.0.0.1\tExample.org.  # why", ["o example.org"]),
        ("0.0.0.0 a.example b.example#c.example", ["o a.example", "o b.example"]),
        (":: example.org", ["o example.org"]),
        ("fe80::1%lo0 localhost", ["- a name of the machine itself"]),
        ("127.0.0.1 localhost", ["- a name of the machine itself"]),
        ("0.0.0.0 0.0.0.0", ["- an address in place of a name"]),
        ("0.0.0.0", ["- an address without a name"]),
        ("example.org", ["- no address at the beginning of the line"]),
        ("0.0.0.0 a..example ok.example", [f"- {LABEL}", "o ok.example"]),
        (f"0.0.0.0 {TOO_LONG}", [f"- {TOO_LONG_NAME}"]),
        ("0.0.0.0 bücher.example", ["o xn--bcher-kva.example"]),
    ],
)
def test_hosts(line: str, becomes: list[str]) -> None:
    assert said(read_hosts(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("# comment", []),
        ("example.org/Path", ["p example.org/path/"]),
        ("example.org/path/ # why", ["p example.org/path/"]),
        ("EXAMPLE.org./%7Euser", ["p example.org/~user/"]),
        ("http://example.org/a/../b", ["p example.org/b/"]),
        ("https://example.org/%2573horts", ["p example.org/shorts/"]),
        ("example.org/a%3Fb", ["p example.org/a%3Fb/"]),
        ("example.org/a%20b", ["p example.org/a%20b/"]),
        ("example.org/forum.php?f=255", ["p example.org/forum.php/?f=255"]),
        ("example.org?f=255", ["p example.org/?f=255"]),
        ("example.org/", ["c example.org"]),
        ("example.org", ["c example.org"]),
        ("192.0.2.7/~who", ["p 192.0.2.7/~who/"]),
        ("[2001:db8::1]/a", ["p 2001:db8::1/a/"]),
        ("münchen.example/ü", ["p xn--mnchen-3ya.example/%C3%BC/"]),
        ("example.org:8080/a", ["- a web address with a port"]),
        ("me@example.org/a", ["- an @ in the host of a web address"]),
        ("example.org/#/a", ["- a # in a web address: what follows it never reaches a filter"]),
        ("example.org/a b", [f"- {SPACE}"]),
        ("ftp://example.org/a", ["- an address of another kind than http and https"]),
        ("/only/a/path", ["- not a web address"]),
        ("ads*.example.org/a", ["- not a web address"]),
    ],
)
def test_urls(line: str, becomes: list[str]) -> None:
    assert said(read_url(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("# comment", []),
        ("(^|[-.?+=/_0-9])(bet|poker)s?#", ["u (^|[-.?+=/_0-9])(bet|poker)s?#"]),
        ("(unclosed", [f"- {NO_REGEX}"]),
        ("(?!not)this", [f"- {NO_REGEX}"]),
        (r"(a)\1", [f"- {NO_REGEX}"]),
        (".*", ["- an expression that matches everything"]),
        ("a" * 9000, ["- an expression longer than 8192 characters"]),
    ],
)
def test_expressions(line: str, becomes: list[str]) -> None:
    assert said(read_expression(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("# comment", []),
        ("address=/example.org/0.0.0.0", ["c example.org"]),
        ("address=/example.org/", ["c example.org"]),
        ("address=/example.org/#", ["c example.org"]),
        ("address=/Example.ORG./::  # why", ["c example.org"]),
        ("address=/a.example/b.example/0.0.0.0", ["c a.example", "c b.example"]),
        ("address=/*.example.org/0.0.0.0", ["b example.org"]),
        ("local=/example.org/", ["c example.org"]),
        ("server=/example.org/", ["c example.org"]),
        ("server=/good.example.org/#", ["!c good.example.org"]),
        ("--server=/example.org/192.0.2.53", ["c example.org"]),
        ("address=/#/0.0.0.0", ["- # stands for every name"]),
        ("server=//192.0.2.53", ["- an empty name stands for all names without a dot"]),
        ("server=192.0.2.53", ["- no /name/ after the ="]),
        ("address=/a..example/0.0.0.0", [f"- {LABEL}"]),
        ("conf-file=/etc/more.conf", ["- an option that names no addresses to answer for"]),
        ("domain-needed", ["- an option that names no addresses to answer for"]),
    ],
)
def test_dnsmasq(line: str, becomes: list[str]) -> None:
    assert said(read_dnsmasq(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("[Adblock Plus 2.0]", []),
        ("! comment", []),
        ("# comment", []),
        ("||example.org^", ["c example.org"]),
        ("||Example.ORG.^", ["c example.org"]),
        ("||example.org^|", ["c example.org"]),
        ("||example.org^ ! why", ["c example.org"]),
        ("||example.org^$important", ["c example.org"]),
        ("||example.org^$all,document", ["c example.org"]),
        ("||example.org^$third-party", [f"- {CONDITIONS}"]),
        ("||example.org^$", [f"- {CONDITIONS}"]),
        ("@@||good.example.org^", ["!c good.example.org"]),
        ("@@||good.example.org^$important", ["!c good.example.org"]),
        ("@@|good.example.org^", ["!o good.example.org"]),
        ("|example.org^", ["o example.org"]),
        ("||*.example.org^", ["b example.org"]),
        ("||example.*^", ["- a * within a name"]),
        ("||example.org", ["- a name without ^ at its end: it would cover other names that begin so"]),
        ("||example.org/ads^", [f"- {ABOUT_ADDRESSES}"]),
        ("|https://example.org/", [f"- {ABOUT_ADDRESSES}"]),
        ("/banner[0-9]+/", ["- a rule with a regular expression"]),
        ("-advert-", [f"- {ABOUT_ADDRESSES}"]),
        ("example.org##.ad", ["- a rule about parts of pages"]),
        ("example.org#@#.ad", ["- a rule about parts of pages"]),
        ("##.ad", ["- a rule about parts of pages"]),
        ("example.org#?#div:has(a)", ["- a rule about parts of pages"]),
        ("example.org$$script", ["- a rule about parts of pages"]),
        ("example.org", ["o example.org"]),
        ("0.0.0.0 example.org", ["o example.org"]),
        ("||münchen.example^", ["c xn--mnchen-3ya.example"]),
        ("||a..example^", [f"- {LABEL}"]),
        ("||[2001:db8::1]^", ["c 2001:db8::1"]),
        (f"||{TOO_LONG}^", [f"- {TOO_LONG_NAME}"]),
        ("||^", [f"- {LABEL}"]),
    ],
)
def test_adblock(line: str, becomes: list[str]) -> None:
    assert said(read_adblock(line)) == becomes


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("", []),
        ("# comment", []),
        ("domain:example.org", ["c example.org"]),
        ("example.org", ["c example.org"]),
        ("example.org @cn @ads # why", ["c example.org"]),
        ("full:www.example.org @!cn", ["o www.example.org"]),
        ("full:Example.ORG.", ["o example.org"]),
        ("domain:example.org &other", ["c example.org"]),
        ("keyword:casino", ["h casino"]),
        ("keyword:a.b", [r"h a\.b"]),
        (r"regexp:^ads\d+\.example$", [r"h ^ads\d+\.example$"]),
        ("regexp:(", [f"- {NO_REGEX}"]),
        ("include:other", ["> other"]),
        ("include:category-games-!cn @ads @-cn # why", ["> category-games-!cn +ads -cn"]),
        ("include:../other", ["- include: of what cannot be a list's name"]),
        ("include:", ["- include: of what cannot be a list's name"]),
        ("other:x", ["- a kind of rule that is not known"]),
        ("domain:a..b", [f"- {LABEL}"]),
        ("domain:", [f"- {LABEL}"]),
    ],
)
def test_v2fly(line: str, becomes: list[str]) -> None:
    assert said(read_v2fly(line)) == becomes


ZONE = """\
$TTL 300 ; a comment
@ IN SOA localhost. root.localhost. (
    2026112301 ; serial
    3600 900 604800 300 )
  IN NS localhost.
bad.example CNAME .
*.bad.example 60 IN CNAME .
Other.Example. IN 1h CNAME *.
    IN TXT "why; because"
good.bad.example CNAME rpz-passthru.
garden.example A 192.0.2.1
32.7.2.0.192.rpz-ip CNAME .
slow.example CNAME rpz-tcp-only.
a..b CNAME .
esc\\097ped.example CNAME .
$INCLUDE more.zone
lonely.example
"""


def test_rpz() -> None:
    read = Zone().read
    assert {line: said(read(line)) for line in ZONE.splitlines() if line} == {
        "$TTL 300 ; a comment": [],
        "@ IN SOA localhost. root.localhost. (": [],
        "    2026112301 ; serial": [],
        "    3600 900 604800 300 )": [],
        "  IN NS localhost.": [],
        "bad.example CNAME .": ["o bad.example"],
        "*.bad.example 60 IN CNAME .": ["b bad.example"],
        "Other.Example. IN 1h CNAME *.": ["o other.example"],
        '    IN TXT "why; because"': ["o other.example"],
        "good.bad.example CNAME rpz-passthru.": ["!o good.bad.example"],
        "garden.example A 192.0.2.1": ["o garden.example"],
        "32.7.2.0.192.rpz-ip CNAME .": ["- a trigger other than a name (rpz-ip and its like)"],
        "slow.example CNAME rpz-tcp-only.": ["- an answer that only changes the transport (rpz-tcp-only)"],
        "a..b CNAME .": [f"- {LABEL}"],
        "esc\\097ped.example CNAME .": ["- an escaped name"],
        "$INCLUDE more.zone": ["- a directive that is not followed ($INCLUDE, $GENERATE)"],
        "lonely.example": ["- no record that a policy zone answers with"],
    }


def test_rpz_takes_the_zone_s_own_name_off() -> None:
    read = Zone().read
    lines = [
        "$ORIGIN rpz.school.example.",
        "@ SOA ns. root. 1 2 3 4 5",
        "bad.example CNAME .",
        "worse.example.rpz.school.example. CNAME .",
        "outside.example. CNAME .",
        "@ A 192.0.2.1",
        "$ORIGIN net.rpz.school.example.",
        "*.ads CNAME .",
    ]
    assert [said(read(line)) for line in lines] == [
        [],
        [],
        ["o bad.example"],
        ["o worse.example"],
        ["- a name outside the zone"],
        ["- a record of the zone itself"],
        [],
        ["b ads.net"],
    ]


@given(st.sampled_from(sorted(FORMATS)), st.lists(st.text(max_size=40), max_size=5))
def test_whatever_stands_in_a_line_it_is_read(form: str, lines: list[str]) -> None:
    read = FORMATS[form]()
    for line in lines:
        for one in read(line.replace("\n", " ")):
            assert isinstance(one, Found | Refusal | Include)
            if isinstance(one, Found):
                assert one.text
                assert "\n" not in one.text
                assert one.kind in Kind
