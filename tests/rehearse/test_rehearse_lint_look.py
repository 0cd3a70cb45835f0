"""What `saywhy check` says of a school's own pages: each is made for each level, and told with its file and line."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from saywhy.policy.reading.look import PAGES
from saywhy.rehearse.check import check_policy

QUIET = Path(__file__).parent / "quiet"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def said(folder: Path, **pages: str) -> list[str]:
    shutil.copytree(QUIET, folder / "school", dirs_exist_ok=True)
    (folder / "school" / PAGES).mkdir(exist_ok=True)
    for name, source in pages.items():
        (folder / "school" / "pages" / f"{name}.html").write_text(source)
    checked = check_policy(folder / "school", NOW)
    assert checked.policy is not None  # a broken page keeps no policy from being used
    return [f"{one.severity}: {str(one).removeprefix(str(folder))} [{one.code}]" for one in checked.problems]


def test_of_pages_that_come_out_nothing_is_said(tmp_path: Path) -> None:
    page = "{% block ask %}{{ super() }}{% if page.reference %}<p>{{ page.reference }}</p>{% endif %}{% endblock %}"
    assert said(tmp_path, page=page, base="{% block before %}<p>{{ school }}</p>{% endblock %}") == []


@pytest.mark.parametrize(
    ("name", "source", "wanted"),
    [
        ("page", "{% block why %}\n{{ config }}{% endblock %}", "/school/pages/page.html:2:1: 'config' is nothing"),
        (
            "page",
            "{% block why %}\n\n{{ contact.room }}{% endblock %}",
            "/school/pages/page.html:3:1: the page cannot be made",
        ),
        (
            "fault",
            "{% block advice %}{{ page.title }}{% endblock %}",
            "/school/pages/fault.html:1:1: the page cannot be made",
        ),
        ("page", "{% block why %}<div>{% endblock %}", "/school/pages/page.html:1:1: in the page "),
        ("page", "{% block opening %}<p>Closed</p>{% endblock %}", "/school/pages/page.html:1:1: the page "),
        ("base", "{% block before %}<h1>Hello</h1>{% endblock %}", "/school/pages/base.html:1:1: the page "),
    ],
)
def test_a_page_that_does_not_come_out_is_told(tmp_path: Path, name: str, source: str, wanted: str) -> None:
    found = said(tmp_path, **{name: source})
    assert found
    assert found[0].startswith(f"error: {wanted}"), found[0]
    assert all(one.endswith("[bad-page]") for one in found)
