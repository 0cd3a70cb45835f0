"""What the sections of a dossier say: why it is closed, what it is, what was decided before, whom it concerns."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.decide.engine import Engine
from saywhy.exceptions.blocks import EVERYBODY, Met
from saywhy.exceptions.request import ExceptionRequest, Refusal, Review, Verdict
from saywhy.exceptions.state import State
from saywhy.policy.reader import Reader
from saywhy.portal.dossier import address, closed, impact, precedent
from saywhy.portal.dossier.pages import terms_now
from saywhy.portal.dossier.precedent import Near, Precedent
from saywhy.portal.dossier.sources import DossierSources, NeededHost
from tests.exceptions.conftest import NOW, SCHOOL, refusal, school

LISTS = """
categories:
  forums: {label: Forums, about: Places to ask, risk: Strangers answer there., domains: [forum.example]}
  videos: {label: Videos, urls: ["films.example/adult/*"]}
"""
MORE = """  - id: forums
    block: {categories: [forums]}
    why: {risk: Strangers answer there., readers: {secondary: "People you do not know answer."}}
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: safeguarding
    ask: {decides: [it]}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    text = SCHOOL.replace("rules:\n", f"{LISTS}rules:\n") + MORE
    text = text.replace("tiktok: {label: TikTok,", "tiktok: {label: TikTok, know: It is for 13 and over.,")
    return school(tmp_path_factory.mktemp("facts"), text)


def asked(refused: Refusal | None = None, number: int = 1, **facts: object) -> ExceptionRequest:
    known: dict[str, object] = {
        "id": number,
        "receipt": f"receipt {number}",
        "wants": "Play chess",
        "because": "Chess club",
        "work": "Year 7 chess club",
        "until": date(2026, 11, 27),
        "refusal": refused or refusal(),
        "submitted_at": NOW,
        "state": State.OPEN,
    }
    return ExceptionRequest(**{**known, **facts})  # type: ignore[arg-type]


def why(engine: Engine, one: ExceptionRequest, sources: DossierSources | None = None) -> closed.Closed:
    terms = terms_now(engine, one)
    rule = engine.rule_by_id.get(one.refusal.rule) if terms is None else terms.rule
    return closed.why_closed(engine, one, rule, sources or DossierSources())


@pytest.mark.parametrize(
    ("refused", "layer", "owner", "was"),
    [
        (refusal(), "The school", "IT support", ""),
        (refusal("forum.example", rule="forums"), "A list", "Safeguarding lead", ""),
        (refusal("tiktok.example", rule="games"), "The school", "IT support", "games"),
        (refusal("floor.example", rule="floor"), "The school", "Safeguarding lead", ""),
    ],
)
def test_the_layer_that_says_no_is_named(engine: Engine, refused: Refusal, layer: str, owner: str, was: str) -> None:
    found = why(engine, asked(refused))
    assert found.whose is not None
    assert found.layer.startswith(layer)
    assert (found.whose.owner, found.was) == (owner, was)


def test_the_words_are_those_that_whoever_asked_has_read(engine: Engine) -> None:
    forum = refusal("forum.example", rule="forums")
    assert why(engine, asked(forum)).words == "People you do not know answer."
    assert why(engine, asked(replace(forum, reader=Reader.ADULT))).words == "Strangers answer there."


def test_what_is_open_by_now_says_so(engine: Engine) -> None:
    found = why(engine, asked(refusal("open.example", rule="gone")))
    assert found.whose is None
    assert found.was == "gone"


def test_an_address_is_told_with_who_says_so(engine: Engine) -> None:
    sources = DossierSources(needed=lambda _: (NeededHost("cdn.example", (), "closed"),))
    found = address.what_it_is(engine, asked(refusal("a.forum.example", rule="forums")), sources)
    assert [(one.label, one.about, one.risk) for one in found.kinds] == [
        ("Forums", "Places to ask", "Strangers answer there.")
    ]
    assert found.kinds[0].said_by[0].startswith("the school, school.yaml:")
    assert found.posts
    assert [one.label for one in found.risks] == ["Forums"]
    assert found.needs == (NeededHost("cdn.example", (), "closed"),)


def test_what_only_some_pages_are_is_told_apart(engine: Engine) -> None:
    whole = address.what_it_is(engine, asked(refusal("films.example", rule="videos", url=None)), DossierSources())
    page = address.what_it_is(engine, asked(refusal("films.example", "/adult/1", rule="videos")), DossierSources())
    assert (whole.perhaps, whole.kinds) == (("Videos",), ())
    assert (page.perhaps, [one.label for one in page.kinds]) == ((), ["Videos"])
    assert not whole.posts


def test_an_app_is_told_with_what_a_school_should_know(engine: Engine) -> None:
    found = address.what_it_is(engine, asked(refusal("tiktok.example", rule="tiktok")), DossierSources())
    assert [(one.label, one.risk) for one in found.apps] == [("TikTok", "It is for 13 and over.")]
    assert found.needs is None


def test_an_address_that_nobody_knows_is_nothing(engine: Engine) -> None:
    found = address.what_it_is(engine, asked(), DossierSources())
    assert (found.kinds, found.apps, found.risks, found.posts, found.sends) == ((), (), (), False, False)


# Precedents


def answered(
    number: int,
    host: str = "games.example",
    path: str = "/",
    *,
    yes: bool = False,
    day: int = 0,
    role: str = "it",
    **facts: Any,
) -> tuple[ExceptionRequest, Review]:
    verdict = Verdict.APPROVE if yes else Verdict.REFUSE
    review = Review("it", role, verdict, "A reason for it.", NOW - timedelta(days=day))
    state = State.GRANTED if yes else State.REFUSED
    return asked(refusal(host, path, **facts), number, state=state), review


def found(
    engine: Engine, one: ExceptionRequest, *before: tuple[ExceptionRequest, Review]
) -> list[tuple[int, Near, bool]]:
    told = precedent.precedents(engine, one, before, {})
    return [(each.request.id, each.near, each.same_people) for each in told]


def test_the_nearest_stand_first(engine: Engine) -> None:
    assert found(
        engine,
        asked(refusal("tiktok.example", "/a", rule="tiktok"), 1),
        answered(9, "open.example"),
        answered(8, "www.tiktok.example", "/a", day=1),
        answered(2, "tiktok.example", "/b", day=9),
        answered(3, "tiktok.example", "/b", groups=("staff",), day=1),
        answered(4, "tiktok.example", "/a", day=30),
        answered(5, "tiktok.example", "/a", day=2),
        answered(1, "tiktok.example", "/a"),
    ) == [
        (5, Near.PAGE, True),
        (4, Near.PAGE, True),
        (2, Near.SITE, True),
        (3, Near.SITE, False),
        (8, Near.ABOVE, True),
    ]


def test_another_host_of_the_same_app_is_a_precedent(engine: Engine, tmp_path: Path) -> None:
    text = SCHOOL.replace("domains: [tiktok.example]", "domains: [tiktok.example, clips.example]")
    other = school(tmp_path / "policies", text)
    here = asked(refusal("tiktok.example", rule="tiktok"), 1)
    assert found(other, here, answered(2, "clips.example")) == [(2, Near.APP, True)]
    assert found(engine, here, answered(2, "clips.example")) == []


def test_what_became_of_its_permit_is_told(engine: Engine) -> None:
    ends, ended = NOW - timedelta(days=1), NOW - timedelta(days=2)
    (one,) = precedent.precedents(engine, asked(number=1), [answered(2, yes=True)], {2: (ends, ended)})
    assert (one.yes, one.ends, one.ended) == (True, ends, ended)


def test_the_same_asked_of_somebody_else(engine: Engine) -> None:
    here = asked(number=1)
    waits = [asked(refusal(rule="other"), 2), asked(refusal(), 3), asked(refusal("chat.example", rule="chat"), 4), here]
    before = precedent.precedents(engine, here, [answered(5, role="teaching"), answered(6, yes=True)], {})
    same, others = precedent.asked_elsewhere(here, ("it",), waits, before)
    assert [one.id for one in same] == [2]
    assert [one.request.id for one in others] == [5]


@given(
    st.lists(
        st.tuples(st.sampled_from(["tiktok.example", "a.tiktok.example", "x.example"]), st.integers(0, 400)),
        max_size=30,
    )
)
def test_however_many_there_are_the_nearest_are_told_in_order(engine: Engine, before: list[tuple[str, int]]) -> None:
    every = [answered(number, host, day=day) for number, (host, day) in enumerate(before, 2)]
    told = precedent.precedents(engine, asked(refusal("tiktok.example", rule="tiktok"), 1), every, {})

    def rank(one: Precedent) -> tuple[int, bool, float]:
        return one.near, not one.same_people, -one.review.at.timestamp()

    assert [rank(one) for one in told] == sorted(rank(one) for one in told)
    assert len(told) == min(precedent.MOST, sum(host != "x.example" for host, _ in before))


# Whom it concerns


def test_groups_that_met_it_most_stand_first_and_small_ones_last(engine: Engine) -> None:
    met = {EVERYBODY: Met(412, 33), "year7": Met(22, 7), "students": Met(390, 31), "staff": Met(None, None)}
    told = impact.impact(engine.policy, met)
    assert told.every == impact.OfGroup("Everybody", 412, 33)
    assert [(one.label, one.times, one.people) for one in told.groups] == [
        ("Students", 390, 31),
        ("Year 7", 22, 7),
        ("staff", None, None),
    ]


def test_where_nothing_is_counted_nothing_is_told(engine: Engine) -> None:
    assert impact.impact(engine.policy, {}) == impact.Impact(None)
