"""Whatever becomes of the example school's bytes: check does not raise, is quick, and takes nothing for something else.

What loads is held against a second reading of the same YAML, by PyYAML's plainest loader, in which every value is text.
"""

import os
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saywhy.policy.address import canonical_host
from saywhy.policy.catalogue import App, Category, Purpose
from saywhy.policy.caution import in_minutes
from saywhy.policy.policy import Policy
from saywhy.policy.rule import Effect, Rule
from saywhy.rehearse.check import check_policy

EXAMPLE = Path(__file__).parents[2] / "policies"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FILES = ("school.yaml", "categories.yaml", "apps.yaml", "purposes.yaml")
MOST_SECONDS = 3.0 if "PYTEST_XDIST_WORKER" in os.environ else 1.0  # of CPU; cores that are shared are slower
PUT = [
    b"",
    b" ",
    b"\n",
    b"#",
    b":",
    b"-",
    b"'",
    b'"',
    b"*",
    b"&",
    b"!",
    b"0",
    b"x",
    b"\xff",
    b"\xc2\xa0",
    b"~",
    b"[",
    b"}",
    b", ",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    school = tmp_path_factory.mktemp("mutated") / "policies"
    shutil.copytree(EXAMPLE, school)
    return school


@given(
    st.sampled_from(FILES),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 2),
    st.sampled_from(PUT) | st.binary(max_size=2),
)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
def test_a_changed_byte_is_a_problem_or_means_what_it_says(
    folder: Path, name: str, where: float, length: int, put: bytes
) -> None:
    content = (EXAMPLE / name).read_bytes()
    start = int(where * len(content))
    (folder / name).write_bytes(content[:start] + put + content[start + length :])
    try:
        began = time.process_time()
        checked = check_policy(folder, NOW)
        assert time.process_time() - began < MOST_SECONDS
        if checked.policy is None:
            assert checked.errors
        else:
            assert_means(checked.policy, plain_reading(folder))
    finally:
        (folder / name).write_bytes(content)


def test_the_example_school_is_wise(folder: Path) -> None:
    checked = check_policy(folder, NOW)
    assert checked.problems == ()
    assert checked.policy is not None
    assert_means(checked.policy, plain_reading(folder))


def plainly(text: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.scanner.ScannerError:  # it takes no tab before a colon; YAML 1.2 (section 6.2) and libyaml do
        found = yaml.load(text, Loader=yaml.CBaseLoader)
    assert isinstance(found, dict)
    return found


def plain_reading(folder: Path) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        for section, value in plainly(file.read_text("utf-8-sig")).items():
            if isinstance(value, dict) and section in whole:
                whole[section] = {**whole[section], **value}
            else:
                whole[section] = value
    return whole


def own(parts: Mapping[str, App] | Mapping[str, Category] | Mapping[str, Purpose]) -> set[str]:
    """The names of those that do not come with Saywhy."""
    return {name for name, one in parts.items() if one.source is not None and not one.source.builtin}


def assert_means(policy: Policy, said: dict[str, Any]) -> None:
    assert [rule.id for rule in policy.rules] == [rule["id"] for rule in said["rules"]]
    for rule, raw in zip(policy.rules, said["rules"], strict=True):
        assert_rule_means(rule, raw)
    assert policy.default.effect == said["default"]
    assert policy.groups.keys() == said["groups"].keys()
    synonyms = {"staff": "adult", "sixth-form": "adult"}
    for name, raw in said["groups"].items():
        reader = raw.get("reader")
        assert policy.groups[name].reader == (synonyms.get(reader, reader) if reader else None)
        assert set(raw.get("within", [])) <= policy.groups[name].within
    assert [(str(one.network), list(one.groups)) for one in policy.places] == [
        (one["network"].strip(), one["groups"]) for one in said["places"]
    ]
    for name, raw in said["times"].items():
        spans = raw["spans"] if isinstance(raw, dict) else raw
        assert [f"{span.start:%H:%M}" for span in policy.times[name].spans] == [one["from"].zfill(5) for one in spans]
        assert [f"{span.until:%H:%M}" for span in policy.times[name].spans] == [one["until"].zfill(5) for one in spans]
    for section, found in (("categories", policy.catalogue.categories), ("apps", policy.catalogue.apps)):
        assert own(found) == said[section].keys()
        kind = {"categories": "category", "apps": "app"}[section]
        for name, raw in said[section].items():
            for host in raw.get("domains", []):
                belongings = policy.catalogue.names[canonical_host(host)]
                assert (kind, name) in {(one.kind, one.id) for one in belongings}
    never = said["inspection"]["never"]
    assert sorted(policy.inspection.never.categories) == sorted(never.get("categories", []))
    assert own(policy.catalogue.purposes) == said["purposes"].keys()
    for name, raw in said["purposes"].items():
        assert [one.name for one in policy.catalogue.purposes[name].alternatives] == [
            one["name"].strip() for one in raw["alternatives"]
        ]


def assert_rule_means(rule: Rule, raw: dict[str, Any]) -> None:
    assert rule.effect == next(key for key in raw if key in ("allow", "block", "caution"))
    if rule.caution is not None:
        assert rule.effect is Effect.CAUTION
        assert in_minutes(rule.caution.open_for) == raw.get("open_for", "10 minutes").strip()
        quota = None if rule.caution.quota is None else f"{in_minutes(rule.caution.quota)} a day"
        assert quota == (raw["quota"].strip() if "quota" in raw else None)
    about = raw[rule.effect]
    if about == "everything":
        assert rule.criteria.everything
    else:
        written = [one.replace("_", "-") for one in about.get("categories", [])]  # as UT1 writes its names
        assert [one.replace("_", "-") for one in rule.criteria.categories] == written
        assert list(rule.criteria.apps) == about.get("apps", [])
        assert list(rule.criteria.domains) == [canonical_host(one) for one in about.get("domains", [])]
        assert [one.text for one in rule.criteria.urls] == [one.strip() for one in about.get("urls", [])]
    assert rule.groups == {one.strip() for one in raw.get("for", [])}
    assert rule.places == {one.strip() for one in raw.get("at", [])}
    assert list(rule.times) == [one.strip() for one in raw.get("when", [])]
    assert rule.locked is (raw.get("locked", "false").lower() == "true")
    assert list(rule.instead) == [one.strip() for one in raw.get("instead", [])]
    assert rule.owner == raw.get("owner", "").strip()
    assert (str(rule.review_by) if rule.review_by else None) == raw.get("review_by", "").strip() or None
    why = raw.get("why")
    if why is not None:
        assert rule.why is not None
        assert rule.why.risk == (why if isinstance(why, str) else why["risk"]).strip()
        readers = {} if isinstance(why, str) else why.get("readers", {})
        assert sorted(rule.why.readers.values()) == sorted(text.strip() for text in readers.values())
    if "ask" in raw and raw["ask"] != "nobody":
        assert rule.ask is not None
        assert list(rule.ask.decides) == raw["ask"].get("decides", [rule.owner])
        assert list(rule.ask.signs_off) == raw["ask"].get("signs_off", [])
