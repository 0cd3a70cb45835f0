"""A report of a wrong category, written as a correction."""

from datetime import date
from pathlib import Path

import pytest

from saywhy.decide.engine import Engine
from saywhy.policy.reading.files import Folder
from saywhy.policy.reading.load import load_policy
from saywhy.rehearse.as_correction import AsCorrection, CannotCorrectError, as_correction, says_so
from tests.exceptions.conftest import SCHOOL, school

DAY = date(2026, 11, 23)
CATEGORIES = """
categories:
  games: {label: Games, domains: [chess.example, arcade.example]}
  clubs: {label: Clubs, domains: [choir.example]}
"""
WITH_ONE = """
# what lists have wrong
corrections:
  - {name: arcade.example, never: [games], because: It is a museum., on: 2026-09-03}   # sic
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    school(folder)
    (folder / "categories.yaml").write_text(CATEGORIES)
    return folder


def corrected(
    policies: Path, host: str = "www.chess.example", category: str = "games", suggested: str = ""
) -> AsCorrection:
    engine = Engine(load_policy(policies))
    return as_correction(Folder(policies), engine, host, category, suggested, "Our club meets there.", DAY)


@pytest.mark.parametrize("more", ["", WITH_ONE])
@pytest.mark.parametrize(("suggested", "categories"), [("", set()), ("clubs", {"clubs"})])
def test_it_is_written_where_corrections_are(policies: Path, more: str, suggested: str, categories: set[str]) -> None:
    (policies / "categories.yaml").write_text(CATEGORIES + more)
    found = corrected(policies, suggested=suggested)
    also = ", also: [clubs]" if suggested else ""
    assert found.item == (
        f'- {{name: chess.example, never: [games]{also}, because: "Our club meets there.", on: 2026-11-23}}',
    )
    assert [one.place for one in found.says] == ["categories.yaml:3"]
    assert found.edit.after.decode().startswith(CATEGORIES + more)
    (policies / "categories.yaml").write_bytes(found.edit.after)
    engine = Engine(load_policy(policies))
    assert set(engine.membership("www.chess.example", None).categories) == categories
    assert says_so(engine, "chess.example", "games") == ()


@pytest.mark.parametrize(
    ("host", "category", "suggested", "said"),
    [
        ("choir.example", "games", "", "Nothing says any more"),
        ("chess.example", "nothing", "", "no category nothing"),
        ("chess.example", "sealed-list", "", "no category sealed-list"),
        ("chess.example", "games", "nothing", "no category nothing"),
        ("chess.example", "games", "games", "no category games"),
    ],
)
def test_what_cannot_be_corrected_says_why(policies: Path, host: str, category: str, suggested: str, said: str) -> None:
    with pytest.raises(CannotCorrectError, match=said):
        corrected(policies, host, category, suggested)


def test_a_name_has_one_correction(policies: Path) -> None:
    one = "\ncorrections:\n  - {name: chess.example, also: [clubs], because: It meets there.}\n"
    (policies / "categories.yaml").write_text(CATEGORIES + one)
    with pytest.raises(CannotCorrectError, match=r"categories.yaml:7 corrects chess.example already"):
        corrected(policies)


def test_without_categories_of_its_own_it_goes_to_the_rules(policies: Path) -> None:
    (policies / "categories.yaml").unlink()
    (policies / "school.yaml").write_text(SCHOOL + CATEGORIES)
    assert corrected(policies).edit.name == "school.yaml"
