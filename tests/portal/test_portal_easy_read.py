"""Easy read in the portal: chosen by a plain link, remembered, and told no more than a reader's own level is."""

import re

import pytest

from saywhy.policy.reader import Reader
from saywhy.portal.easy_read import easy_read_chosen
from tests.portal.conftest import PROOF, World, csrf

HERE = {"X-Saywhy-Relay": PROOF, "X-Saywhy-Client": "10.30.7.21", "X-Saywhy-Scheme": "http"}
EASY, USUAL = "Easy read", "Usual words"


def links(page: str) -> list[tuple[str, str]]:
    """The links that change the words, and what each is called."""
    return re.findall(r'<a href="([^"]+reader=[^"]+)"[^>]*>(?:<svg.*?</svg>)?([^<]+)</a>', page)


def test_a_block_page_comes_again_in_easy_words_and_back(world: World) -> None:
    token = world.token()
    client = world.client()
    usual = client.get(f"/why/{token}", headers=HERE)
    assert links(usual.text) == [(f"/why/{token}?reader=easy-read", EASY)]
    easy = client.get(f"/why/{token}?reader=easy-read", headers=HERE)
    assert '<body class="easy-read">' in easy.text
    assert "'sha256-" in easy.headers["Content-Security-Policy"]
    assert f'href="/ask/{token}"' in easy.text
    assert links(easy.text) == [(f"/why/{token}?reader=usual", USUAL)]
    cookie = easy.headers["Set-Cookie"]
    assert cookie.startswith("saywhy-reader=easy-read;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    welsh = client.get(f"/why/{token}?language=cy", headers=HERE).text  # it stays in another language
    assert '<html lang="cy"' in welsh
    assert '<body class="easy-read">' in welsh
    assert '<body class="secondary">' in client.get(f"/why/{token}?reader=usual", headers=HERE).text
    assert '<body class="secondary">' in client.get(f"/why/{token}", headers=HERE).text


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.PRIMARY])
def test_a_child_is_told_no_more_in_easy_words(world: World, reader: Reader) -> None:
    token = world.token(reader=reader)
    client = world.client()
    usual = client.get(f"/why/{token}", headers=HERE).text
    easy = client.get(f"/why/{token}?reader=easy-read", headers=HERE).text
    assert '<body class="easy-read">' in easy
    for page in (usual, easy):
        assert "games.example" not in page.partition("<main")[2]
        assert "IT support</dd>" not in page
        assert "<dt>Rule</dt>" not in page
    assert (f'href="/ask/{token}"' in easy) is (f'href="/ask/{token}"' in usual) is (reader is not Reader.EARLY)


def test_pages_of_the_portal_have_the_link_and_larger_words_once_it_is_chosen(world: World) -> None:
    client = world.client()
    first = client.get("/")
    assert links(first.text) == [("/?reader=easy-read", EASY)]
    assert 'id="reading" autocomplete="off">' in first.text
    chosen = client.get("/?reader=easy-read")
    assert 'id="reading" autocomplete="off" checked>' in chosen.text
    assert links(client.get("/").text) == [("/?reader=usual", USUAL)]
    again = client.post("/need", data={"address": "", "csrf_token": csrf(chosen)})
    assert links(again.text) == []  # what was typed would be lost
    assert 'autocomplete="off" checked>' in again.text
    need = client.post("/need", data={"address": "8.8.8.8:9", "csrf_token": csrf(chosen)}, headers=HERE)
    assert "This page is closed" in need.text


@pytest.mark.parametrize("asked", ["adult", "early", "<script>", "x" * 9000, "easy-read\r\nSet-Cookie: a=b"])
def test_nobody_can_choose_another_level(world: World, asked: str) -> None:
    page = world.client().get("/", query_string={"reader": asked})
    assert page.status_code == 200
    assert links(page.text) == [("/?reader=easy-read", EASY)]
    assert "saywhy-reader" not in page.headers.get("Set-Cookie", "")


def test_pages_for_those_who_decide_have_no_such_link(world: World) -> None:
    assert links(world.staff("it").get("/requests").text) == []


def test_where_no_page_is_made_nobody_chose_it() -> None:
    assert not easy_read_chosen()
