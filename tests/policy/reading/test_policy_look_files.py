"""The look beside a policy: read with it, part of its revision, and every mistake told with its place."""

from pathlib import Path

import pytest

from saywhy.policy.look import NO_LOOK
from saywhy.policy.problem import PolicyError
from saywhy.policy.reading.files import Folder
from saywhy.policy.reading.load import load_folder, load_policy

CREST = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>'
SCHOOL = "school:\n  name: Hillside School\n  timezone: Europe/London\n  look:\n"


def wearing(school: Path, look: str) -> Path:
    (school / "school.yaml").write_text(SCHOOL + "".join(f"    {line}\n" for line in look.splitlines()))
    (school / "crest.svg").write_text(CREST)
    return school


def problems(school: Path) -> list[str]:
    with pytest.raises(PolicyError) as raised:
        load_policy(school)
    return [f"{one} [{one.code}]" for one in raised.value.problems]


def test_without_a_look_pages_are_ours(school: Path) -> None:
    assert load_policy(school).school.look == NO_LOOK


def test_a_look_is_read_and_belongs_to_the_revision(school: Path) -> None:
    contact = "{name: IT support, room: Room 12, phone: 01632 960 123, mail: it@hillside.example}"
    wearing(school, f'crest: crest.svg\ncolours: {{accent: "#1D4F3A", dark: {{accent: 9cc}}}}\ncontact: {contact}')
    (school / "pages").mkdir()
    (school / "pages" / "page.html").write_text("{% block after %}<p>Ask in room 12.</p>{% endblock %}\n")
    folder = Folder(school)
    look = load_folder(folder).school.look
    assert look.crest is not None
    assert look.light is not None
    assert look.dark is not None
    assert look.contact is not None
    assert (look.light.accent, look.dark.accent, look.contact.phone) == ("#1d4f3a", "#99cccc", "01632 960 123")
    assert [name for name, _ in look.pages] == ["page.html"]
    assert {"crest.svg", "pages/page.html"} <= folder.contents.keys()
    before = folder.revision()
    (school / "pages" / "page.html").write_text("")
    again = Folder(school)
    load_folder(again)
    assert again.revision() != before


def test_a_page_that_is_not_there_yet_is_watched_for(school: Path) -> None:
    folder = Folder(school)
    load_folder(folder)
    assert "pages/page.html" in folder.looked_for


def test_a_crest_is_told_where_it_is_wrong(school: Path) -> None:
    wearing(school, "crest: crest.svg")
    (school / "crest.svg").write_text(CREST.replace("<path", "\n<script/><path"))
    (said,) = problems(school)
    assert said.startswith("school/crest.svg:2:1: <script> is no part of a plain drawing; save it as plain SVG, ")
    assert said.endswith("[bad-crest]")


@pytest.mark.parametrize("name", ["crest.png", "../crest.svg", "/etc/passwd"])
def test_a_crest_that_is_not_there_is_told_where_it_is_named(school: Path, name: str) -> None:
    wearing(school, f"crest: {name}")
    (said,) = problems(school)
    assert said.startswith(f"school/school.yaml:5:12: crest '{name}': ")
    assert said.endswith("[bad-crest]")


def test_files_that_no_page_is_made_of_are_told(school: Path) -> None:
    (school / "pages").mkdir()
    (school / "pages" / "pages.html").write_text("")
    (school / "pages" / "care.html").write_bytes(b"\xff")
    (school / "pages" / "fault.html").write_text("x" * 40_000)
    (school / "pages" / "base.html").symlink_to("/etc/passwd")
    said = problems(school)
    assert [one.split(" ", 1)[0] for one in said] == [f"school/pages/{name}.html:1:1:" for name in ("base", "care", "fault", "pages")]  # fmt: skip
    assert "outside" in said[0]
    assert "UTF-8" in said[1]
    assert "32 kB" in said[2]
    assert "did you mean 'page.html'?" in said[3]
