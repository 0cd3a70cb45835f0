"""The pages: complete, escaped, quiet."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saywhy.explain.builtin import builtin_pages
from saywhy.explain.explanation import Explanation
from saywhy.explain.render import PageRenderer
from saywhy.policy.care import Help
from saywhy.policy.rule import Rule

if TYPE_CHECKING:
    from tests.explain.conftest import Hillside

GROUPS = ("reception", "year4", "year9", "staff", "willow")
ADDRESSES = {
    "app": "https://www.tiktok.com/@someone?v=secret",
    "timed": "https://games.example/",
    "locked": "https://bet.example/",
    "listed": "https://forum.example/",
    "care": "https://dark.example/methods",
    "port": "https://fine.example:8443/",
    "number": "https://93.184.215.14/",
}
HOSTILE = "</title><script>alert(1)</script>\" onload='x' {{ 7*7 }} {% raw %} &amp; <!--"


class Summary(HTMLParser):
    """Every element with its attributes, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


every_page = pytest.mark.parametrize("group", GROUPS)
every_way = pytest.mark.parametrize("way", ADDRESSES)


@every_page
@every_way
class TestEveryPage:
    def test_has_one_heading_and_its_landmarks(self, hillside: "Hillside", group: str, way: str) -> None:
        outline = Summary(hillside.page(ADDRESSES[way], group))
        assert [outline.count(tag) for tag in ("h1", "header", "main", "footer")] == [1, 1, 1, 1]
        assert ("html", {"lang": "en", "dir": "ltr"}) in outline.elements
        first_link = next(attributes for tag, attributes in outline.elements if tag == "a")
        assert first_link == {"class": "skip", "href": "#explanation"}

    def test_holds_no_script_and_fetches_nothing(self, hillside: "Hillside", group: str, way: str) -> None:
        page = hillside.page(ADDRESSES[way], group)
        outline = Summary(page)
        forbidden = {"script", "form", "img", "iframe", "object", "embed", "base", "details", "video", "audio"}
        # one switch, for larger words, that leads nowhere
        assert [dict(found).get("type") for tag, found in outline.elements if tag == "input"] == ["checkbox"]
        assert forbidden.isdisjoint(tag for tag, _ in outline.elements)
        for tag, attributes in outline.elements:
            assert not any(name.startswith("on") or name in {"src", "srcset", "style"} for name in attributes), tag
            if tag == "link":
                assert attributes == {"rel": "icon", "href": "data:,"}
            if tag == "meta":
                assert attributes.get("http-equiv") is None
        assert "url(" not in page
        assert "@import" not in page

    def test_holds_exactly_the_style_that_the_policy_allows(self, hillside: "Hillside", group: str, way: str) -> None:
        (style,) = re.findall(r"<style>(.*?)</style>", hillside.page(ADDRESSES[way], group), re.DOTALL)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in hillside.renderer.content_security_policy

    def test_never_shows_a_query(self, hillside: "Hillside", group: str, way: str) -> None:
        assert "secret" not in hillside.page(ADDRESSES[way], group)


@every_page
class TestBlockPages:
    def test_show_where_else_to_go_and_why_it_is_trusted(self, hillside: "Hillside", group: str) -> None:
        page = hillside.page(group=group)
        assert 'href="https://www.bbc.co.uk/bitesize?from=school"' in page
        assert ("Made by the BBC for children." in page) is (group != "reception")
        assert "schools.tiktok.com" not in page

    def test_show_whose_rule_it_is_and_the_reference(self, hillside: "Hillside", group: str) -> None:
        text = Summary(hillside.page(group=group)).text
        assert "K7-42QX-9M" in text
        for told in (
            "Our school made this rule. It has no end date. We will review this by 1 March 2027.",
            "Who can change itIT support",
            "Who can make an exceptionIT support and Safeguarding lead",
            "Senior leadership team and IT, on 3 September 2026",
            "tiktok, number 3 of 5",
            "www.tiktok.com",
        ):
            assert (told in text.replace("\n", "")) is (group not in ("reception", "year4")), told
        would = "When we might say yesA version for schools that collects nothing about pupils."
        assert (would in text.replace("\n", "")) is (group in ("year9", "staff"))

    def test_say_what_is_kept_of_the_visit_and_who_can_see_it(self, hillside: "Hillside", group: str) -> None:
        told = hillside.tell(group=group)
        assert told.kept
        assert " ".join(told.kept) in Summary(hillside.page(group=group)).text.split("Reference")[-1]

    def test_show_the_reason(self, hillside: "Hillside", group: str) -> None:
        assert hillside.tell(group=group).reason in Summary(hillside.page(group=group)).text

    def test_lead_to_the_form_except_for_the_youngest(self, hillside: "Hillside", group: str) -> None:
        assert ("why.school.internal/ask/token" in hillside.page(group=group)) is (group != "reception")

    def test_lead_to_no_form_for_what_is_locked(self, hillside: "Hillside", group: str) -> None:
        assert "why.school.internal" not in hillside.page(ADDRESSES["locked"], group)


def test_the_order_is_that_of_the_questions_people_have(hillside: "Hillside") -> None:
    text = Summary(hillside.page(ADDRESSES["app"], "year9").split("<body", 1)[1]).text
    order = [
        "You cannot open this page",
        "This is TikTok",
        "TikTok collects",
        "Ask us to open it",
        "BBC Bitesize",
        "Our school made this rule",
        "Senior leadership team",
        "K7-42QX-9M",
    ]
    places = [text.index(told) for told in order]
    assert places == sorted(places)


@every_page
def test_a_page_that_cares_shows_no_form_category_rule_or_address(hillside: "Hillside", group: str) -> None:
    page = hillside.page(ADDRESSES["care"], group)
    body = page.split("<body", 1)[1]
    for untold in ("self-harm", "Self-harm", "dark.example", "methods", "why.school.internal", "K7-42QX-9M", "Rule"):
        assert untold not in body
    assert body.index("Mrs Okafor") < body.index("Childline")
    assert 'href="https://www.childline.org.uk/"' in body
    assert "bet.example" not in body


class TestHostileTexts:
    @pytest.mark.parametrize("name", ["what", "title", "for_whom", "reason", "school", "rule", "app", "reference"])
    @every_page
    def test_stay_texts(self, hillside: "Hillside", name: str, group: str) -> None:
        told: Explanation = replace(hillside.tell(group=group), **{name: HOSTILE})  # type: ignore[arg-type]
        outline = Summary(hillside.renderer.page(told).decode())
        assert outline.count("script") == 0
        assert outline.count("h1") == 1
        assert not any(attribute.startswith("on") for _, attributes in outline.elements for attribute in attributes)
        assert "49" not in outline.text.replace("K7-42QX-9M", "")

    def test_stay_texts_where_help_is_named(self, hillside: "Hillside") -> None:
        told = replace(hillside.tell(ADDRESSES["care"]), help=(Help(HOSTILE, HOSTILE, 'https://x.example/"><script>'),))
        assert Summary(hillside.renderer.page(told).decode()).count("script") == 0

    @given(st.text())
    def test_whatever_a_school_writes_is_shown_as_it_stands(self, hillside: "Hillside", reason: str) -> None:
        usual = reason.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").encode("utf-8", "ignore").decode()
        page = hillside.renderer.page(replace(hillside.tell(), reason=usual)).decode()
        assert usual in Summary(page).text


def test_the_short_text_tells_the_same(hillside: "Hillside") -> None:
    text = hillside.renderer.text(hillside.tell())
    for told in (
        "TikTok collects",
        "BBC Bitesize: https://www.bbc.co.uk/bitesize?from=school",
        "K7-42QX-9M",
        "ask/token",
    ):
        assert told in text
    assert "<" not in text
    assert "&" not in hillside.renderer.text(replace(hillside.tell(), reason="Fish & chips")).replace(
        "Fish & chips", ""
    )


def test_the_short_text_that_cares(hillside: "Hillside") -> None:
    text = hillside.renderer.text(hillside.tell(ADDRESSES["care"]))
    assert "Childline" in text
    assert "dark.example" not in text


def test_there_is_no_page_for_what_is_open(hillside: "Hillside") -> None:
    with pytest.raises(ValueError, match="open"):
        hillside.renderer.page(hillside.tell("https://www.bbc.co.uk/"))


def test_a_rule_without_instead_or_dates_still_makes_a_page(hillside: "Hillside", block: Callable[..., Rule]) -> None:
    from saywhy.policy.criterion import Criteria

    bare = block("bare", Criteria(everything=True), why=None, decided=None, review_by=None, owner="", ask=None)
    for group in GROUPS:
        assert "K7-42QX-9M" in hillside.with_rules(bare).page("https://x.example/", group)


class TestOwnPages:
    """A school may point to a folder of its own."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return copytree(builtin_pages(), tmp_path / "pages")

    def test_are_used(self, hillside: "Hillside", folder: Path) -> None:
        (folder / "_instead.html").write_text("<p>Our own words</p>", "utf-8")
        assert b"Our own words" in PageRenderer(folder).page(hillside.tell())

    def test_a_broken_template_is_found_at_start(self, folder: Path) -> None:
        (folder / "_instead.html").write_text("{% if %}", "utf-8")
        with pytest.raises(jinja2.TemplateSyntaxError):
            PageRenderer(folder)

    def test_a_name_that_nothing_stands_for_is_no_empty_text(self, hillside: "Hillside", folder: Path) -> None:
        (folder / "_instead.html").write_text("{{ e.no_such_fact }}", "utf-8")
        with pytest.raises(jinja2.UndefinedError):
            PageRenderer(folder).page(hillside.tell())

    def test_a_style_that_would_end_its_element_is_refused(self, folder: Path) -> None:
        (folder / "page.css").write_text("</style><script>", "utf-8")
        with pytest.raises(ValueError, match=re.escape("page.css")):
            PageRenderer(folder)

    def test_a_missing_folder_is_an_error_at_start(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            PageRenderer(tmp_path / "nothing")
