"""A permit written as a rule: it decides as the permit did, stands in the right place, and is refused where it should be."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from saywhy.decide.access import Access, Target, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS, Grants
from saywhy.exceptions.offer import Chosen
from saywhy.exceptions.request import Dossier, Refusal
from saywhy.exceptions.store import Store
from saywhy.policy.changes.yaml_text import plain, quoted_text
from saywhy.policy.reading.files import Folder
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.as_policy import AsPolicy, CannotBePolicyError, as_policy, kept_until
from tests.exceptions.conftest import IT, NOW, SCHOOL, WHY, hire, refusal, say_yes, school, submission
from tests.exceptions.test_exceptions_further import MORE
from tests.migrated_store import copy_migrated

YEAR_7 = Chosen(who="group:year7", what="site", until="this-week")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    school(tmp_path / "policies", SCHOOL + MORE)
    return tmp_path / "policies"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(copy_migrated(tmp_path / "store.sqlite3"))


def given(
    store: Store,
    policies: Path,
    chosen: Chosen = YEAR_7,
    refused: Refusal | None = None,
    hosts: tuple[str, ...] = (),
    note: str = WHY,
) -> Dossier:
    engine = Engine(load_policy(policies))
    asked = store.submit(engine, submission(refused), "a", NOW)
    if hosts:
        hire(store, IT)
        store.further.choose(asked.id, engine, IT, hosts, "", NOW)
    say_yes(store, engine, asked.id, chosen, note=note)
    found = store.dossier(asked.id)
    assert found is not None
    return found


def written(policies: Path, dossier: Dossier, group: str = "") -> AsPolicy:
    return as_policy(Folder(policies), Engine(load_policy(policies)), dossier, NOW, group)


def change(policies: Path, old: str, new: str) -> None:
    file = policies / "school.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_rule_stands_above_the_one_that_closed_it_and_decides_as_the_permit_did(store: Store, policies: Path) -> None:
    dossier = given(store, policies, hosts=("pictures.example",), note="It went well in Year 7.")
    found = written(policies, dossier)
    assert (found.rule.id, found.above, found.edit.name) == ("from-r-1001", "games", "school.yaml")
    assert found.item == (
        "- id: from-r-1001",
        "  allow: {domains: [games.example, pictures.example]}",
        "  for: [year7]",
        '  why: "It went well in Year 7."',
        '  decided: {by: "IT support", on: 2026-11-23}',
        "  review_by: 2027-11-23",
        "  owner: it",
    )
    assert found.opens == (("games.example", 168), ("pictures.example", 168))
    was = Engine(load_policy(policies))
    (policies / "school.yaml").write_bytes(found.edit.after)
    now = Engine(load_policy(policies))
    assert dossier.grant is not None
    grants = Grants(store.live_grants(NOW))
    for groups in (("year7", "students"), ("students",), ()):
        for target in [
            *(Target(one, 443) for one in ("games.example", "a.games.example", "pictures.example", "clips.example")),
            *(Target(one, 443) for one in ("floor.example", "open.example")),
            target_of_url("https://games.example/chess?a=b"),
        ]:
            access = Access(subject_in(was.policy, groups), target, NOW + timedelta(hours=1))
            assert decide(was, grants, access).allowed == decide(now, NO_GRANTS, access).allowed, (groups, target)


def test_the_school_s_own_files_stay_as_they_are(store: Store, policies: Path) -> None:
    before = (policies / "school.yaml").read_bytes()
    found = written(policies, given(store, policies))
    assert found.edit.before == before == (policies / "school.yaml").read_bytes()
    assert "+  - id: from-r-1001" in found.edit.patch


def test_a_page_with_what_its_address_asks_for(store: Store, policies: Path) -> None:
    page = Chosen(who="group:year7", what="another-page", until="today", page="https://films.example/watch?v=bad")
    found = written(policies, given(store, policies, page, refusal("films.example", "/watch", "videos")))
    assert found.item[1] == '  allow: {urls: ["https://films.example/watch?v=bad"]}'
    assert found.above == "videos"


def test_an_app_of_the_catalogue(store: Store, policies: Path) -> None:
    chosen = Chosen(who="group:year7", what="app:tiktok", until="this-lesson")
    found = written(policies, given(store, policies, chosen, refusal("tiktok.example", rule="tiktok")))
    assert found.item[1] == "  allow: {apps: [tiktok]}"
    assert found.above == "tiktok"


def test_a_rule_is_for_a_group_so_a_device_s_permit_asks_for_one(store: Store, policies: Path) -> None:
    dossier = given(store, policies, Chosen(who="device", what="site", until="today"))
    with pytest.raises(CannotBePolicyError, match="Choose one: Year 7 or Students"):
        written(policies, dossier)
    with pytest.raises(CannotBePolicyError, match="Choose one"):
        written(policies, dossier, "staff")
    assert written(policies, dossier, "year7").item[2] == "  for: [year7]"


ANOTHER = """  - id: exams
    block: {domains: [games.example]}
    why: There are exams this week.
    decided: {by: IT, on: 2026-09-03}
    review_by: 2027-03-01
    owner: it
"""


def test_what_would_change_nothing_is_refused(store: Store, policies: Path) -> None:
    dossier = given(store, policies)
    change(policies, "  - id: games\n", f"{ANOTHER}  - id: games\n")
    with pytest.raises(CannotBePolicyError, match="rule exams decides first"):
        written(policies, dossier)


def test_what_is_locked_stays_closed_and_it_says_so(store: Store, policies: Path) -> None:
    dossier = given(store, policies)
    change(policies, "[floor.example]", "[floor.example, games.example]")
    with pytest.raises(CannotBePolicyError, match="rule floor decides first"):
        written(policies, dossier)


def test_what_would_open_more_than_the_permit_did_is_refused(store: Store, policies: Path) -> None:
    here = "block: {domains: [games.example]}\n    at: [Year 7 classrooms]\n"
    change(policies, "block: {domains: [games.example]}\n", here)
    dossier = given(store, policies)
    change(policies, "  - id: tiktok\n", f"{ANOTHER}  - id: tiktok\n")
    with pytest.raises(CannotBePolicyError, match="would also open what exams closes"):
        written(policies, dossier)


def test_what_is_open_by_now_needs_no_rule(store: Store, policies: Path) -> None:
    dossier = given(store, policies)
    change(policies, "[games.example]", "[elsewhere.example]")
    with pytest.raises(CannotBePolicyError, match="nothing closes it now"):
        written(policies, dossier)


def test_a_rule_that_is_gone_or_about_uses_is_left_to_a_person(store: Store, policies: Path) -> None:
    dossier = given(store, policies)
    change(policies, "block: {domains: [games.example]}\n", "block: {domains: [games.example]}\n    posting: true\n")
    with pytest.raises(CannotBePolicyError, match="by hand"):
        written(policies, dossier)
    change(policies, "  - id: games\n", "  - id: play\n")
    with pytest.raises(CannotBePolicyError, match="no longer there"):
        written(policies, dossier)


def test_files_that_are_not_what_is_in_force_are_left_alone(store: Store, policies: Path) -> None:
    dossier = given(store, policies)
    engine = Engine(load_policy(policies))
    change(policies, "  - id: tiktok\n", f"{ANOTHER}  - id: tiktok\n")
    with pytest.raises(CannotBePolicyError, match="not what is in force"):
        as_policy(Folder(policies), engine, dossier, NOW)


def test_a_default_that_closes_comes_last(store: Store, policies: Path) -> None:
    change(
        policies,
        "default: allow",
        "default: {effect: block, why: We open what we know., owner: it, review_by: 2027-03-01, decided: {by: IT, on: 2026-09-03}}",
    )
    found = written(policies, given(store, policies, refused=refusal("unknown.example", rule="default")))
    assert found.above == ""
    (policies / "school.yaml").write_bytes(found.edit.after)
    assert [one.id for one in load_policy(policies).rules][-1] == "from-r-1001"


def test_a_rule_that_is_kept_has_its_new_day(policies: Path) -> None:
    engine = Engine(load_policy(policies))
    edit = kept_until(Folder(policies), engine, "games", date(2028, 1, 31))
    (policies / "school.yaml").write_bytes(edit.after)
    changed = {one.id: one.review_by for one in load_policy(policies).rules}
    assert changed.pop("games") == date(2028, 1, 31)
    assert set(changed.values()) == {date(2027, 3, 1)}
    for rule in ("nothing", "default"):
        with pytest.raises(CannotBePolicyError):
            kept_until(Folder(policies), engine, rule, date(2028, 1, 31))


def test_texts_and_ids_cannot_become_something_else() -> None:
    assert quoted_text('He said "no"\n# then\u2028went\x00: [on]') == '"He said \\"no\\" # then went : [on]"'
    assert [plain(one) for one in ("year7", "no", "7", "a b")] == ["year7", '"no"', '"7"', '"a b"']
