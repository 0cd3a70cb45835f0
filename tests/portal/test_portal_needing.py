"""I need …: whatever is typed gets an answer, decided for this device as the proxy would."""

import pytest

from saywhy.policy.catalogue import Catalogue
from saywhy.portal.typed_address import NotAnAddress, Words, read_address
from tests.portal.conftest import PROOF, SITE_TODAY, World, csrf, say_both

HERE = {"X-Saywhy-Relay": PROOF, "X-Saywhy-Client": "10.30.7.21", "X-Saywhy-Scheme": "http"}


def need(world: World, address: str) -> tuple[int, str, str]:
    client = world.client()
    data = {"address": address, "csrf_token": csrf(client.get("/", headers=HERE))}
    page = client.post("/need", data=data, headers=HERE)
    return page.status_code, page.text, page.headers.get("Location", "")


@pytest.mark.parametrize(
    "typed",
    [
        "games.example",
        "https://games.example/chess?utm_source=mail&fbclid=x#part",
        " “http://GAMES.example./” ",
        "please open https://games.example/chess for us",
        "games.example/" + "x" * 3000,
    ],
)
def test_what_can_be_asked_leads_to_the_form(world: World, typed: str) -> None:
    status, _, location = need(world, typed)
    assert status == 303
    reference = world.references.read(location.rsplit("/", 1)[1], world.now)
    assert (reference.host, reference.rule, reference.device) == ("games.example", "games", "10.30.7.21")
    assert reference.groups == ("year7", "students")
    assert "utm_source" not in reference.url
    assert world.client().get(location).status_code == 200


@pytest.mark.parametrize(
    ("typed", "status", "told", "untold"),
    [
        ("open.example/page?id=7", 200, ["It is open", 'href="https://open.example/page?id=7"'], []),
        ("floor.example", 200, ["It is not safe.", "No exceptions are made", "Safeguarding lead"], []),
        ("bets.example", 200, ["Betting is for adults."], []),
        ("hurt.example", 200, ["Mrs Patel", "Room 12"], ["hurt.example", "care<"]),
        ("https://games.example:8443/", 200, ["No exceptions are made"], []),
        ("https://10.1.2.3/", 200, ["No exceptions are made"], []),
        ("TikTok", 200, ["Do you mean TikTok?", "tiktok.example"], []),
        ("volcanoes for homework", 200, ["This is not an address", "volcanoes for homework"], []),
        ("<script>alert(1)</script> x", 200, ["&lt;script&gt;"], ["<script>"]),
        ("", 422, ["Write the address of the page that you need"], []),
        ("javascript:alert(1)", 422, ["Only addresses of web pages"], ['href="javascript']),
        ("mailto:somebody@games.example", 422, ["Only addresses of web pages", "somebody@games.example"], []),
        ("https://", 422, ["This is not the address of a web page"], []),
    ],
)
def test_whatever_is_typed_gets_an_answer(
    world: World, typed: str, status: int, told: list[str], untold: list[str]
) -> None:
    found, page, _ = need(world, typed)
    assert found == status
    assert all(words in page for words in told), page
    assert not any(words in page for words in untold)


def test_what_a_permit_opens_is_open(world: World) -> None:
    world.ask()
    say_both(world, 1, **SITE_TODAY)
    assert "It is open" in need(world, "games.example")[1]


@pytest.mark.parametrize(("typed", "host"), [("localhost:8080/x", "localhost"), ("192.0.2.7", "192.0.2.7")])
def test_addresses_are_read_as_browsers_do(typed: str, host: str) -> None:
    found = read_address(typed, Catalogue())
    assert not isinstance(found, Words)
    assert found.host == host


@pytest.mark.parametrize("typed", ["3.14", "Rome", "what is e.g. a noun"])
def test_words_are_no_addresses(typed: str) -> None:
    assert read_address(typed, Catalogue()) == Words(typed)


def test_other_schemes_are_no_web_pages() -> None:
    with pytest.raises(NotAnAddress):
        read_address("file:///etc/passwd", Catalogue())
