import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from saywhy.policy.part import Part
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.load import load_policy
from saywhy.policy.reading.schema import FilePart


def parts(of: type[Part] = Part) -> Iterator[type[Part]]:
    """Of what schools write as policy, whichever other rooms are loaded."""
    for part in of.__subclasses__():
        if not part.__module__.startswith("saywhy.notify."):
            yield part
        yield from parts(part)


def test_an_editor_gets_a_json_schema() -> None:
    schema = FilePart.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["properties"]) == set(FilePart.keys())
    assert "for" in schema["$defs"]["RulePart"]["properties"]


@pytest.mark.parametrize("part", list(parts()), ids=lambda part: part.__name__)
def test_every_key_says_what_it_is_for(part: type[Part]) -> None:
    assert [name for name, field in part.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("part", list(parts()), ids=lambda part: part.__name__)
def test_every_key_that_must_be_there_has_an_example(part: type[Part]) -> None:
    needed = [field.alias or name for name, field in part.model_fields.items() if field.is_required()]
    assert [key for key in needed if not part.example(key)] == []


def lay_out_large(school: Path, group: str) -> None:
    (school / "lists" / "gambling.txt").write_text(
        "".join(f"site-{n}.example-{n % 7000}.com\n" for n in range(100_000))
    )
    rule = (
        "  - id: rule-{n}\n"
        "    block: {{apps: [tiktok], domains: [d{n}.example], urls: ['u{n}.example/p/*']}}\n"
        "    for: [{group}]\n"
        "    why: {{risk: It never ends., readers: {{primary: It is hard to stop.}}}}\n"
        "    decided: {{by: Senior leadership team, on: 2026-09-03}}\n"
        "    review_by: 2027-03-01\n"
        "    owner: it\n"
    )
    rules = "".join(rule.format(n=n, group=group.format(n=n)) for n in range(2000))
    (school / "rules.yaml").write_text(f"rules:\n{rules}")


def test_two_thousand_rules_and_a_hundred_thousand_names_load_within_seconds(school: Path) -> None:
    lay_out_large(school, "students")
    started = time.perf_counter()
    policy = load_policy(school)
    assert time.perf_counter() - started < 10
    assert len(policy.rules) == 2000
    assert len(policy.catalogue.names) > 100_000


def test_so_do_as_many_mistakes(school: Path) -> None:
    lay_out_large(school, "studnets{n}")
    (school / "groups.yaml").write_text("groups:\n" + "".join(f"  group{n}: {{}}\n" for n in range(500)))
    started = time.perf_counter()
    with pytest.raises(PolicyError) as raised:
        load_policy(school)
    assert time.perf_counter() - started < 10
    assert len(raised.value.problems) >= 2000
