"""What a shared computer remembers of a request: nothing that leads back to it."""

from saywhy.exceptions.readable import plain_code
from saywhy.portal.receipts import CLEARED
from tests.portal.conftest import World, csrf


def test_the_page_of_a_receipt_has_no_code_in_its_address(world: World) -> None:
    path = world.ask()
    client = world.client()
    led = client.get(path, follow_redirects=False)
    assert led.status_code == 303
    assert led.headers["Location"] == "/receipt"
    assert led.headers["Cache-Control"] == "no-store"
    page = client.get("/receipt")
    assert "We have your request" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_a_receipt_that_was_looked_up_has_none_either(world: World) -> None:
    code = world.ask().rpartition("/")[2]
    client = world.client()
    found = client.post("/find", data={"code": code, "csrf_token": csrf(client.get("/"))}, follow_redirects=True)
    assert found.request.path == "/receipt"
    assert "We have your request" in found.text


def test_titles_name_no_site_and_no_code(world: World) -> None:
    path = world.ask()
    for page in (world.client().get(path), world.client().get(f"/ask/{world.token()}")):
        title = page.text.split("<title>")[1].split("</title>")[0]
        assert "games.example" not in title
        assert plain_code(path.rpartition("/")[2]) not in title.replace("-", "")


def test_whoever_leaves_takes_it_along(world: World) -> None:
    client = world.client()
    page = client.get(world.ask())
    assert "Forget my request on this computer" in page.text
    left = client.post("/leave", data={"csrf_token": csrf(page)})
    assert left.status_code == 303
    assert left.headers["Clear-Site-Data"] == CLEARED["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/receipt").headers["Location"] == "/"
    assert "Forget my request" not in client.get("/").text


def test_without_a_receipt_there_is_the_first_page(world: World) -> None:
    assert world.client().get("/receipt").headers["Location"] == "/"


def test_a_code_that_is_none_has_its_page(world: World) -> None:
    page = world.client().get("/receipt/unknown")
    assert page.status_code == 404
    assert "No request has this code" in page.text
