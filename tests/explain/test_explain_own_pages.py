"""Pages of a school's own: little more than words and markup; what is wrong is told with its line, and ours is shown."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from saywhy.explain.builtin import builtin_pages
from saywhy.explain.explanation import Explanation, OpenPurpose
from saywhy.explain.own_pages import ATTRIBUTES, BLOCKS, LARGEST, broken_pages
from saywhy.explain.render import PageRenderer
from saywhy.explain.words import FaultWords
from saywhy.policy.care import Help
from saywhy.policy.catalogue import Alternative
from saywhy.policy.look import Contact, Look

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside


def wearing(renderer: PageRenderer, **pages: str) -> PageRenderer:
    return renderer.wearing(Look(pages=tuple((f"{name}.html", source) for name, source in pages.items())))


@pytest.mark.parametrize("file", sorted(BLOCKS))
def test_each_block_that_can_be_overridden_is_there(file: str) -> None:
    layouts = ("base.html", file, *(("_words.html", "_early.html", "_easy_read.html") if file == "page.html" else ()))
    source = "".join((builtin_pages() / one).read_text("utf-8") for one in layouts)
    assert [block for block in sorted(BLOCKS[file]) if f"{{% block {block} %}}" not in source] == []


def test_each_value_that_a_page_may_use_is_there() -> None:
    known = set().union(*(one.__dataclass_fields__ for one in (Explanation, OpenPurpose, Alternative, Help, Contact)))
    known |= FaultWords.model_fields.keys() | {"dialled"}
    assert ATTRIBUTES - known == set()
    # nothing that tells which group somebody is in, or which rule it was
    assert ATTRIBUTES.isdisjoint({"for_whom", "rule", "category", "revision"})


def test_a_block_takes_the_place_of_ours_and_the_rest_stays(renderer: PageRenderer, hillside: "Hillside") -> None:
    worn = wearing(
        renderer,
        page="{% block ask %}<p>Ask {{ page.what }} in room 12.</p>{% endblock %}",
        base="{% block before %}<p>{{ school }}</p>{{ super() }}{% endblock %}",
    )
    for group in ("year9", "reception", "willow"):
        page = worn.page(hillside.tell(group=group)).decode()
        assert "<p>Ask www.tiktok.com in room 12.</p>" in page
        assert "<p>Hillside School</p>" in page
        assert "This page comes from the web filter at Hillside School." in page
        assert hillside.tell(group=group).title in page
    assert "room 12" not in renderer.page(hillside.tell()).decode()
    assert "<p>Hillside School</p>" in worn.page(hillside.tell("https://dark.example/")).decode()  # every page


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("\n{% block header %}{% endblock %}", 2, "there is no block 'header'"),
        ("<p>Hello</p>", 1, "outside of the blocks"),
        ("{% block why %}\n{{ page.reason\n{% endblock %}", 3, "cannot be read"),
        ("{% block why %}{{ config }}{% endblock %}", 1, "'config' is nothing that a page knows"),
        ("{% block why %}\n\n{{ page.for_whom }}{% endblock %}", 3, "no page is told 'for_whom'"),
        ("{% block why %}{{ ''.__class__.__mro__ }}{% endblock %}", 1, "no page is told '__mro__'"),
        ("{% block why %}{{ page['rule'] }}{% endblock %}", 1, "looking something up"),
        ("{% block why %}{% for i in range(10000000) %}x{% endfor %}{% endblock %}", 1, "only lists of the page"),
        ("{% block why %}{% for a in page.reason %}x{% endfor %}{% endblock %}", 1, "only lists of the page"),
        (
            "{% block why %}{% for a in page.happened %}{% for b in page.happened %}{% for c in page.happened %}{% endfor %}{% endfor %}{% endfor %}{% endblock %}",
            1,
            "too deep",
        ),
        ("{% block why %}{{ 'a' * 1000000000 }}{% endblock %}", 1, "multiplying"),
        ("{% block why %}{{ '%9999999d' % 1 }}{% endblock %}", 1, "more than a page may do"),
        ("{% block why %}{{ '{:99999999}'.format(1) }}{% endblock %}", 1, "calling something"),
        ("{% block why %}{{ page.reason | center(99999999) }}{% endblock %}", 1, "the filter 'center'"),
        ("{% block why %}{{ page.reason | safe }}{% endblock %}", 1, "the filter 'safe'"),
        ("{% block why %}{{ page.reason | join(page.reason) }}{% endblock %}", 1, "takes plain texts"),
        ("{% block why %}{% set x = 1 %}{% endblock %}", 1, "setting a name"),
        ("{% block why %}{% include '/etc/passwd' %}{% endblock %}", 1, "including a file"),
        ("{% block why %}{% macro m() %}{{ m() }}{% endmacro %}{% endblock %}", 1, "a macro"),
        ("{% extends 'x' %}", 1, "outside of the blocks"),
        ("{% block why %}{% block ask %}{% endblock %}{% endblock %}", 1, "a block stands in a block"),
        ("{% block why %}\n<script>x</script>{% endblock %}", 2, "<script> has no effect"),
        ("{% block why %}<p onclick='x'>{% endblock %}", 1, "onclick= has no effect"),
        ("{% block why %}<p style='x'>{% endblock %}", 1, "style= has no effect"),
        ("{% block why %}<a href='javascript:x'>{% endblock %}", 1, "javascript: has no effect"),
        ("{% block why %}<img src='https://track.example/'>{% endblock %}", 1, "a page fetches nothing"),
        ("{% block why %}<p title={{ page.what }}>{% endblock %}", 1, "without quotes"),
    ],
)
def test_what_is_more_than_words_is_told_with_its_line(source: str, line: int, said: str) -> None:
    found = broken_pages([("page.html", source)])
    assert [one for one in found if said in one.what and one.line == line], found


def test_what_is_wrong_as_it_stands_is_never_run_and_told_once(
    renderer: PageRenderer, hillside: "Hillside", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    worn = wearing(
        renderer, page="{% block why %}{{ config }}{% endblock %}", care="{% block after %}<p>Room 12</p>{% endblock %}"
    )
    for _ in range(3):
        assert worn.page(hillside.tell()) == renderer.wearing(Look()).page(hillside.tell())
    assert "Room 12" in worn.page(hillside.tell("https://dark.example/")).decode()
    assert [one.getMessage() for one in caplog.records] == [
        "pages/page.html:1: 'config' is nothing that a page knows; our own page is shown in its place"
    ]


def test_what_goes_wrong_while_it_is_made_gives_our_page_and_is_told_once(
    renderer: PageRenderer, hillside: "Hillside", caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    worn = wearing(renderer, page="{% block why %}\n<p>{{ contact.room }}</p>{% endblock %}")
    plain = renderer.wearing(Look()).page(hillside.tell())
    for _ in range(3):
        assert worn.page(hillside.tell()) == plain
    (said,) = caplog.records
    assert said.getMessage().startswith("pages/page.html:2: the page cannot be made: ")
    broken = worn.wrong_with(hillside.tell())
    assert broken is not None
    assert (broken.file, broken.line) == ("page.html", 2)


def test_a_page_that_swells_is_ours(renderer: PageRenderer, hillside: "Hillside") -> None:
    swelling = (
        "{% for a in page.purposes %}{% for b in a.alternatives %}" + "x" * (LARGEST // 3) + "{% endfor %}{% endfor %}"
    )
    worn = wearing(renderer, page=f"{{% block why %}}{swelling}{{% endblock %}}")
    assert worn.page(hillside.tell()) == renderer.wearing(Look()).page(hillside.tell())


def test_whatever_a_value_holds_is_text(renderer: PageRenderer, hillside: "Hillside") -> None:
    worn = wearing(
        renderer, page='{% block why %}<p title="{{ page.reason }}">{{ page.reason ~ page.what }}</p>{% endblock %}'
    )
    hostile = '"><script>alert(1)</script>{{ 7 * 7 }}\u202e'
    page = worn.page(replace(hillside.tell(), reason=hostile, what=hostile)).decode()
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    assert str(Markup.escape(hostile)) in page


def test_the_last_look_is_kept_and_ours_is_not_changed(renderer: PageRenderer) -> None:
    look = Look(contact=Contact("IT support", "Room 12"))
    assert renderer.wearing(look) is renderer.wearing(look)
    assert renderer.look.contact is None
