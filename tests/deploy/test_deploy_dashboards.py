"""The dashboards for Grafana: made from their description, in Grafana's own format, about metrics that there are.

What their queries tell is held by tests/wire/test_wire_dashboards.py.
"""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard as GrafanaDashboard

from deploy.dashboards.grafana import SOURCE, as_json
from deploy.dashboards.panels import Dashboard
from deploy.dashboards.write import DASHBOARDS, FOLDER, file_of
from saywhy.observe.documented import told_metrics

ROOT = Path(__file__).parents[2]
PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
UNITS = {value for name, value in vars(units).items() if name[0].isupper() and isinstance(value, str)}
boards = pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board.uid)


def kept(board: Dashboard) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file_of(board).read_text("utf-8"))
    return found


@boards
def test_the_file_is_what_the_description_gives(board: Dashboard) -> None:
    assert file_of(board).read_text("utf-8") == as_json(board), "run make docs"


def test_there_are_no_others() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(map(file_of, DASHBOARDS))


@boards
def test_grafanas_own_library_reads_all_of_it(board: Dashboard) -> None:
    """What its format does not have would be lost on the way."""
    register_default_plugins()
    read = GrafanaDashboard.from_json(kept(board))
    assert json.loads(JSONEncoder().encode(read)) == kept(board)
    assert 8 <= len(board.uid) <= 40


@boards
def test_no_panel_lies_on_another(board: Dashboard) -> None:
    places = [panel["gridPos"] for panel in kept(board)["panels"]]
    assert all(one["x"] + one["w"] <= 24 for one in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


@boards
def test_each_panel_is_a_question_with_a_unit_and_a_word_about_it(board: Dashboard) -> None:
    titles = [panel.title for panel in board.panels]
    assert len(titles) == len(set(titles))
    for panel in board.panels:
        assert panel.title.endswith("?")
        assert len(panel.title) <= 7.5 * panel.width, "Grafana would cut it"
        assert panel.says.endswith(".")
        assert panel.unit in UNITS, panel.unit
        assert not re.search(r"saywhy_|increase|histogram", panel.title + panel.says), "words of people"


@boards
def test_queries_are_about_metrics_and_labels_that_there_are(board: Dashboard) -> None:
    known = {name: labels for name, _, labels, _ in told_metrics()}
    for panel in board.panels:
        for query in panel.queries:
            asked = re.findall(r"saywhy_[a-z_]+", query.expression)
            for name in asked:
                assert name.removesuffix("_bucket") in known, name
            labels = {label for name in asked for label in known[name.removesuffix("_bucket")]}
            assert set(re.findall(r"\{\{(\w+)\}\}", query.legend)) <= labels, panel.title
            for by in re.findall(r"by \(([^)]*)\)", query.expression):
                assert set(by.split(", ")) <= labels | {"le"}, panel.title


def test_grafana_is_told_where_prometheus_and_the_dashboards_are() -> None:
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "saywhy.yaml").read_text("utf-8"))["datasources"]
    assert (source["uid"], source["type"]) == (SOURCE, "prometheus")
    assert all(panel["datasource"]["uid"] == SOURCE for board in DASHBOARDS for panel in kept(board)["panels"])
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "saywhy.yaml").read_text("utf-8"))["providers"]
    page = (ROOT / "docs" / "dashboards.md").read_text("utf-8")
    assert provider["options"]["path"] in page
    assert source["url"].removeprefix("http://") in page


@boards
def test_the_docs_show_it(board: Dashboard) -> None:
    page = (ROOT / "docs" / "dashboards.md").read_text("utf-8")
    assert f"(pictures/{board.uid}.svg)" in page
    picture = (ROOT / "docs" / "pictures" / f"{board.uid}.svg").read_text("utf-8")
    missing = [panel.title for panel in board.panels if panel.title not in picture]
    assert missing == [], "run make dashboards-pictures"
