"""Deciding together in the portal: devices, second people, questions back, alternatives, appeals."""

from saywhy.exceptions.state import State
from tests.exceptions.conftest import WHY
from tests.portal.conftest import PAGE_TODAY, SITE_TODAY, World, csrf, say


def state(world: World, number: int = 1) -> State:
    asked = world.store.request(number)
    assert asked is not None
    return asked.state


def test_nobody_answers_from_the_device_that_asked_whatever_account_they_have(world: World) -> None:
    world.ask(token=world.token(device="10.30.7.21"))
    staff, same = world.staff("it"), {"REMOTE_ADDR": "10.30.7.21"}
    assert "asked from the device that you use now" in staff.get("/requests/1", environ_base=same).text
    page = staff.get("/requests/1")
    for answer in ("approve", "refuse"):
        data = {**PAGE_TODAY, "note": WHY, "reason": WHY, "instead": "nothing", "csrf_token": csrf(page)}
        refused = staff.post(f"/requests/1/{answer}", data=data, environ_base=same)
        assert refused.status_code == 403
        assert "shared: true" in refused.text
    assert state(world) is State.OPEN


def test_the_second_person_answers_from_another_device_than_the_first(world: World) -> None:
    world.ask()
    staff, lead = world.staff("it"), world.staff("safeguarding")
    data = {**SITE_TODAY, "note": WHY, "csrf_token": csrf(staff.get("/requests/1"))}
    assert staff.post("/requests/1/approve", data=data, environ_base={"REMOTE_ADDR": "10.30.99.1"}).status_code == 303
    data = {"agreement": WHY, "round": "1", "csrf_token": csrf(lead.get("/requests/1"))}
    same = lead.post("/requests/1/sign-off", data=data, environ_base={"REMOTE_ADDR": "10.30.99.1"})
    assert (same.status_code, state(world)) == (403, State.AWAITING_SIGN_OFF)
    other = lead.post("/requests/1/sign-off", data=data, environ_base={"REMOTE_ADDR": "10.30.99.2"})
    assert (other.status_code, state(world)) == (303, State.GRANTED)


def test_on_the_machine_itself_people_are_told_apart_by_their_accounts(world: World) -> None:
    world.ask(token=world.token(device="127.0.0.1"))
    staff = world.staff("it")
    assert "by their accounts alone" in staff.get("/requests/1").text
    assert say(staff, 1, "approve", **PAGE_TODAY).status_code == 303


def test_nobody_agrees_to_something_else_than_they_read(world: World) -> None:
    world.ask()
    staff, lead = world.staff("it"), world.staff("safeguarding")
    say(staff, 1, "approve", **SITE_TODAY)
    say(staff, 1, "change", **{**SITE_TODAY, "until": "this-term"})
    stale = say(lead, 1, "sign-off", round="1")
    assert stale.status_code == 409
    assert "Read it again" in stale.text
    assert say(lead, 1, "sign-off").status_code == 303


def test_a_question_goes_to_the_receipt_and_its_answer_back(world: World) -> None:
    receipt = world.ask()
    staff, pupil = world.staff("it"), world.client()
    assert say(staff, 1, "ask-back", question="Which lesson is it for?").status_code == 303
    page = pupil.get(receipt)
    assert "Which lesson is it for?" in page.text
    assert pupil.post(f"{receipt}/answer", data={"answer": " ", "csrf_token": csrf(page)}).status_code == 422
    assert pupil.post(f"{receipt}/answer", data={"answer": "Maths", "csrf_token": csrf(page)}).status_code == 303
    assert state(world) is State.OPEN
    assert "Maths" in staff.get("/requests/1").text


def test_a_no_offers_something_and_is_appealed_once_to_somebody_else(world: World) -> None:
    receipt = world.ask()
    staff, both, pupil = world.staff("it"), world.staff("both"), world.client()
    assert say(staff, 1, "refuse", reason=WHY, instead="").status_code == 422
    assert say(staff, 1, "refuse", reason=WHY, instead="something-else").status_code == 422
    say(staff, 1, "refuse", reason=WHY, instead="something-else", other="The board in room 12")
    page = pupil.get(receipt)
    assert "The board in room 12" in page.text
    data = {"appeal": "Nobody looked at our timetable.", "csrf_token": csrf(page)}
    assert pupil.post(f"{receipt}/appeal", data=data).status_code == 303
    assert state(world) is State.APPEALED
    assert say(staff, 1, "approve", **PAGE_TODAY).status_code == 403
    assert say(both, 1, "refuse", reason=WHY).status_code == 303
    assert "We know of nothing" in pupil.get(receipt).text
    assert pupil.post(f"{receipt}/appeal", data=data).status_code == 409
