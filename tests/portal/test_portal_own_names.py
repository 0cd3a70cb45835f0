"""Under which names the portal answers, and that nothing leads to another."""

import socket

import pytest

from saywhy.portal.own_names import OwnNames, is_own, is_this_machine, same_origin
from tests.portal.conftest import ANSWERS, World, csrf

NAMES = frozenset({"why.school.internal", "filter.school.example"})


@pytest.mark.parametrize(
    "host",
    [
        "why.school.internal",
        "WHY.School.Internal",
        "why.school.internal:80",
        "filter.school.example:8443",
        "localhost",
        "localhost:8081",
        "127.0.0.1",
        "127.0.0.1:8081",
        "127.9.9.9:8081",
        "[::1]:8081",
        "[::ffff:127.0.0.1]",
    ],
)
def test_own_names_and_addresses_of_this_machine_are_answered(host: str) -> None:
    assert is_own(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "..",
        ".",
        "evil.example",
        "evil.example:8081",
        "why.school.internal.evil.example",
        "xwhy.school.internal",
        "why.school.internal.",
        "why.school.internal:",
        "why.school.internal:0",
        "why.school.internal:65536",
        "why.school.internal:8081:1",
        "why.school.internal:\uff18\uff10",
        "why.school.internal, evil.example",
        "why.school.internal/",
        "why.school.internal\\@evil.example",
        "evil@why.school.internal",
        "why.school.internal ",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0.0.0.0",
        "[::]",
        "198.51.100.7",
        "[2001:db8::7]",
        "[127.0.0.1]",
        "[::1",
        "::1",
        "[::1%lo]",
        "x" * 300,
        "\x00",
        "whý.school.internal",
    ],
)
def test_any_other_is_refused(host: str) -> None:
    assert not is_own(host, NAMES)


def test_an_address_that_this_machine_has_is_its_own() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("198.51.100.1", 9))  # sends nothing; says which address would be used, where there is a way
        own = asking.getsockname()[0]
    assert is_this_machine(own)
    assert is_own(f"{own}:8081", frozenset())


@pytest.mark.parametrize("host", ["..", "", "evil.example", "a b", "[", "%", "\u00e9vil", "a" * 1000])
@pytest.mark.parametrize("path", ["/", "/requests", "/static//x", "/static/portal.css", "//evil.example/", "/nowhere"])
def test_a_foreign_name_gets_a_page_and_never_a_fault(world: World, host: str, path: str) -> None:
    page = world.client().get(path, headers={"Host": host})
    assert page.status_code == 400
    assert "not the address of this page" in page.text
    assert "Location" not in page.headers
    assert "evil" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_no_name_at_all_is_refused() -> None:
    told: list[str] = []
    app = OwnNames(lambda *_: [b"the portal"], NAMES)
    body = b"".join(app({"REQUEST_METHOD": "GET"}, lambda status, *_: told.append(status)))  # type: ignore[arg-type]
    assert told == ["400 Bad Request"]
    assert b"the portal" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/static//x",
        "//evil.example",
        "//evil.example/%2e%2e",
        "/\\evil.example",
        "/%5cevil.example",
        "/%2f%2fevil.example",
        "/requests//1",
        "/receipt//x",
        "/static/..//..//x",
        "/ask//evil.example",
        "/sign-in/",
    ],
)
def test_no_path_leads_to_another_host(world: World, path: str) -> None:
    page = world.client().get(path, environ_overrides={"PATH_INFO": path}, follow_redirects=False)
    assert page.status_code in (400, 404)
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "https://evil.example/requests",
        "/\\evil.example",
        "\\\\evil.example",
        "/requests/../../evil",
        "/requests/1/../..//evil.example",
        "/requests?x=https://evil.example",
        "/requests/\uff11",
        "javascript:alert(1)",
        "/requests\r\nLocation: //evil.example",
        " /requests/1",
        "",
    ],
)
def test_a_sign_in_leads_to_our_own_pages_alone(world: World, onward: str) -> None:
    client = world.client()
    form = client.get("/sign-in", query_string={"next": onward})
    data = {"name": "it", "password": world.passwords["it"], "next": onward, "csrf_token": csrf(form)}
    assert "evil" not in form.text
    assert client.post("/sign-in", data=data).headers["Location"] == "/requests"
    assert client.get("/sign-in", query_string={"next": onward}).headers["Location"] == "/requests"


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),  # TLS may end at a proxy before us
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:8082"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost@evil.example"}, False),
        ({"Origin": "http://localhost/", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_a_form_with_the_right_token_is_refused_where_the_browser_says_it_is_foreign(
    world: World, headers: dict[str, str], sent: bool
) -> None:
    client, path = world.client(), f"/ask/{world.token()}"
    page = client.post(path, data={**ANSWERS, "csrf_token": csrf(client.get(path))}, headers=headers)
    assert page.status_code == (303 if sent else 403)
    assert len(world.store.requests()) == sent
    if not sent:
        assert "did not come from this page" in page.text


def test_an_origin_is_compared_with_its_port() -> None:
    assert same_origin("https://why.school.internal", "why.school.internal")
    assert same_origin("https://why.school.internal:443", "why.school.internal")
    assert same_origin("http://127.0.0.1:8081", "127.0.0.1:8081")
    assert not same_origin("http://127.0.0.1", "127.0.0.1:8081")
    assert not same_origin("ftp://127.0.0.1:8081", "127.0.0.1:8081")
