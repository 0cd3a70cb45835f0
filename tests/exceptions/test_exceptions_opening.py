"""What a permit has opened: to the people who were refused, at this moment, under the policy of today."""

from datetime import date, timedelta

from saywhy.decide.engine import Engine
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.opening import answers, open_by, way_in
from saywhy.exceptions.store import Store
from tests.exceptions.conftest import NOW, refusal, say_yes, submission

SITE_TODAY = Chosen(who="group:year7", what="site", until="today")


def test_a_page_is_open_by_the_permit_for_it_and_its_people(store: Store, engine: Engine) -> None:
    asked = store.submit(engine, submission(), "a", NOW)
    say_yes(store, engine, asked.id, SITE_TODAY, NOW)
    (grant,) = store.live_grants(NOW, "games.example")
    other_device = refusal(path="/chess", device="10.30.7.99")
    assert open_by(engine, other_device, [grant], NOW) == grant
    assert way_in(engine, other_device, grant, NOW) == "https://games.example/chess"
    for closed in (refusal(groups=("students",)), refusal("chat.example", rule="chat")):
        assert open_by(engine, closed, [grant], NOW) is None
        assert way_in(engine, closed, grant, NOW) is None
    assert open_by(engine, other_device, [grant], grant.ends) is None
    assert open_by(engine, other_device, [], NOW) is None


def test_a_page_whose_parameters_were_not_kept_counts_as_open_only_if_the_rule_was_lifted(
    store: Store, engine: Engine
) -> None:
    film = refusal("films.example", "/watch", "videos")
    asked = store.submit(engine, submission(film), "a", NOW)
    say_yes(
        store, engine, asked.id, Chosen("device", "another-page", "today", "https://films.example/watch?v=other"), NOW
    )
    (grant,) = store.live_grants(NOW)
    assert open_by(engine, film, [grant], NOW) is None
    second = store.submit(engine, submission(film), "b", NOW)
    say_yes(store, engine, second.id, Chosen("device", "site", "today"), NOW)
    assert open_by(engine, film, store.live_grants(NOW), NOW) is not None


def test_a_permit_answers_a_request_only_until_its_last_day(store: Store, engine: Engine) -> None:
    first, second = (store.submit(engine, submission(), form, NOW) for form in "ab")
    say_yes(store, engine, first.id, SITE_TODAY, NOW)
    (grant,) = store.live_grants(NOW)
    assert second.until == date(2026, 11, 27)
    assert not answers(engine, second, grant, NOW)
    later = NOW + timedelta(days=1)
    say_yes(store, engine, second.id, Chosen("group:year7", "site", "date", date="2026-11-27"), later)
    assert answers(engine, second, store.live_grants(later)[-1], later)


def test_only_permits_that_may_be_about_a_host_are_read(store: Store, engine: Engine) -> None:
    for host, path, rule, what in (
        ("games.example", "/chess", "games", "page"),
        ("chess.games.example", "/", "games", "site"),
        ("tiktok.example", "/", "tiktok", "app:tiktok"),
    ):
        asked = store.submit(engine, submission(refusal(host, path, rule)), host, NOW)
        until = "this-lesson" if rule == "tiktok" else "today"
        say_yes(store, engine, asked.id, Chosen("device", what, until), NOW)
    assert len(store.live_grants(NOW)) == 3
    kinds = {
        host: sorted("page" if one.what.page else one.what.site or "app" for one in store.live_grants(NOW, host))
        for host in ("games.example", "chess.games.example", "mygames.example", "example")
    }
    assert kinds == {
        "games.example": ["app", "page"],
        "chess.games.example": ["app", "chess.games.example", "page"],
        "mygames.example": ["app"],
        "example": ["app"],
    }
