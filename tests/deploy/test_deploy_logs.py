"""The examples for collectors read the files that are written, and none that are packed. The programs themselves are not run."""

from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from saywhy.observe.daily_file import day_file
from saywhy.observe.day_files import PACKED

LOGS = Path(__file__).parents[2] / "deploy" / "logs"


def read(name: str) -> Any:
    return yaml.safe_load((LOGS / name).read_text())


def vector() -> tuple[list[str], list[str], int]:
    source = read("vector.yaml")["sources"]["saywhy_files"]
    return source["include"], source["exclude"], source["ignore_older_secs"] // 86_400


def fluent_bit() -> tuple[list[str], list[str], int]:
    (source,) = read("fluent-bit.yaml")["pipeline"]["inputs"]
    return [source["path"]], source["exclude_path"].split(","), int(source["ignore_older"].removesuffix("d"))


@pytest.mark.parametrize("collector", [vector, fluent_bit])
def test_it_reads_what_is_written_and_nothing_that_is_packed(collector: Any) -> None:
    include, exclude, days = collector()
    plain = str(day_file(Path("/var/lib/saywhy/decisions.jsonl"), date(2026, 11, 23)))
    assert any(fnmatch(plain, one) for one in include)
    assert not any(fnmatch(plain, one) for one in exclude)
    for packed in (plain + PACKED, f"{plain}.2{PACKED}"):
        assert any(fnmatch(packed, one) for one in exclude) or not any(fnmatch(packed, one) for one in include)
    assert days >= 2, "until a day is packed"


def test_what_is_put_together_is_there() -> None:
    made = read("vector.yaml")
    known = {*made["sources"], *made["transforms"]}
    assert all(set(one["inputs"]) <= known for one in (*made["transforms"].values(), *made["sinks"].values()))
    bit = read("fluent-bit.yaml")
    assert bit["pipeline"]["inputs"][0]["parser"] in {one["name"] for one in bit["parsers"]}
    assert bit["pipeline"]["outputs"][0]["match"] == bit["pipeline"]["inputs"][0]["tag"]
