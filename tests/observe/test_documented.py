"""docs/metrics.md has every metric, as the code makes it."""

import ast
import re
from pathlib import Path

import pytest

from saywhy.observe.documented import BEGIN, END, MarksError, told_metrics, with_metrics
from saywhy.observe.in_force_labels import IN_FORCE

ROOT = Path(__file__).parents[2]


def made_in(source: Path) -> set[str]:
    """The names of metrics that a module has, as they stand in it; of those put together, nothing."""
    return {
        node.value
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"saywhy_[a-z_]+", node.value)
    }


def test_the_page_is_fresh() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert text == with_metrics(text), "run make docs"


def test_no_metric_is_made_that_is_not_told() -> None:
    told = {name for name, *_ in told_metrics()}
    named = set().union(*(made_in(one) for one in sorted((ROOT / "addons" / "saywhy" / "observe").glob("*.py"))))
    assert named - told == {IN_FORCE}


def test_names_are_by_the_conventions() -> None:
    for name, kind, labels, words in told_metrics():
        assert name.endswith("_total") == (kind == "counter"), name
        assert not re.search(r"_(ms|millis|minutes|hours|kb|percent)\b", name), name
        assert words.endswith("."), name
        assert set(labels) <= {
            *("alert", "category", "channel", "direction", "effect", "group", "kind", "lane", "list", "outcome"),
            *("check", "process", "reader", "reason", "revision", "rule", "scheme", "side", "state", "tier", "way"),
        }, name


def test_a_page_without_marks_is_told_so() -> None:
    assert with_metrics(f"a\n{BEGIN}\nold\n{END}\nb").startswith(f"a\n{BEGIN}\n\n| metric")
    with pytest.raises(MarksError, match="the marks are missing"):
        with_metrics("a")
