"""`saywhy overblocking`, as a technician reads it and as a build does."""

import json
from pathlib import Path

from tests.cli.conftest import Say


def test_what_is_closed_is_told_with_what_opens_it(say: Say, policies: Path) -> None:
    (policies / "lists" / "gambling.txt").write_text("bet.example\ngamcare.org.uk\n")
    done = say("overblocking", "--policies", policies)
    assert done.exit_code == 1
    assert "GamCare: www.gamcare.org.uk (help)" in done.output
    assert "in category gambling: " in done.output
    assert "never: [gambling]" in done.output
    assert done.output.splitlines()[-1].startswith("Answered from the folder ")
    found = json.loads(say("overblocking", "--policies", policies, "--json").output)
    assert found["closed"] > 0
    assert 0 < found["rate"] < 1
    assert {key: one[key] for one in found["kinds"] if one["about"] == "help" for key in ("about", "closed")} == {
        "about": "help",
        "closed": 1,
    }
    (one,) = [one for one in found["found"] if one["site"] == "www.gamcare.org.uk"]
    assert one["categories"][0]["category"] == "gambling"


def test_a_correction_that_is_pasted_opens_it(say: Say, policies: Path) -> None:
    (policies / "lists" / "gambling.txt").write_text("bet.example\ngamcare.org.uk\n")
    paste = json.loads(say("overblocking", "--policies", policies, "--json").output)["corrections"]
    (policies / "corrections.yaml").write_text(paste + "\n")
    done = say("overblocking", "--policies", policies)
    assert "GamCare" not in done.output


def test_a_correction_that_is_there_already_is_told_and_replaced(say: Say, policies: Path) -> None:
    (policies / "lists" / "gambling.txt").write_text("bet.example\ngamcare.org.uk\n")
    ours = "corrections: [{name: gamcare.org.uk, never: [social], because: It is a help line.}]\n"
    (policies / "corrections.yaml").write_text(ours)
    told = say("overblocking", "--policies", policies).output
    assert "  # in the place of the correction at corrections.yaml:1\n" in told
    found = json.loads(say("overblocking", "--policies", policies, "--json").output)
    assert found["replaces"] == [{"name": "gamcare.org.uk", "at": "corrections.yaml:1"}]
    (policies / "corrections.yaml").write_text(found["corrections"] + "\n")
    assert "GamCare" not in say("overblocking", "--policies", policies).output


def test_what_a_locked_rule_means_itself_is_told_and_nothing_is_offered(say: Say, policies: Path) -> None:
    rules = (policies / "rules.yaml").read_text().replace("[harm.example]", "[harm.example, www.nhs.uk]")
    (policies / "rules.yaml").write_text(rules)
    told = say("overblocking", "--policies", policies).output
    assert "To open" not in told
    assert "so people have to decide:\n  www.nhs.uk, closed to Students, Year 7, Staff by rule self-harm, which" in told
    found = json.loads(say("overblocking", "--policies", policies, "--json").output)
    assert found["corrections"] == ""
    assert [one["site"] for one in found["still_closed"]] == ["www.nhs.uk"]


def test_a_country_without_a_list_is_refused(say: Say, policies: Path) -> None:
    done = say("overblocking", "--policies", policies, "--country", "gp")
    assert done.exit_code == 2
    assert "there is no list for 'gp'" in " ".join(done.output.split())
