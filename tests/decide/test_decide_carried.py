"""Addresses inside the URLs of translators, archives and caches: read, and decided on as well."""

import string
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saywhy.decide.access import Access, subject_in, target_of_host, target_of_url
from saywhy.decide.carried import UnreadableAddressError, carried_by, read_address
from saywhy.decide.decide import MOST_CARRIED, decide
from saywhy.decide.decision import Decision, Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.decide.inspection import Way, way_of
from saywhy.decide.lookup import Lookup
from saywhy.decide.trace import trace
from saywhy.policy.address import canonical_url, suffixes
from saywhy.policy.address_place import parse_place
from saywhy.policy.catalogue import Carrier, Catalogue
from saywhy.policy.grant import GrantTarget
from saywhy.policy.inspection import Inspection, Sites
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.policy.rule import Effect, Rule
from tests.decide.conftest import MONDAY_TEN, engine, rule
from tests.decide.test_decide_inspection import granting

SHIPPED = Lookup(builtin_catalogue())


def inside(text: str) -> list[str]:
    """What the builtin carriers of a URL's host read in it, without https://."""
    url = canonical_url(text)
    carriers = SHIPPED.carriers(tuple(suffixes(url.host)))
    assert carriers, text
    return [f"{one.host}{one.origin_form}" for one in carried_by(carriers, url)]


READ = [
    (
        "https://translate.google.com/translate?sl=auto&tl=en&u=https%3A%2F%2Fbad.example%2Fx%3Fa%3D1",
        "bad.example/x?a=1",
    ),
    ("https://translate.google.co.uk/translate?u=bad.example", "bad.example/"),
    ("https://translate.googleusercontent.com/translate_c?depth=1&u=http://bad.example/", "bad.example/"),
    ("https://bad-example.translate.goog/x?_x_tr_sl=de", "bad.example/x?_x_tr_sl=de"),
    ("https://my--site-bad-example.translate.goog/", "my-site.bad.example/"),
    ("https://BAD-example.translate.goog./", "bad.example/"),
    ("https://www.translatetheweb.com/?from=de&to=en&a=https%3A%2F%2Fbad.example%2F", "bad.example/"),
    ("https://www.microsofttranslator.com/bv.aspx?from=&to=en&a=bad.example/x", "bad.example/x"),
    ("https://translate.yandex.com/translate?url=bad.example&lang=de-en", "bad.example/"),
    ("https://translated.turbopages.org/proxy_u/de-en.en.1a2b/https/bad.example/x", "bad.example/x"),
    ("https://papago.naver.net/website?locale=en&url=https%3A%2F%2Fbad.example", "bad.example/"),
    ("https://web.archive.org/web/20200101000000/https://bad.example/x?y=z", "bad.example/x?y=z"),
    ("https://web.archive.org/web/2020id_/http:/bad.example/x", "bad.example/x"),
    ("https://web.archive.org/web/https://bad.example/", "bad.example/"),
    ("https://web.archive.org/web/bad.example", "bad.example/"),
    ("https://web.archive.org/web/bad.example/page", "bad.example/page"),
    ("https://web.archive.org/WEB//2020/HTTPS://BAD.example/", "bad.example/"),
    ("https://web.archive.org/%77eb%2F2020%2Fbad.example", "bad.example/"),
    ("https://web.archive.org/x/../web/2020/bad.example", "bad.example/"),
    ("https://web.archive.org/save/https://bad.example/", "bad.example/"),
    ("https://archive.ph/newest/https://bad.example/", "bad.example/"),
    ("https://archive.today/2020.01.02-030405/https://bad.example/", "bad.example/"),
    ("https://archive.is/https://bad.example/", "bad.example/"),
    ("https://archive.ph/search/?q=bad.example", "bad.example/"),
    ("https://webcache.googleusercontent.com/search?q=cache:bad.example/x", "bad.example/x"),
    ("https://cdn.ampproject.org/c/s/bad.example/x", "bad.example/x"),
    ("https://bad-example.cdn.ampproject.org/c/bad.example/x?y", "bad.example/x?y"),
    ("https://r.jina.ai/https://bad.example/", "bad.example/"),
    ("https://12ft.io/proxy?q=https%3A%2F%2Fbad.example", "bad.example/"),
    ("https://12ft.io/https://bad.example", "bad.example/"),
    ("https://images.weserv.nl/?w=300&url=bad.example/a.png", "bad.example/a.png"),
    ("https://wsrv.nl/?url=ssl:bad.example/a.png", "bad.example/a.png"),
    ("https://i0.wp.com/bad.example/a.jpg?w=9", "bad.example/a.jpg?w=9"),
    ("https://view.officeapps.live.com/op/view.aspx?src=https%3A%2F%2Fbad.example%2Fa.doc", "bad.example/a.doc"),
    ("https://docs.google.com/viewer?embedded=true&url=bad.example/a.pdf", "bad.example/a.pdf"),
    ("https://arquivo.pt/wayback/20100101/https://bad.example/", "bad.example/"),
    # spellings that browsers, and so carriers, take
    ("https://translate.google.com/translate?U=https%3A%5C%5Cbad.example", "bad.example/"),
    ("https://translate.google.com/translate?u=%20%09htt%0Aps%3Abad.example", "bad.example/"),
    ("https://translate.google.com/translate?u=//bad.example", "bad.example/"),
    ("https://translate.google.com/translate?u=https%253A%252F%252Fbad.example%252Fx", "bad.example/x"),
    ("https://translate.google.com/translate?u=https://good.example@bad.example/", "bad.example/"),
    ("https://translate.google.com/translate?u=b%C3%BCcher.example", "xn--bcher-kva.example/"),
    ("https://translate.google.com/translate?u=https://0x7f.1/", "127.0.0.1/"),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_an_address_is_read_where_it_stands(text: str, expected: str) -> None:
    assert inside(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://translate.google.com/translate?u=good.example&u=bad.example", ["good.example/", "bad.example/"]),
        ("https://good-example.translate.goog/?_x_tr_hp=bad-", ["good.example/?_x_tr_hp=bad-", "bad.good.example/?_x_tr_hp=bad-"]),
        ("https://translate.google.com/translate?u=https://good.example%252F@bad.example/", ["bad.example/", "good.example/@bad.example/"]),
    ],
)  # fmt: skip
def test_whatever_could_be_meant_is_given(text: str, expected: list[str]) -> None:
    assert inside(text) == expected


def test_the_name_of_a_translated_idn_is_among_the_readings() -> None:
    assert "xn--bcher-kva.example/" in inside("https://0-bcher--kva-example.translate.goog/")


@pytest.mark.parametrize(
    "text",
    [
        "https://translate.google.com/",
        "https://translate.google.com/?sl=en&tl=de&text=https://bad.example&op=translate",
        "https://translate.google.com/translate?u=",
        "https://translate.goog/",
        "https://web.archive.org/",
        "https://web.archive.org/web/",
        "https://web.archive.org/_static/js/bundle.js",
        "https://cdn.ampproject.org/v0.js",
        "https://cdn.ampproject.org/v0/amp-carousel-0.1.js",
        "https://docs.google.com/document/d/1",
        "https://archive.ph/",
    ],
)
def test_without_an_address_nothing_is_carried(text: str) -> None:
    assert inside(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://translate.google.com/translate?u=javascript:alert(1)",
        "https://translate.google.com/translate?u=ftp://bad.example/",
        "https://translate.google.com/translate?u=something",
        "https://translate.google.com/translate?u=good.example&u=%00",
        "https://translate.google.com/translate?u=" + quote(quote(quote(quote(quote(quote("https://bad.example/", "")))))),
        "https://translate.google.com/translate?" + "&".join(f"u=h{number}.example" for number in range(13)),
        "https://archive.ph/AbCdE",
        "https://web.archive.org/web/2020/javascript:x",
        "https://nowhere.translate.goog/",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableAddressError):
        inside(text)


CARRIERS = {
    "t": Carrier("t", "T", "", ("t.example",), (parse_place("/?u={address}"),)),
    "a": Carrier("a", "A", "", ("a.example",), (parse_place("/web/*/{address}"), parse_place("/web/{address}"))),
    "h": Carrier("h", "H", "", ("h.example",), (parse_place("{name}"),)),
}
CATALOGUE = Catalogue(carriers=CARRIERS)


def school(*some: Rule, default: Effect = Effect.ALLOW, **parts: object) -> Engine:
    return engine(some, default, **{"catalogue": CATALOGUE, **parts})


def decided(where: Engine, text: str, grants: Grants = NO_GRANTS) -> Decision:
    return decide(where, grants, Access(subject_in(where.policy, ("year9",)), target_of_url(text), MONDAY_TEN))


CLOSED = school(rule("bad", domains=("bad.example",)), rule("part", urls=(parse_pattern("other.example/part"),)))


@pytest.mark.parametrize(
    ("text", "decisive", "by"),
    [
        ("https://t.example/?u=bad.example", "bad.example", "bad"),
        ("https://www.t.example/x?u=https://www.bad.example/y", "www.bad.example", "bad"),
        ("https://t.example/?u=other.example/PART/1", "other.example", "part"),
        ("https://t.example/?u=good.example&u=bad.example", "bad.example", "bad"),
        ("https://www-bad-example.h.example/", "www.bad.example", "bad"),
        ("https://other-example.h.example/part", "other.example", "part"),
        ("https://a.example/web/2020/https://t.example/?u=bad.example", "bad.example", "bad"),
        ("https://t.example/?u=http://93.184.216.34/", "93.184.216.34", Reason.ADDRESS_LITERAL),
        ("https://t.example/?u=https://10.0.0.1/", "10.0.0.1", Reason.PRIVATE_ADDRESS),
        ("https://t.example/?u=https://good.example:8443/", "good.example", Reason.PORT),
        ("https://t.example/?u=data:text/html,x", None, Reason.HIDDEN_ADDRESS),
    ],
)
def test_the_strictest_answer_counts_and_says_which_address_it_was(text: str, decisive: str | None, by: str) -> None:
    decision = decided(CLOSED, text)
    assert not decision.allowed
    assert (None if decision.carried is None else decision.carried.host) == decisive
    assert (decision.reason if decision.rule is None else decision.rule.id) == by


@pytest.mark.parametrize(
    "text",
    [
        "https://t.example/",
        "https://t.example/?u=good.example",
        "https://t.example/?u=other.example/",
        "https://a.example/web/2020/https://t.example/?u=good.example",
        "https://www-good-example.h.example/part",
    ],
)
def test_the_allowed_twin_is_allowed(text: str) -> None:
    decision = decided(CLOSED, text)
    assert (decision.allowed, decision.carried) == (True, None)


def test_addresses_that_lie_too_deep_are_refused() -> None:
    def nested(times: int) -> str:
        text = "https://good.example/"
        for _ in range(times):
            text = f"https://t.example/?u={quote(text, '')}"
        return text

    assert decided(CLOSED, nested(MOST_CARRIED)).allowed
    assert decided(CLOSED, nested(MOST_CARRIED + 1)).reason is Reason.HIDDEN_ADDRESS


def test_a_carrier_that_is_closed_itself_says_so() -> None:
    where = school(rule("translators", domains=("t.example",)), rule("bad", domains=("bad.example",), locked=True))
    decision = decided(where, "https://t.example/?u=bad.example")
    assert (decision.rule, decision.carried) == (where.policy.rules[0], None)


def test_a_grant_for_the_site_inside_opens_it_and_one_for_the_carrier_does_not() -> None:
    text = "https://t.example/?u=bad.example"
    assert decided(CLOSED, text, granting(GrantTarget(site="bad.example"))).allowed
    assert not decided(CLOSED, text, granting(GrantTarget(site="t.example"))).allowed


def test_with_a_default_that_blocks_both_have_to_be_allowed() -> None:
    where = school(rule("open", Effect.ALLOW, domains=("t.example", "good.example")), default=Effect.BLOCK)
    assert decided(where, "https://t.example/?u=good.example").allowed
    assert not decided(where, "https://t.example/?u=unknown.example").allowed
    assert not decided(where, "https://a.example/web/1/good.example").allowed


def test_the_trace_is_about_the_address_that_decided() -> None:
    where = school(
        rule("carriers", domains=("t.example",), groups=frozenset({"staff"})), rule("bad", domains=("bad.example",))
    )
    access = Access(subject_in(where.policy, ("year9",)), target_of_url("https://t.example/?u=bad.example"), MONDAY_TEN)
    decision = decide(where, NO_GRANTS, access)
    assert [(step.rule.id, step.mismatch) for step in trace(where, access, decision)] == [("carriers", "target")]


@pytest.mark.parametrize("inspection", [Inspection(), Inspection(never=Sites(domains=frozenset({"t.example"})))])
def test_a_carrier_is_always_seen_inside(inspection: Inspection) -> None:
    where = school(inspection=inspection)
    decision = decide(
        where, NO_GRANTS, Access(subject_in(where.policy, ("year9",)), target_of_host("www.t.example"), MONDAY_TEN)
    )
    assert (decision.allowed, decision.needs_url, way_of(decision)) == (True, True, Way.INSPECT)


names = st.lists(
    st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8), min_size=0, max_size=2
).map(lambda labels: ".".join([*labels, "bad.example"]))  # fmt: skip
paths = st.text(string.printable.replace("#", ""), max_size=12).map(lambda text: quote(text, "/?=&;:@+,"))
carried = st.sampled_from(
    [
        ("https://t.example/?x=1&u={}", True),
        ("https://t.example/deep/er?u={}&y", True),
        ("https://a.example/web/20200101000000im_/{}", False),
        ("https://a.example/web/{}", False),
    ]
)


def mixed(text: str, upper: list[bool]) -> str:
    return "".join(one.upper() if up else one for one, up in zip(text, upper, strict=False)) + text[len(upper) :]


@given(
    names,
    paths,
    carried,
    st.sampled_from(["", "http://", "https://", "//"]),
    st.integers(0, 2),
    st.lists(st.booleans(), max_size=20),
)
def test_however_it_is_written_a_blocked_address_is_blocked_and_its_twin_allowed(
    name: str, path: str, place: tuple[str, bool], scheme: str, encoded: int, upper: list[bool]
) -> None:
    template, in_query = place
    assume(scheme != "//" or in_query)
    text = mixed(f"{scheme}{name}", upper) + f"/{path}"
    twin = text.lower().replace("bad.example", "fine.example") if "bad.example" in text.lower() else text
    for _ in range(max(encoded, 1 if in_query else 0)):
        text, twin = quote(text, ""), quote(twin, "")
    assert not decided(CLOSED, template.format(text)).allowed
    assert decided(CLOSED, template.format(twin)).allowed


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    for url in read_address(text):
        assert canonical_url(f"{url.scheme}://{url.host}:{url.port}{url.origin_form}").host == url.host
