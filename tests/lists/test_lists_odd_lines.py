"""The same odd names and the same odd files in every format: what becomes of each."""

import codecs
from pathlib import Path
from typing import Final

import pytest

from saywhy.lists.entry import Found, Loss, Refusal
from saywhy.lists.formats import FORMATS
from saywhy.lists.reading import Report, read_file

# How a name stands in a line of each format, and the sign of the kind that it becomes.
WRITTEN: Final = {
    "domains": ("{}", "c"),
    "hosts": ("0.0.0.0 {}", "o"),
    "urls": ("{}/", "c"),
    "dnsmasq": ("address=/{}/0.0.0.0", "c"),
    "unbound": ('local-zone: "{}" always_nxdomain', "c"),
    "adblock": ("||{}^", "c"),
    "rpz": ("{} CNAME .", "o"),
    "v2fly": ("domain:{}", "c"),
}
LONG_LABEL: Final = "a" * 63
LONGEST: Final = ".".join([LONG_LABEL, LONG_LABEL, LONG_LABEL, "a" * 56, "test"])  # 253 characters
NOT_A_NAME: Final = "- not a host name"
NUMBER: Final = "- a number, not a name; browsers would read it as an IP address"
LONG: Final = "- a label longer than 63 characters"
EMPTY_LABEL: Final = "- an empty label"

# What becomes of a name; where a format reads it in another way, that is told below.
NAMES: Final = {
    "example.org": "example.org",
    "EXAMPLE.Org": "example.org",
    "example.org.": "example.org",
    "münchen.example": "xn--mnchen-3ya.example",
    "MÜNCHEN.example": "xn--mnchen-3ya.example",
    "mu\u0308nchen.example": "xn--mnchen-3ya.example",  # u with a combining mark
    "xn--mnchen-3ya.example": "xn--mnchen-3ya.example",
    "XN--MNCHEN-3YA.EXAMPLE": "xn--mnchen-3ya.example",
    "xn--a\u00e4.example": NOT_A_NAME,  # no punycode
    "straße.example": "xn--strae-oqa.example",
    "\u0440\u0444.example": "xn--p1ai.example",
    "soft\u00adhyphen.example": "softhyphen.example",
    "full\uff0ewidth.example": "full.width.example",
    "dot\u3002example": "dot.example",  # the ideographic full stop parts labels
    "under_score.example": "under_score.example",
    "-dash-.example": "-dash-.example",
    "a.b.c.d.e.f.g.example": "a.b.c.d.e.f.g.example",
    LONGEST: LONGEST,
    f"a{LONGEST}": "- longer than 253 characters",
    ".".join(["a" * 60] * 5): "- longer than 253 characters",
    "a" * 300: "- longer than 253 characters",
    "a..example": EMPTY_LABEL,
    "exa*mple.org": "- a * within a name",
    "exam<ple.org": NOT_A_NAME,
    "exam%ple.org": NOT_A_NAME,
    "example.org;why": NOT_A_NAME,
    "example.org,": NOT_A_NAME,
    "com": "com",
    "1.2.3.999": NOT_A_NAME,
    # numbers that browsers would read as an address: nobody who lists them means that
    **dict.fromkeys(("888", "168.2", "0x7f.1", "1.2.3", "0300.0.2.7", "010.1.1.1", "3221225991", "0xC0000207"), NUMBER),
    f"a{LONG_LABEL}.example": LONG,
    f"www.a{LONG_LABEL}.example": LONG,
    f"example.a{LONG_LABEL}": LONG,
    f"ü{LONG_LABEL}.example": LONG,
    f"a.{LONG_LABEL}.example": f"a.{LONG_LABEL}.example",
}
ADDRESS_RATHER: Final = "- not a web address"
ELSEWHERE: Final = {
    ("urls", "xn--a\u00e4.example"): ADDRESS_RATHER,
    ("urls", f"a{LONGEST}"): ADDRESS_RATHER,
    ("urls", ".".join(["a" * 60] * 5)): ADDRESS_RATHER,
    ("urls", "a" * 300): ADDRESS_RATHER,
    ("urls", "a..example"): ADDRESS_RATHER,
    ("urls", "exa*mple.org"): ADDRESS_RATHER,
    ("urls", "exam<ple.org"): ADDRESS_RATHER,
    ("urls", "exam%ple.org"): ADDRESS_RATHER,
    ("urls", "1.2.3.999"): ADDRESS_RATHER,
    ("urls", "example.org;why"): ADDRESS_RATHER,
    ("urls", "example.org,"): ADDRESS_RATHER,
}
ELSEWHERE["rpz", "example.org;why"] = "- no record that a policy zone answers with"  # ; begins a comment
ADDRESSES: Final = {
    "192.0.2.7": "192.0.2.7",
    "192.0.2.7.": "192.0.2.7",
    "[2001:DB8::1]": "2001:db8::1",
    "[::ffff:192.0.2.7]": "192.0.2.7",
}


def said(form: str, line: str) -> list[str]:
    return [
        f"- {one.reason}" if isinstance(one, Refusal) else f"{one.kind} {one.text}"
        for one in FORMATS[form]()(line)
        if isinstance(one, Found | Refusal)
    ]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:30])
@pytest.mark.parametrize("form", WRITTEN)
def test_an_odd_name(form: str, name: str) -> None:
    write, kind = WRITTEN[form]
    becomes = ELSEWHERE.get((form, name), NAMES[name])
    assert said(form, write.format(name)) == [becomes if becomes.startswith("- ") else f"{kind} {becomes}"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("form", sorted(set(WRITTEN) - {"hosts", "rpz"}))
def test_an_address_is_a_name_as_well(form: str, address: str) -> None:
    write, kind = WRITTEN[form]
    assert said(form, write.format(address)) == [f"{kind} {ADDRESSES[address]}"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_in_place_of_a_hosts_name_is_a_loss(address: str) -> None:
    assert said("hosts", f"0.0.0.0 {address}") == ["- an address in place of a name"]


@pytest.mark.parametrize(
    ("form", "line", "becomes"),
    [
        ("domains", "example.org;comment", [NOT_A_NAME]),
        ("domains", "example.org // comment", ["- a web address, not a name"]),
        ("domains", "#", []),
        ("domains", "##", []),
        ("domains", "\ufeffexample.org", ["c example.org"]),  # a mark in the middle of a file, where files were joined
        ("hosts", "0.0.0.0 example.org # b.example", ["o example.org"]),
        ("hosts", "0.0.0.0 # example.org", ["- an address without a name"]),
        ("hosts", "#0.0.0.0 example.org", []),
        ("hosts", "fe80::1%lo0 example.org", ["o example.org"]),
        ("hosts", "0 example.org", ["- no address at the beginning of the line"]),
        ("urls", "example.org/a#b", ["- a # in a web address: what follows it never reaches a filter"]),
        ("urls", "example.org/a # b", ["p example.org/a/"]),
        ("urls", "xn--mnchen-3ya.example/Ü", ["p xn--mnchen-3ya.example/%C3%BC/"]),
        ("urls", "[2001:DB8::1]/A", ["p 2001:db8::1/a/"]),
        ("expressions", "# (a)", []),
        ("expressions", "(münchen|köln)", ["u (münchen|köln)"]),
        ("expressions", "  (casino)\t", ["u (casino)"]),
        ("expressions", "(casino) # why", ["u (casino) # why"]),  # a # has no meaning behind the beginning
        ("dnsmasq", "address=/example.org/0.0.0.0 # why", ["c example.org"]),
        ("dnsmasq", "address=/example.org/#", ["c example.org"]),
        ("dnsmasq", "#address=/example.org/0.0.0.0", []),
        ("dnsmasq", "address=/example.org/2001:db8::1", ["c example.org"]),
        ("dnsmasq", "address = /example.org/ 0.0.0.0", ["c example.org"]),
        ("dnsmasq", "ADDRESS=/example.org/", ["- an option that names no addresses to answer for"]),
        ("adblock", "||example.org^ # why", ["c example.org"]),
        ("adblock", "! ||example.org^", []),
        ("adblock", "!||example.org^", []),
        ("adblock", "@@", ["- a rule about web addresses, not names"]),
        ("adblock", "@@||^", [EMPTY_LABEL]),
        ("adblock", "||example.org^$badfilter", ["- a rule with conditions ($…)"]),
        ("adblock", "::1 example.org", ["o example.org"]),
        ("rpz", "; example.org CNAME .", []),
        ("rpz", "example.org CNAME . ; why", ["o example.org"]),
        ("rpz", "example.org cname rpz-drop.", ["o example.org"]),
        ("rpz", "*.example.org A 0.0.0.0", ["b example.org"]),
        ("rpz", "128.1.zz.db8.2001.rpz-ip CNAME .", ["- a trigger other than a name (rpz-ip and its like)"]),
        ("v2fly", "domain:example.org#why", ["c example.org"]),
        ("v2fly", "# domain:example.org", []),
        ("v2fly", "DOMAIN:example.org", ["c example.org"]),
        ("v2fly", "keyword:MÜNCHEN", ["h münchen"]),
        ("v2fly", "regexp:(^|\\.)casino[0-9]+\\.example$ @ads", ["h (^|\\.)casino[0-9]+\\.example$"]),
    ],
)
def test_an_odd_line(form: str, line: str, becomes: list[str]) -> None:
    assert said(form, line) == becomes


def test_rpz_s_older_spelling_of_passing_through() -> None:
    (one,) = FORMATS["rpz"]()("good.example CNAME good.example.")
    assert isinstance(one, Found)
    assert (one.text, one.exception) == ("good.example", True)


def test_rpz_s_relative_origins() -> None:
    read = FORMATS["rpz"]()
    lines = ("$ORIGIN zone.test.", "$ORIGIN sub", "a CNAME .", "b.zone.test. CNAME .")
    assert [[one.text for one in read(line) if isinstance(one, Found)] for line in lines] == [[], [], ["a.sub"], ["b"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["", "BOM"])
@pytest.mark.parametrize("form", [*WRITTEN, "expressions"])
def test_the_ends_of_lines_and_a_byte_order_mark_change_nothing(
    tmp_path: Path, form: str, mark: bytes, end: str
) -> None:
    write, _ = WRITTEN.get(form, ("^{}", ""))
    lines = [write.format("a.example"), "", write.format("b.example"), write.format("caf\udce9.example")]
    source = tmp_path / "list"
    source.write_bytes(mark + end.join(lines).encode("utf-8", "surrogateescape"))
    report = Report()
    found = list(read_file(source, "list", form, report, set()))
    expected = ["^a.example", "^b.example"] if form == "expressions" else ["a.example", "b.example"]
    assert [(one.text, place) for one, place in found] == list(zip(expected, ("list:1", "list:3"), strict=True))
    shown = lines[3].replace("\udce9", "?")
    assert report.losses == [Loss("list", 4, shown, "bytes that are not UTF-8")]
    assert (report.lines, report.blank) == (4, 1)


def test_a_rare_reason_does_not_drown_in_a_frequent_one(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("##.ad\n" * 5_000 + "||a..example^\n" + "##.ad\n" * 500)
    report = Report()
    list(read_file(tmp_path / "list", "list", "adblock", report, set()))
    assert Loss("list", 5_001, "||a..example^", "an empty label") in report.losses
    assert len(report.losses) == 101
    assert report.lost == {"a rule about parts of pages": 5_500, "an empty label": 1}
