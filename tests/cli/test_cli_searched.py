"""A search told by its score, by `saywhy explain` and `saywhy lookup` alone."""

import json
from typing import TYPE_CHECKING

from tests.cli.conftest import ROOT

if TYPE_CHECKING:
    from tests.cli.conftest import Say


def test_a_search_is_told_by_its_score_and_nothing_but_commands_tells_its_words(say: "Say") -> None:
    asked = (
        "explain",
        "https://www.google.com/search?q=suicide+squad+film",
        "--as",
        "year9",
        "--policies",
        ROOT / "policies",
    )
    said = say(*asked).output
    assert "search, self-harm: suicide 10 (catalogue/searches.yaml:" in said
    assert "less suicide squad 30 (catalogue/searches.yaml:" in said
    assert "; -20 is below 10" in said
    search = json.loads(say(*asked, "--json").output)["search"]
    assert [(one["category"], one["score"], one["threshold"]) for one in search] == [("self-harm", -20, 10)]
    looked_up = say("lookup", "https://duckduckgo.com/?q=kill+myself", "--policies", ROOT / "policies").output
    assert "search, self-harm: kill myself 20 (catalogue/searches.yaml:" in looked_up
    assert "20 reaches 10" in looked_up
