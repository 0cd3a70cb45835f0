"""The list of requests: searched, filtered, in pages, with true counts; several answered at once, each with its reason."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from saywhy.exceptions.database import StoreUnavailable
from saywhy.exceptions.request import Refusal, Submission
from saywhy.exceptions.state import State
from saywhy.exceptions.tables import RequestRow
from saywhy.portal.context import Noticed
from saywhy.portal.queue import Chosen, chosen_numbers, read_chosen
from tests.exceptions.conftest import IT, NOW, SCHOOL, refusal, school, submission
from tests.portal.conftest import SITE_TODAY, World, csrf, say


def fill(world: World, number: int, **facts: object) -> None:
    """So many requests, each for a page of its own."""
    assert world.engine is not None
    for one in range(number):
        made: Refusal = refusal(**{"path": f"/page-{one}", **facts})  # type: ignore[arg-type]
        world.store.submit(world.engine, submission(made), f"filled in {one} {facts}", world.now)
        world.now += timedelta(seconds=1)


def numbers(text: str) -> list[int]:
    """The requests at which the entries of a page begin."""
    return [int(one.split('"')[0]) for one in text.split('aria-labelledby="request-')[1:]]


def test_every_request_is_reached_page_by_page_and_counted(world: World) -> None:
    fill(world, 120)
    staff, path, seen = world.staff("it"), "/requests", []
    while path:
        text = staff.get(path).text
        assert "Waiting for an answer (120)" in text
        seen += numbers(text)
        link = text.partition('">Next page</a>')[0].rpartition('href="')[2]
        path = link.replace("&amp;", "&") if ">Next page</a>" in text else ""
    assert seen == list(range(1, 121))


def test_an_answer_meanwhile_moves_nothing_off_the_next_page(world: World) -> None:
    fill(world, 60)
    staff = world.staff("it")
    assert numbers(staff.get("/requests").text)[-1] == 50
    say(staff, 3, "refuse", reason="There is a board.")
    assert numbers(staff.get("/requests?after=50").text) == list(range(51, 61))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("games.example", [1, 2]),
        ("GAMES", [1, 2]),
        ("chess draughts", [2]),
        ("R-1003", [3]),
        ("r-1003", [3]),
        ("R-9999", []),
        ("100%", [3]),
        ("%", [3]),
        ("_", []),
        ("nowhere", []),
        ("'; DROP TABLE exception_requests; --", []),
    ],
)
def test_requests_are_found_by_words_sites_and_numbers(world: World, search: str, found: list[int]) -> None:
    world.ask(wants="Play chess", token=world.token(path="/a"))
    world.ask(wants="Play chess and draughts", token=world.token(path="/b"))
    world.ask(wants="I need 100% of it", because="Our club talks", token=world.token(host="chat.example", rule="chat"))
    page = world.staff("it").get("/requests", query_string={"search": search})
    assert page.status_code == 200
    assert numbers(page.text) == found


def test_requests_are_filtered_by_state_role_risk_and_age(world: World) -> None:
    world.ask(token=world.token(path="/old"))
    world.now += timedelta(days=8)
    world.ask(token=world.token(path="/new", at=world.now), until="2026-12-02")
    world.ask(token=world.token(host="chat.example", rule="chat", at=world.now), until="2026-12-02")
    world.ask(token=world.token(host="chat.example", path="/b", rule="chat", at=world.now), until="2026-12-02")
    staff = world.staff("it")
    say(staff, 2, "refuse", reason="There is a board.")
    say(staff, 4, "approve", **SITE_TODAY)

    def shown(**given: str) -> list[int]:
        return numbers(staff.get("/requests", query_string=given).text)

    assert shown() == [1, 3, 4]
    assert shown(state="open") == [1, 3]
    assert shown(state="awaiting-sign-off") == [4]
    assert shown(state="refused") == shown(state="answered") == [2]
    assert shown(state="granted") == []
    assert shown(role="safeguarding") == shown(risk="two") == [3, 4]
    assert shown(risk="one") == [1]
    assert shown(age="week") == [1]
    assert shown(age="month") == []
    assert shown(role="safeguarding", state="open", search="chat") == [3]
    assert numbers(world.staff("safeguarding").get("/requests").text) == [3, 4]
    assert numbers(world.staff("teaching").get("/requests").text) == []


@pytest.mark.parametrize(
    "given",
    [{"state": "x"}, {"role": "x"}, {"risk": "x"}, {"age": "x"}, {"search": "w" * 101}, {"state": "open", "role": "'"}],
)
def test_what_cannot_be_used_is_said_and_nothing_typed_is_lost(world: World, given: dict[str, str]) -> None:
    world.ask()
    page = world.staff("it").get("/requests", query_string={"search": "games", **given})
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert f'href="#{list(given)[-1]}"' in page.text
    assert f'value="{given.get("search", "games")[:100]}"' in page.text


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999", "1e9", "0", "", "\uff11"])
def test_an_odd_place_in_the_list_is_its_beginning(world: World, after: str) -> None:
    world.ask()
    assert numbers(world.staff("it").get("/requests", query_string={"after": after, "alike": after}).text) == [1]


def test_answers_are_in_pages_as_well_the_latest_first(world: World) -> None:
    fill(world, 70)
    staff = world.staff("it")
    staff.get("/requests")
    for number in range(1, 71):
        assert world.engine is not None
        account = next(one for one in world.store.accounts.every_account() if one.name == "it")
        world.store.refuse(
            number, world.engine, account, "There is a board.", world.now + timedelta(seconds=number // 3)
        )
    first = staff.get("/requests?state=answered").text
    assert "Found (70)" in first
    assert numbers(first) == list(range(70, 20, -1))
    assert numbers(staff.get("/requests?state=answered&after=21").text) == list(range(20, 0, -1))


def choose(world: World, name: str, entries: list[int], **reasons: str) -> tuple[int, str]:
    staff = world.staff(name)
    page = staff.get("/requests/answer", query_string={"entry": entries})
    data = {"entry": [str(one) for one in entries], "csrf_token": csrf(page) if "csrf_token" in page.text else ""}
    sent = staff.post("/requests/answer", data={**data, **reasons})
    return sent.status_code, staff.get("/requests").text if sent.status_code == 303 else sent.text


def test_several_are_answered_at_once_each_with_its_own_reason(world: World) -> None:
    for device in range(3):
        world.ask(token=world.token(path="/chess", device=f"10.30.7.{device + 30}"))
    world.ask(token=world.token(path="/draughts"))
    world.ask(token=world.token(path="/ludo"))
    reasons = {"reason-1": "There is a board in room 12.", "reason-4": "The club has one."}
    status, text = choose(world, "it", [1, 4], **reasons)
    assert status == 303
    assert "You said no to 4 requests." in text
    assert [one.state for one in world.store.requests()] == [State.REFUSED] * 4 + [State.OPEN]
    told = [world.store.dossier(number) for number in range(1, 5)]
    assert [one.reviews[-1].reason for one in told if one] == [reasons["reason-1"]] * 3 + [reasons["reason-4"]]
    assert world.noticed.count(Noticed.REFUSED) == 4


@pytest.mark.parametrize("lacking", ["", "no", "x" * 501])
def test_while_one_reason_is_missing_none_is_answered_and_the_others_are_kept(world: World, lacking: str) -> None:
    world.ask(token=world.token(path="/chess"))
    world.ask(token=world.token(path="/draughts"))
    status, text = choose(world, "it", [1, 2], **{"reason-1": "There is a board.", "reason-2": lacking})
    assert status == 422
    assert 'href="#reason-2"' in text
    assert 'href="#reason-1"' not in text
    assert "There is a board." in text
    assert {one.state for one in world.store.requests()} == {State.OPEN}


def test_nobody_answers_their_own_or_what_others_decide_among_several(world: World) -> None:
    world.ask(world.staff("it"), world.token(path="/chess", device="10.30.7.90"))
    world.ask(token=world.token(path="/chess"))
    status, text = choose(world, "it", [1], **{"reason-1": "There is a board."})
    assert status == 303
    assert "You said no to 1 request." in text
    assert "1 request could not be answered so" in text
    assert [one.state for one in world.store.requests()] == [State.OPEN, State.REFUSED]
    status, text = choose(world, "teaching", [1], **{"reason-1": "There is a board."})
    assert world.store.requests()[0].state is State.OPEN


def test_what_the_rules_no_longer_decide_is_closed_among_several(world: World, tmp_path: Path) -> None:
    world.ask()
    world.engine = school(tmp_path / "later", SCHOOL.replace("domains: [games.example]", "domains: [other.example]"))
    _, text = choose(world, "it", [1], **{"reason-1": "It is open to everybody now."})
    assert "You closed 1 request." in text
    assert world.store.requests()[0].state is State.LAPSED


def test_somebody_elses_answer_meanwhile_is_no_fault(world: World) -> None:
    world.ask()
    staff = world.staff("it")
    page = staff.get("/requests/answer?entry=1")
    say(world.staff("both"), 1, "refuse", reason="There is a board.")
    data = {"entry": "1", "reason-1": "There is one.", "csrf_token": csrf(page)}
    assert staff.post("/requests/answer", data=data).status_code == 303


def test_while_the_store_is_busy_the_list_can_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(world, 2)
    staff = world.staff("it")
    staff.get("/requests")
    fill(world, 1, path="/later")

    def busy(*_: object) -> None:
        raise StoreUnavailable("busy")

    monkeypatch.setattr(world.store.listing, "sort", busy)
    text = staff.get("/requests").text
    assert numbers(text) == [1, 2]
    assert "1 request is still being sorted" in text


def test_a_new_policy_sorts_the_list_anew(world: World, tmp_path: Path) -> None:
    fill(world, 3)
    assert numbers(world.staff("teaching").get("/requests").text) == []
    decides = SCHOOL.replace("    owner: it\n", "    owner: it\n    ask: {decides: [teaching]}\n", 1)
    world.engine = school(tmp_path / "later", decides)
    assert numbers(world.staff("teaching").get("/requests").text) == [1, 2, 3]
    assert numbers(world.staff("it").get("/requests").text) == []


def test_without_a_policy_the_list_says_so_much_as_it_knows(world: World) -> None:
    fill(world, 1)
    staff = world.staff("it")
    staff.get("/requests")
    world.engine = None
    assert staff.get("/requests").status_code == 200


def test_a_choice_is_kept_in_the_addresses_of_its_pages() -> None:
    chosen = read_chosen({"search": " chess ", "state": "open", "risk": "two", "after": "50"}, None)
    assert chosen == Chosen(search="chess", state="open", risk="two", after=50)
    assert chosen.address(after=100) == {"search": "chess", "state": "open", "risk": "two", "after": 100}
    assert Chosen().address() == {}
    assert not Chosen(after=50).narrowed
    assert chosen_numbers(["3", "x", "1", "3", "-1", "2"], 2) == (3, 1)


def test_thirty_people_are_one_entry_whoever_asked(world: World) -> None:
    assert world.engine is not None
    for number in range(31):
        groups = ("year7", "students") if number % 2 else ("students",)
        made = Submission(
            "Play",
            "Chess club",
            "Chess",
            submission().until,
            refusal(path="/chess", groups=groups, device=f"10.30.7.{number}"),
        )
        world.store.submit(world.engine, made, f"form {number}", NOW)
    text = world.staff("it").get("/requests").text
    assert numbers(text) == [1]
    assert "31 asked for <bdi>games.example/chess</bdi>" in text


def test_what_is_late_stands_first_and_says_so(world: World) -> None:
    assert world.engine is not None
    fill(world, 60)
    world.store.submit(world.engine, submission(refusal(path="/page-55")), "one more for the same", world.now)
    world.now = NOW + timedelta(hours=4)  # of the six that there are
    with world.store._database.writing() as session:
        later = RequestRow.id.not_in([56, 60])
        session.execute(update(RequestRow).where(later).values(submitted_at=world.now))
    world.store.note_lateness(world.engine, world.now)
    staff = world.staff("it")
    text = staff.get("/requests").text
    assert numbers(text)[:3] == [56, 60, 1]
    assert text.count("Half the time has gone</span>") == 2
    assert "Waiting for an answer (61)" in text
    assert "2 asked for" in text, "who asks for the same stands with it"
    assert numbers(text)[-1] == 50
    rest = numbers(staff.get("/requests?after=50").text)
    assert rest == [51, 52, 53, 54, 55, 57, 58, 59], "each stands once"
    assert numbers(staff.get("/requests?state=late").text) == [56, 60]

    world.store.ask_back(60, world.engine, IT, "Which page is it?", world.now)
    assert numbers(staff.get("/requests").text)[:2] == [56, 1], "while a question is open, its clock stands"
    world.now = NOW + timedelta(days=1, hours=2)
    world.store.note_lateness(world.engine, world.now)
    text = world.staff("it").get("/requests").text
    assert numbers(text)[0] == 56
    assert text.partition('id="request-56"')[2].partition("</section>")[0].count("Overdue</span>") == 1
    assert "<dt>Answer due</dt><dd>Tuesday 24 November 2026 at " in text


def test_an_appeal_begins_its_time_anew(world: World) -> None:
    assert world.engine is not None
    fill(world, 2)
    world.now = NOW + timedelta(days=1, hours=2)
    world.store.note_lateness(world.engine, world.now)
    staff = world.staff("it")
    say(staff, 1, "refuse", reason="There is a board.")
    receipt = world.store.request(1)
    assert receipt is not None
    world.store.appeal(receipt.receipt, "The board is broken.", world.now)
    assert numbers(world.staff("both").get("/requests?state=late").text) == [2]
