"""Each reading level, text by text: sentences, words, words to avoid and the pooled scores. A table of all is left in build/."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from saywhy.decide.access import Access, subject_in, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.explain.explain import explain
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.fitted import fitted
from saywhy.explain.reading import CARE, CARING, PAGE, YOUNG, avoided, limit_for, words_in_sentences
from saywhy.explain.reason import trusted_for
from saywhy.explain.render import builtin_renderer
from saywhy.explain.words import shipped_languages
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect
from tests.explain.scores import flesch_kincaid, spache, syllables, words_in, words_of

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "build" / "reading-levels.md"
ENGLISH = shipped_languages().by_code["en"]
# One address that each rule of the example school closes.
CLOSED = {
    "self-harm": "self-harm.test",
    "pornography": "pornography.test",
    "hate-and-weapons": "weapons.test",
    "malware": "malware.test",
    "proxies-and-vpns": "vpn.test",
    "gambling": "gambling.test",
    "drugs": "drugs.test",
    "dating": "dating.test",
    "piracy": "piracy.test",
    "essay-mills": "essays.test",
    "tiktok": "www.tiktok.com",
    "snapchat": "web.snapchat.com",
    "youtube-shorts": "www.youtube.com/shorts/abcdefghijk",
    "social-networks": "social.test",
    "ai-chat": "ai-chat.test",
    "games-in-lessons": "games.test",
    "streaming-in-lessons": "streaming.test",
    "file-sharing": "file-sharing.test",
    "engines-without-safe-search": "yandex.com",
    "(a port)": "fine.example:8443",
    "(a number)": "203.0.113.9",
}
GROUPS = {
    Reader.EARLY: "reception",
    Reader.PRIMARY: "year3",
    Reader.SECONDARY: "year9",
    Reader.ADULT: "staff",
    Reader.EASY_READ: "learning-support",
}
SCORES = {
    Reader.EARLY: (spache, 2.0),
    Reader.PRIMARY: (spache, 3.0),
    Reader.SECONDARY: (flesch_kincaid, 6.0),
    Reader.ADULT: (flesch_kincaid, 8.0),
    Reader.EASY_READ: (spache, 3.0),
}
LEAST = 100  # words, before a score says something


@dataclass(frozen=True)
class Row:
    """One text: the sentences that its page says before anything else, and all others that it shows."""

    reader: Reader
    called: str
    told: Explanation
    said: tuple[str, ...]
    besides: tuple[str, ...]

    @property
    def limit(self) -> tuple[int, int]:
        return CARE if self.told.kind is Kind.CARE else PAGE[self.reader]

    @property
    def counted(self) -> list[int]:
        return [count for text in self.said for count in words_in_sentences(text)]

    @property
    def avoided(self) -> list[str]:
        text = " ".join((*self.said, *self.besides))
        return avoided(text) + (avoided(" ".join(self.said), CARING) if self.told.kind is Kind.CARE else [])


@cache
def engine() -> Engine:
    return Engine(load_policy(ROOT / "policies"))


def told(address: str, reader: Reader) -> Explanation | None:
    policy = engine().policy
    at = datetime(2026, 11, 24, 10, 0, tzinfo=policy.school.timezone)
    access = Access(subject_in(policy, (GROUPS[reader],)), target_of_url(f"https://{address}"), at)
    decision = decide(engine(), NO_GRANTS, access)
    if decision.allowed:
        return None
    return explain(engine(), NO_GRANTS, access, decision, reference="K7-42QX-9M", ask_url="http://why.school.internal/")


def row(called: str, one: Explanation) -> Row:
    if one.kind is Kind.CARE:
        return Row(one.reader, called, one, (one.title, *one.happened, one.asking), ())
    places = [trusted_for(place, one.reader) for purpose in one.purposes for place in purpose.alternatives]
    said = (one.title, *one.happened, one.reason or one.untold, one.reassurance, one.asking)
    return Row(one.reader, called, one, tuple(text for text in said if text), (*places, *one.whose, one.would_change))


@cache
def rows() -> tuple[Row, ...]:
    found = ((called, told(address, reader)) for reader in Reader for called, address in CLOSED.items())
    return tuple(row(called, one) for called, one in found if one is not None)


def test_every_rule_of_the_example_that_closes_something_is_looked_at() -> None:
    closing = {rule.id for rule in engine().policy.rules if rule.effect is not Effect.ALLOW}
    assert closing <= CLOSED.keys()
    assert {one.told.rule for one in rows() if one.reader is Reader.SECONDARY} >= closing - {"self-harm"}


@pytest.mark.parametrize("reader", Reader)
def test_no_page_says_more_than_its_reader_can_take_in_the_schools_words_counted(reader: Reader) -> None:
    looked_at = [one for one in rows() if one.reader is reader]
    assert len(looked_at) >= 8
    for one in looked_at:
        sentences, words = one.limit
        assert len(one.counted) <= sentences, one
        assert max(one.counted) <= words, one
        assert one.avoided == [], one
        assert not (reader.young and avoided(" ".join(one.besides), YOUNG)), one
        for text in one.besides:
            assert max(words_in_sentences(text), default=0) <= words, (one.called, text)


@pytest.mark.parametrize("reader", Reader)
def test_whatever_a_school_writes_within_its_limit_the_whole_page_is_within_its_own(reader: Reader) -> None:
    level = ENGLISH.levels[reader]
    filled = {"app": "TikTok", "file": "a program", "category": "hate and weapons", "group": "Year 9"}
    filled |= {"until": "until 3:30pm", "minutes": "10 minutes"}
    most, words = PAGE[reader]
    one = next(each.told for each in rows() if each.reader is reader and each.told.kind is Kind.BLOCK)
    belongs = [text.format(**filled) for text in (*level.belongs.model_dump().values(), level.caution.over)]
    closed = [text.format(**filled) for text in (*level.closed.model_dump().values(), level.caution.closed)]
    asking = [text.format(**filled) for text in level.asking.model_dump().values()]
    asking += [level.caution.asking.format(**filled), level.caution.without_reason.format(**filled)]
    for belong, close, ask, locked in product(belongs, closed, asking, (False, True)):
        if locked and ask != level.asking.locked:
            continue
        sentences, _ = limit_for(reader, locked=locked, caring=False)
        reason = " ".join(["One two three."] * sentences)
        page = row("", fitted(_with(one, belong, close, reason, ask, level.reassurance)))
        assert len(page.counted) <= most, page.said
        assert max(page.counted) <= words, page.said
        assert reason in page.said
        assert ask in page.said


def _with(one: Explanation, belongs: str, closed: str, reason: str, asking: str, reassurance: str) -> Explanation:
    happened = tuple(text for text in (belongs, closed) if text)
    return replace(one, happened=happened, reason=reason, untold="", asking=asking, reassurance=reassurance)


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.PRIMARY])
def test_children_read_nothing_of_category_rule_or_role(reader: Reader) -> None:
    for one in (each.told for each in rows() if each.reader is reader and each.told.kind is Kind.BLOCK):
        assert (one.category, one.app, one.rule, one.rule_number, one.owner, one.decided_by) == (None,) * 6
        assert (one.needed_by, one.answered_by, one.whose, one.would_change, one.for_whom) == ((), (), (), "", "")


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.PRIMARY])
def test_nor_does_their_page_show_any_of_it(reader: Reader) -> None:
    policy, pages = engine().policy, builtin_renderer()
    roles = {role.title for role in policy.roles.values()}
    for called, address in CLOSED.items():
        one, grown_up = told(address, reader), told(address, Reader.SECONDARY)
        if one is None or grown_up is None or one.kind is Kind.CARE:
            continue
        one = replace(one, reason="")  # which the school wrote for them
        main = pages.page(one).decode().split("<main", 1)[1].split("<footer", 1)[0]
        for shown in (main, pages.text(one).split("Reference", 1)[0]):
            hidden = {address, called, grown_up.category, grown_up.decided_by, "Brook", *roles} - {None}
            assert [text for text in hidden if f">{text}<" in shown or f" {text} " in shown or address in shown] == []


@pytest.mark.parametrize("reader", [Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ])
def test_children_meet_the_words_of_their_level_alone(reader: Reader) -> None:
    """A new word is looked at before it is added to its list; those of younger readers are known to older ones."""
    levels = [Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ]
    known = frozenset[str]().union(*(words_in(f"words-{one}") for one in levels[: levels.index(reader) + 1]))
    used = {word for one in rows() if one.reader is reader for text in one.said for word in words_of(text)}
    assert sorted(used - known) == []


def pooled(reader: Reader) -> tuple[str, int]:
    """Each text of a level once, and how many sentences they have."""
    texts = dict.fromkeys(text for one in rows() if one.reader is reader for text in one.said)
    return " ".join(texts), sum(len(words_in_sentences(text)) for text in texts)


@pytest.mark.parametrize("reader", Reader)
def test_a_levels_texts_together_are_as_easy_as_its_age_asks(reader: Reader) -> None:
    text, sentences = pooled(reader)
    assert len(words_of(text)) >= LEAST
    score, most = SCORES[reader]
    assert score(text, sentences) <= most


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("school", 1),
        ("page", 1),
        ("closed", 1),
        ("exception", 3),
        ("people", 2),
        ("device", 2),
        ("support", 2),
        ("you", 1),
    ],
)
def test_syllables_are_counted_nearly_as_people_say_them(word: str, count: int) -> None:
    assert syllables(word) == count


def test_what_pages_say_is_kept_is_what_is_kept() -> None:
    for level in ENGLISH.levels.values():
        assert "for {span}." in " ".join(level.kept)
    assert ENGLISH.days(1) == "1 day"
    assert ENGLISH.days(366) == "366 days"


def lines() -> Iterator[str]:
    yield "# What each reader is told\n"
    yield "Of the example school, on a Tuesday at 10:00: how many sentences, the words of the longest, and the limits.\n"
    yield "| reader | page | sentences | longest | limit | avoided |"
    yield "|---|---|---|---|---|---|"
    for one in rows():
        sentences, words = one.limit
        found = ", ".join(one.avoided) or "none"
        yield f"| {one.reader} | {one.called} | {len(one.counted)} | {max(one.counted)} | {sentences} x {words} | {found} |"
    yield "\n| reader | words together | score | at most |"
    yield "|---|---|---|---|"
    for reader, (score, most) in SCORES.items():
        text, sentences = pooled(reader)
        name = score.__name__.replace("_", "-")
        yield f"| {reader} | {len(words_of(text))} | {name} {score(text, sentences):.2f} | {most:g} |"
    yield "\n## Read once more\n"
    for one in rows():
        yield f"- **{one.reader}, {one.called}**: {' '.join(one.said)}"


def test_the_table_is_left_for_people_to_read() -> None:
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text("\n".join(lines()) + "\n", "utf-8")
    assert len(TABLE.read_text("utf-8").splitlines()) > 2 * len(rows())
