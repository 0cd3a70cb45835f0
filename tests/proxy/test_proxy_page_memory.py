"""A page that is remembered is the page that would have been made."""

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_at, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.explain.answer import Answer
from saywhy.explain.explanation import Kind
from saywhy.policy.grant import ANY_RULE, Grant, GrantScope, GrantTarget
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.proxy.judge import _page_of
from saywhy.proxy.judged import Judged
from saywhy.proxy.page_memory import Made, PageMemory
from tests.decide.conftest import MONDAY_TEN
from tests.proxy.test_proxy_judge import Court

POLICIES = Path(__file__).parents[2] / "policies"
SCHOOL = Engine(load_policy(POLICIES))
BROWSER = {"accept": "text/html"}
ADDRESSES = (
    "https://www.tiktok.com/@x/video/1", "https://www.tiktok.com/", "https://m.tiktok.com/", "https://yandex.com/search?text=a",
    "https://poki.com/", "https://www.roblox.com/games/1", "https://www.youtube.com/shorts/x", "https://chat.openai.com/",
    "https://translate.google.com/translate?u=https://poki.com/", "http://192.0.2.7/", "https://www.bbc.co.uk:8443/",
)  # fmt: skip
DEVICES = [str(place.network.network_address + 1) for place in SCHOOL.policy.places] + ["192.0.2.1"]


class Making:
    """Makes pages that hold what they are told to, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, body: str) -> Made:
        self.times += 1
        return Answer(403, "text/html", body.encode(), {}), Kind.BLOCK, Reader.ADULT


def test_after_two_that_differ_in_these_texts_alone_no_more_are_made() -> None:
    memory, making = PageMemory(), Making()
    for code in ("K7-42QX-9M", "AA-BBBB-CC", "DD-EEEE-FF", "GG-HHHH-JJ"):
        made = memory.page("key", (code.encode(), b"/ask/1"), lambda code=code: making(f"<p>{code}</p>/ask/1<b>{code}"))  # type: ignore[misc]
        assert made[0].body == f"<p>{code}</p>/ask/1<b>{code}".encode()
    assert making.times == 2


def test_what_differs_in_something_else_is_made_each_time() -> None:
    memory, making = PageMemory(), Making()
    for number, code in enumerate(("K7", "AA", "DD", "GG")):
        body = f"{code} {code[0].lower()} {number}"
        assert memory.page("key", (code.encode(),), lambda body=body: making(body))[0].body == body.encode()  # type: ignore[misc]
    assert making.times == 4


def test_each_key_has_its_own_and_only_so_many_are_kept() -> None:
    memory, making = PageMemory(2), Making()
    for key in ("a", "b", "c", "a", "a"):
        assert memory.page(key, (b"x",), lambda key=key: making(f"{key} x"))[0].body == f"{key} x".encode()  # type: ignore[misc]
    assert making.times == 5  # "a" had to be made anew, and tried


def judged(court: Court, device: str, address: str, minutes: int) -> Judged:
    snapshot = court.in_force.now
    assert snapshot is not None
    subject = subject_at(SCHOOL, ip_address(device))
    access = Access(subject, target_of_url(address), MONDAY_TEN + timedelta(minutes=minutes))
    return Judged(snapshot, access, decide(SCHOOL, NO_GRANTS, access), 0.0)


def without_its_own(page: bytes) -> tuple[bytes, list[bytes]]:
    """A page without its reference and its link, and these: they are another one's each time."""
    own = re.compile(rb"<code[^>]*>[^<]*</code>|/(?:ask|why)/[\w.-]+")
    return own.sub(b"", page), own.findall(page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_remembered_page_is_the_one_that_would_be_made_for_everybody_at_any_time(address: str) -> None:
    court = Court(SCHOOL)
    for _ in range(3):
        for device in DEVICES:
            for minutes in (0, 130):
                one = judged(court, device, address, minutes)
                if one.decision.allowed:
                    continue
                page = court.judge.refused("thin", "GET", one, BROWSER).body
                fresh = Court(SCHOOL)
                assert fresh.in_force.now is not None
                anew = fresh.judge.refused("thin", "GET", replace(one, snapshot=fresh.in_force.now), BROWSER).body
                (plain, own), (other, others) = without_its_own(page), without_its_own(anew)
                assert plain == other
                assert len(own) == len(others)
                assert not set(own) & set(others)


def test_the_reference_on_a_remembered_page_is_that_of_its_own_refusal() -> None:
    court = Court(SCHOOL)
    one = judged(court, DEVICES[-2], "https://www.tiktok.com/", 0)
    pages = [court.judge.refused("thin", "GET", one, BROWSER).body for _ in range(4)]
    for page, record in zip(pages, court.log.records, strict=True):
        assert record.reference is not None
        assert record.reference.encode() in page
    assert len(set(pages)) == 4


def test_a_frame_and_a_page_are_told_apart() -> None:
    court = Court(SCHOOL)
    one = judged(court, DEVICES[-2], "https://www.tiktok.com/", 0)
    for _ in range(3):
        policies = {
            destination: court.judge.refused("thin", "GET", one, BROWSER | {"sec-fetch-dest": destination}).headers[
                "Content-Security-Policy"
            ]
            for destination in ("document", "iframe")
        }
        assert "frame-ancestors 'none'" in policies["document"]
        assert "frame-ancestors *" in policies["iframe"]


def test_where_a_permit_may_be_for_a_page_each_page_has_its_own() -> None:
    court = Court(SCHOOL)
    one = GrantTarget(page=parse_pattern("www.tiktok.com/@school"))
    court.in_force.grants = Grants(
        [
            Grant(
                "g",
                GrantScope(frozenset({"year9"})),
                one,
                MONDAY_TEN,
                MONDAY_TEN + timedelta(days=1),
                weighed=frozenset({ANY_RULE}),
            )
        ]
    )
    keys = {_page_of(judged(court, DEVICES[-2], f"https://www.tiktok.com/{path}", 0)) for path in ("a", "b")}
    assert len(keys) == 2
