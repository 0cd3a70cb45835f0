"""How long an origin may take to begin its answer."""

from pathlib import Path

import pytest

from saywhy.policy.patience import Patience
from saywhy.policy.reading.load import load_policy

POLICY = """
school: {name: Hillside, timezone: Europe/London}
default: allow
reach:
  patience: {seconds: 20, longer: [{domains: [chat.example, news.example], seconds: 120}, {domains: [quick.news.example], seconds: 10}]}
rules:
  - {id: all, allow: everything}
"""


@pytest.mark.parametrize(
    ("host", "seconds"),
    [
        ("other.example", 20),
        ("chat.example", 120),
        ("live.chat.example", 120),
        ("notchat.example", 20),
        ("news.example", 120),
        ("a.quick.news.example", 10),
        ("example", 20),
        ("10.0.0.1", 20),
    ],
)
def test_the_nearest_name_counts(tmp_path: Path, host: str, seconds: int) -> None:
    (tmp_path / "school.yaml").write_text(POLICY)
    patience = load_policy(tmp_path).reach.patience
    assert patience.of(host) == seconds
    assert patience.shortest == 10


def test_without_a_word_it_is_half_a_minute() -> None:
    assert Patience().of("a.example") == Patience().shortest == 30


def test_it_is_told_in_words() -> None:
    assert str(Patience(20, {"a.example": 60})) == "20 seconds (60 for a.example)"
