"""The signed, expiring reference, and the code that people read aloud."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.explain.reference import (
    LIFETIME,
    LONGEST_TOKEN,
    BadReferenceError,
    Reference,
    ReferenceExpired,
    ReferenceForged,
    References,
    new_code,
    read_code,
)
from saywhy.policy.reader import Reader

SECRET = bytes(range(32))
AT = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
REFERENCE = Reference(
    code="K7-42QX-9M",
    host="www.tiktok.com",
    url="https://www.tiktok.com/@someone",
    scheme="https",
    rule="tiktok",
    reason="rule",
    groups=("year9", "students"),
    place="Year 9 classrooms",
    device="10.30.9.7",
    reader=Reader.SECONDARY,
    at=AT,
    revision="3f9c2a",
)
URL_SAFE = set(string.ascii_letters + string.digits + "-_.")
TOKEN = References(SECRET).sign(REFERENCE)

texts = st.text(max_size=30)
references = st.builds(
    Reference,
    code=texts,
    host=st.text("abc.-", min_size=1, max_size=253),
    url=st.text(max_size=3000).filter(lambda text: "?" not in text and "#" not in text),
    scheme=st.sampled_from(["http", "https", "ws", "wss"]),
    rule=st.none() | texts,
    reason=texts,
    groups=st.lists(st.text("abcdef-", max_size=20), max_size=5).map(tuple),
    place=st.none() | texts,
    device=st.none() | st.ip_addresses().map(str),
    reader=st.sampled_from(Reader),
    at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds the zone
    revision=texts,
)


@given(references)
def test_what_is_signed_is_read_again(reference: Reference) -> None:
    keeper = References(SECRET)
    token = keeper.sign(reference)
    read = keeper.read(token, reference.at)
    assert replace(read, url=reference.url) == reference
    assert read.url in (reference.url, f"{reference.scheme}://{reference.host}/")
    assert set(token) <= URL_SAFE


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789/", max_size=20_000))
def test_a_link_never_grows_giant(path: str) -> None:
    token = References(SECRET).sign(replace(REFERENCE, url=f"https://www.tiktok.com/{path}"))
    assert len(token) <= LONGEST_TOKEN


def test_a_long_path_is_cut_to_the_root_of_its_host() -> None:
    keeper = References(SECRET)
    path = "".join(f"{number:x}" for number in range(2000))
    read = keeper.read(keeper.sign(replace(REFERENCE, url=f"https://www.tiktok.com/{path}")), AT)
    assert read.url == "https://www.tiktok.com/"


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_no_sign_of_it_can_be_changed(place: int) -> None:
    keeper = References(SECRET)
    for other in sorted(URL_SAFE | {"!", "\n", "=", "é"} - {TOKEN[place]}):
        if other != TOKEN[place]:
            with pytest.raises(ReferenceForged):
                keeper.read(TOKEN[:place] + other + TOKEN[place + 1 :], AT)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "x",
        TOKEN + "=",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN[:-1],
        TOKEN + "A",
        "." + TOKEN,
        TOKEN * 200,
        "é",
    ],
)
def test_what_was_not_signed_here_is_refused(token: str) -> None:
    with pytest.raises(ReferenceForged):
        References(SECRET).read(token, AT)


@given(st.text())
def test_any_text_is_refused_in_the_same_way(token: str) -> None:
    with pytest.raises(ReferenceForged):
        References(SECRET).read(token, AT)


def test_another_secret_signs_in_another_way() -> None:
    with pytest.raises(ReferenceForged):
        References(b"x" * 32).read(TOKEN, AT)


def test_what_another_version_signed_is_refused() -> None:
    keeper = References(SECRET)
    for fields in (["too", "few"], {"not": "a list"}, None, [1] * 12):
        with pytest.raises(ReferenceForged):
            keeper.read(str(keeper._serializer.dumps(fields)), AT)


@pytest.mark.parametrize(
    ("age", "lives"),
    [
        (timedelta(0), True),
        (LIFETIME, True),
        (LIFETIME + timedelta(microseconds=1), False),
        (timedelta(days=400), False),
    ],
)
def test_it_ends_with_its_lifetime(age: timedelta, lives: bool) -> None:
    keeper = References(SECRET)
    if lives:
        assert keeper.read(TOKEN, AT + age) == REFERENCE
    else:
        with pytest.raises(ReferenceExpired, match="7 days"):
            keeper.read(TOKEN, AT + age)


def test_both_problems_are_of_one_kind() -> None:
    assert issubclass(ReferenceExpired, BadReferenceError)
    assert issubclass(ReferenceForged, BadReferenceError)


@pytest.mark.parametrize("url", ["https://x.example/?q=private", "https://x.example/#part"])
def test_a_query_cannot_be_written_into_it(url: str) -> None:
    with pytest.raises(ValueError, match="no query"):
        replace(REFERENCE, url=url)


def test_its_moment_carries_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(REFERENCE, at=AT.replace(tzinfo=None))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        References(b"short")


class TestCodes:
    @pytest.mark.parametrize(
        ("random", "code"),
        [
            (bytes(5), "00-0000-00"),
            (b"\xff" * 5, "ZZ-ZZZZ-ZZ"),
            (bytes([0, 0, 0, 0, 1]), "00-0000-01"),
            (bytes([0, 0, 0, 0, 1]) + b"more", "00-0000-01"),
        ],
    )
    def test_are_made_from_forty_bits(self, random: bytes, code: str) -> None:
        assert new_code(random) == code

    @given(st.binary(min_size=5, max_size=5), st.binary(min_size=5, max_size=5))
    def test_differ_when_the_bits_do(self, one: bytes, other: bytes) -> None:
        assert (new_code(one) == new_code(other)) is (one == other)

    @given(st.binary(min_size=5, max_size=5))
    def test_hold_no_signs_that_look_alike(self, random: bytes) -> None:
        assert not set(new_code(random)) & set("ILOU")

    def test_need_enough_bits(self) -> None:
        with pytest.raises(ValueError, match="5 random bytes"):
            new_code(bytes(4))

    @given(st.binary(min_size=5, max_size=5))
    def test_are_read_however_they_were_written_down(self, random: bytes) -> None:
        code = new_code(random)
        for written in (
            code,
            code.lower(),
            code.replace("-", ""),
            f" {code.replace('-', ' ')} ",
            code.replace("0", "o").replace("1", "l"),
        ):
            assert read_code(written) == code

    @pytest.mark.parametrize("text", ["", "K7-42QX-9", "K7-42QX-9MM", "K7-42QX-9U", "K7-42QX-9!", "é" * 8])
    def test_other_texts_are_no_codes(self, text: str) -> None:
        with pytest.raises(BadReferenceError, match="K7-42QX-9M"):
            read_code(text)
