"""Figures of a real filter with three lists (scraped from one), and the same with lines of it changed."""

import re
from pathlib import Path

from saywhy.observe.filter_figures import FilterFigures
from saywhy.observe.scraped import read_scrape

SCRAPE = (Path(__file__).parent / "scrapes" / "three-lists.txt").read_text("utf-8")
SCRAPED_AT = 1_795_929_402.0  # Unix seconds


def scraped(*changed: str) -> FilterFigures:
    """The figures, with these series in place of what was told of them, like 'saywhy_alarm{kind="lists"} 1'."""
    text = SCRAPE
    for line in changed:
        series = line.rpartition(" ")[0]
        text = re.sub(rf"(?m)^{re.escape(series)} .*\n", "", text) + f"{line}\n"
    return FilterFigures.of(read_scrape(text))


def without(name: str) -> FilterFigures:
    """The figures of an older filter, which does not tell this one."""
    return FilterFigures.of(read_scrape(re.sub(rf"(?m)^(# \w+ )?{name}\b.*\n", "", SCRAPE)))
