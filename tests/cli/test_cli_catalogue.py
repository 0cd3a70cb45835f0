import json
import re
from pathlib import Path
from typing import Any

import pytest

from saywhy.cli.catalogue_facts import MOST_LISTED, Shelf, facts, plural
from saywhy.cli.catalogue_text import one_in_full, table
from saywhy.decide.engine import Engine
from saywhy.policy.reading.builtin import builtin_catalogue
from saywhy.policy.reading.load import load_policy
from saywhy.serve.basis import Basis
from tests.cli.conftest import Say

DOCUMENTED = Path(__file__).parents[2] / "docs" / "command-line.md"


@pytest.mark.parametrize("kind", ["apps", "categories"])
class TestAll:
    def test_come_a_line_each_with_where_they_are_defined(self, say: Say, policies: Path, kind: str) -> None:
        done = say(kind, "--policies", policies)
        assert done.exit_code == 0
        own = "tiktok" if kind == "apps" else "gambling"
        theirs = "roblox" if kind == "apps" else "pornography"
        lines = done.output.splitlines()
        assert any(re.match(rf"{own} .* this policy ", f"{line} ") for line in lines)
        assert any(re.match(rf"{theirs} .* Saywhy ", f"{line} ") for line in lines)
        assert re.fullmatch(rf"\d+ {kind}: \d of this policy, \d+ of Saywhy's catalogue\.", lines[-2])
        assert lines[-1].startswith("Answered from the folder ")

    def test_come_as_json(self, say: Say, policies: Path, kind: str) -> None:
        every = json.loads(say(kind, "--policies", policies, "--json").output)[kind]
        assert len(every) > 60
        assert {one["from"] for one in every} == {"policy", "catalogue"}
        assert [one["id"] for one in every] == sorted(one["id"] for one in every)

    def test_can_be_shown_without_a_policy(self, say: Say, tmp_path: Path, kind: str) -> None:
        done = say(kind, "--policies", tmp_path / "nowhere", "--shipped", "--json")
        assert done.exit_code == 0
        assert {one["from"] for one in json.loads(done.output)[kind]} == {"catalogue"}

    def test_need_a_policy_otherwise(self, say: Say, tmp_path: Path, kind: str) -> None:
        done = say(kind, "--policies", tmp_path / "nowhere")
        assert done.exit_code == 1
        assert "there is no such folder" in done.output

    def test_one_that_nobody_knows_is_a_wrong_use(self, say: Say, policies: Path, kind: str) -> None:
        done = say(kind, "tiktock" if kind == "apps" else "gamblin", "--policies", policies)
        assert done.exit_code == 2
        assert "did you mean" in done.output

    def test_every_key_is_documented(self, say: Say, policies: Path, kind: str) -> None:
        text = DOCUMENTED.read_text(encoding="utf-8")
        found = json.loads(
            say(kind, "tiktok" if kind == "apps" else "gambling", "--policies", policies, "--json").output
        )
        keys = {*found, *found["shipped"], *found["shipped"]["purposes"][0], *found["rules"][0]}
        assert {key for key in keys if f"`{key}`" not in text} == set()


def test_an_app_of_the_policys_own_comes_first_and_the_catalogues_below(say: Say, policies: Path) -> None:
    done = say("apps", "tiktok", "--policies", policies)
    lines = done.output.splitlines()
    assert lines[0].startswith(f"TikTok (app tiktok) {policies / 'sites.yaml'}:")
    below = next(number for number, line in enumerate(lines) if "the policy's own counts" in line)
    assert any("Rule 4, tiktok (block)" in line for line in lines[:below])
    assert not any("What to know" in line for line in lines[:below])
    assert any("What to know" in line for line in lines[below:])


def test_an_app_of_the_catalogue_says_all_that_it_knows(say: Say, policies: Path) -> None:
    done = say("apps", "zoom", "--policies", policies)
    text = " ".join(done.output.split())
    assert "Zoom (app zoom) catalogue/apps/productivity.yaml:" in text
    assert "Ports besides 80 and 443: 3478-3479, 8801-8810" in text
    assert "pin certificates" in text
    assert "Categories: video-meetings" in text
    assert "Names: zoom.com, zoom.us" in text
    assert "For: Meet by video (meet-online): Microsoft Teams, Google Meet" in text


def test_a_category_without_names_says_where_they_come_from(say: Say, policies: Path) -> None:
    done = say("categories", "violence", "--policies", policies)
    assert "Names: none here; they come from lists that you import." in done.output
    assert "easy-read: It shows people being hurt." in done.output


def shelf_of(policies: Path) -> Shelf:
    engine = Engine(load_policy(policies))
    return Shelf(engine.policy.catalogue, Basis(engine, policies, "a test", None))


def test_a_long_list_is_counted_and_cut(policies: Path) -> None:
    many = "".join(f"bet{number}.example\n" for number in range(MOST_LISTED + 50))
    (policies / "lists" / "gambling.txt").write_text(many)
    found = facts(shelf_of(policies), "category", "gambling")
    assert found["domains_total"] == MOST_LISTED + 50
    assert len(found["domains"]) == MOST_LISTED
    assert f"and {MOST_LISTED + 10} more" in " ".join(" ".join(one_in_full(found)).split())


def test_a_category_of_the_schools_own_takes_no_apps_of_the_catalogue(policies: Path) -> None:
    shelf = shelf_of(policies)
    assert facts(shelf, "category", "gambling")["apps"] == []
    assert facts(shelf, "category", "games")["apps"]


def test_nothing_in_a_label_reaches_the_terminal_as_a_command() -> None:
    shelf = Shelf(builtin_catalogue())
    one: dict[str, Any] = {**facts(shelf, "app", "zoom"), "label": "\x1b[2J", "about": "a\x07b"}
    assert "\x07" not in "".join(one_in_full(one))
    assert "\x1b[2J" not in "".join([*table("app", [one]), *one_in_full(one)])


def test_kinds_have_their_plurals() -> None:
    assert [plural(kind) for kind in ("app", "category")] == ["apps", "categories"]


class TestACorrection:
    @pytest.fixture
    def corrected(self, policies: Path) -> Path:
        (policies / "corrections.yaml").write_text(
            "corrections:\n"
            "  - {name: bet.example, never: [gambling], because: Our theatre is called so., on: 2026-09-03}\n"
            "  - {name: club.example, also: [social], because: Pupils post there.}\n"
        )
        return policies

    def test_shows_in_an_explanation_with_its_reason_and_place(self, say: Say, corrected: Path) -> None:
        done = say("explain", "https://www.bet.example/", "--as", "year7", "--policies", corrected)
        assert done.exit_code == 0
        assert done.output.startswith("Allowed")
        place = corrected / "corrections.yaml"
        listed = corrected / "lists/gambling.txt"
        assert f"  not category gambling, though listed: bet.example ({listed}:2)" in done.output
        assert (
            f"  corrected: bet.example is never gambling ({place}:2, 03 September 2026): Our theatre is called so."
            in done.output
        )

    def test_shows_in_the_json(self, say: Say, corrected: Path) -> None:
        ask = ("explain", "--as", "year7", "--policies", corrected, "--json")
        found = json.loads(say(*ask, "https://bet.example/").output)
        assert found["categories"] == []
        assert found["corrections"] == [
            {
                "name": "bet.example",
                "never": ["gambling"],
                "also": [],
                "because": "Our theatre is called so.",
                "on": "2026-09-03",
                "file": str(corrected / "corrections.yaml"),
                "line": 2,
            }
        ]
        assert [(one["kind"], one["id"], one["entry"]) for one in found["overruled"]] == [
            ("category", "gambling", "bet.example")
        ]
        also = json.loads(say(*ask, "https://club.example/").output)
        assert also["categories"] == ["social"]
        assert also["belongs"][0]["line"] == 3
        assert also["overruled"] == []
