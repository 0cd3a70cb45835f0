"""What is put into a request: headers and parameters, in the place of the client's own."""

import re
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mitmproxy import http

from saywhy.policy.control import Control, Means
from saywhy.policy.obligation import Obligation
from saywhy.proxy.mitm.obliging import oblige

LEVELS = {
    "moderate": Means("moderate.example", (("video-restrict", "Moderate"),)),
    "strict": Means("strict.example", (("video-restrict", "Strict"), ("video-strict", "yes"))),
}


def met(means: Means, levels: dict[str, Means] | None = None) -> frozenset[Obligation]:
    return frozenset({Obligation("any", means=means, control=Control("app", "any", levels=levels or {"": means}))})


def request(path: str = "/", **fields: str) -> http.Request:
    named = http.Headers([(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()])
    return http.Request.make("GET", f"https://www.example{path}", headers=named)


def test_headers_of_every_level_are_the_clients_no_more() -> None:
    asked = request(Video_Restrict="off", VIDEO_STRICT="no", Accept="*/*")
    oblige(asked, met(LEVELS["moderate"], LEVELS))
    assert asked.headers.get_all("video-restrict") == ["Moderate"]
    assert "video-strict" not in asked.headers
    assert asked.headers["accept"] == "*/*"


def test_what_is_not_controlled_changes_nothing() -> None:
    asked = request("/search?q=a")
    oblige(asked, frozenset({Obligation("inspect", inside=True)}))
    assert asked.path == "/search?q=a"


TEXT = st.text("aAfFeEsS%+=&0127x ", max_size=6)


@example([("safe", "off"), ("q", "a"), (" S%41fe ", "0")], "saFe")
@given(st.lists(st.tuples(TEXT, TEXT), max_size=5), st.sampled_from(["safe", "saFe", "SAFE"]))
def test_however_a_parameter_is_written_the_server_reads_ours_and_all_others_as_they_were(
    pairs: list[tuple[str, str]], ours: str
) -> None:
    query = "&".join(f"{name}={value}" for name, value in pairs)
    asked = request()
    asked.path = f"/search?{query}"
    oblige(asked, met(Means(parameters=((ours, "active"),))))
    read = parse_qsl(asked.path.partition("?")[2], keep_blank_values=True)
    assert [value for name, value in read if name.strip().lower() == "safe"] == ["active"]
    before = parse_qsl(query, keep_blank_values=True)
    assert [one for one in read if one[0].strip().lower() != "safe"] == [
        one for one in before if one[0].strip().lower() != "safe"
    ]


@pytest.mark.parametrize(
    "own",
    ["q=1;safe_mode=0", "safe_mode[]=0", "safe_mode%5B0%5D=0", "safe_mode%00=0", "q=1&amp;safe_mode=0", "safe.mode=0", "SAFE%20MODE=0", ";safe_mode=0", "safe_mode"],
)  # fmt: skip
def test_nor_can_it_be_written_so_that_only_some_servers_read_it(own: str) -> None:
    asked = request(f"/search?{own}")
    oblige(asked, met(Means(parameters=(("safe_mode", "1"),))))
    left = asked.path.partition("?")[2].split("safe_mode=1")
    assert len(left) == 2
    assert re.search("safe.mode", left[0], re.IGNORECASE) is None
    assert left[1] == ""


def test_what_only_begins_like_it_stays_and_semicolons_with_it() -> None:
    asked = request("/search?q=a;b&safest=1;safe_=2&q=safe")
    oblige(asked, met(Means(parameters=(("safe", "1"),))))
    assert asked.path == "/search?q=a;b&safest=1;safe_=2&q=safe&safe=1"
