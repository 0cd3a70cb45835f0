"""The example school in `policies/`: it loads, and it decides as a school expects."""

from datetime import datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest

from saywhy.decide.access import Access, Subject, subject_at, subject_in, target_of_host, target_of_url
from saywhy.decide.decide import decide
from saywhy.decide.decision import Decision
from saywhy.decide.engine import Engine
from saywhy.decide.grants import NO_GRANTS
from saywhy.policy.languages import available_languages
from saywhy.policy.policy import Policy
from saywhy.policy.reader import Reader
from saywhy.policy.reading.load import load_policy
from saywhy.policy.rule import Effect

FOLDER = Path(__file__).parents[2] / "policies"
# A Tuesday, a Saturday and hours of them.
LESSON = "2026-11-24T10:00"
BREAK = "2026-11-24T11:05"
LUNCH = "2026-11-24T12:40"
AFTERNOON = "2026-11-24T14:00"
AFTER_SCHOOL = "2026-11-24T16:00"
EVENING = "2026-11-24T19:30"
NIGHT = "2026-11-24T23:00"
SATURDAY = "2026-11-28T10:00"


@cache
def school() -> Policy:
    return load_policy(FOLDER)


@cache
def engine() -> Engine:
    return Engine(school())


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=school().school.timezone)


def subject(who: str) -> Subject:
    """A subject by the name of a group, or by the address of a device."""
    if who in school().groups:
        return subject_in(school(), (who,))
    return subject_at(engine(), ip_address(who))


def answer(url: str, who: Subject, at: str) -> Decision:
    return decide(engine(), NO_GRANTS, Access(who, target_of_url(url), local(at)))


BLOCKS = [rule for rule in school().rules if rule.effect is not Effect.ALLOW]
ALLOW, BLOCK, CAUTION = Effect.ALLOW, Effect.BLOCK, Effect.CAUTION


@pytest.mark.parametrize(
    ("url", "who", "at", "effect", "rule"),
    [
        # Always open
        ("https://www.childline.org.uk/", "reception", LESSON, ALLOW, "always-open"),
        ("https://www.nhs.uk/mental-health/", "guests", NIGHT, ALLOW, "always-open"),
        ("https://www.bbc.co.uk/bitesize", "year3", LESSON, ALLOW, "always-open"),
        ("https://education.minecraft.net/lessons", "year7", LESSON, ALLOW, "always-open"),
        ("https://en.wikipedia.org/wiki/Gambling", "year9", LESSON, ALLOW, "always-open"),
        # The safeguarding floor: everyone, at any time
        ("https://self-harm.test/", "year9", LESSON, BLOCK, "self-harm"),
        ("https://self-harm.test/", "staff", NIGHT, BLOCK, "self-harm"),
        ("https://www.tumblr.com/tagged/thinspo", "year9", LESSON, BLOCK, "self-harm"),
        ("https://www.tumblr.com/tagged/thinspo/recent", "staff", LESSON, BLOCK, "self-harm"),
        ("https://www.instagram.com/explore/tags/%74hinspo/", "10.30.20.7", EVENING, BLOCK, "self-harm"),
        ("https://www.pornhub.com/", "sixth-form", NIGHT, BLOCK, "pornography"),
        ("https://anything.xxx/", "staff", LESSON, BLOCK, "pornography"),
        ("https://www.defcad.com/", "year11", LUNCH, BLOCK, "hate-and-weapons"),
        ("https://boards.4chan.org/b/", "guests", LUNCH, BLOCK, "hate-and-weapons"),
        ("http://malware.wicar.org/data/eicar.com", "staff", LESSON, BLOCK, "malware"),
        # Round the filter
        ("https://nordvpn.com/", "year9", LESSON, BLOCK, "proxies-and-vpns"),
        ("https://WWW.NordVPN.com./download/", "guests", LESSON, BLOCK, "proxies-and-vpns"),
        ("https://www-bbc-co-uk.translate.goog/", "year7", LESSON, ALLOW, "default"),
        ("https://www-tiktok-com.translate.goog/@x", "year7", LESSON, BLOCK, "tiktok"),
        ("https://dns.google/", "year7", LESSON, BLOCK, "proxies-and-vpns"),
        ("https://translate.google.com/", "year7", LESSON, ALLOW, "default"),
        ("https://nordvpn.com/", "staff", LESSON, ALLOW, "default"),
        # Gambling and other things for adults
        ("https://www.bet365.com/", "year9", LUNCH, BLOCK, "gambling"),
        ("https://www.bet365.com/", "staff", SATURDAY, BLOCK, "gambling"),
        ("https://notbet365.com/", "year9", LUNCH, ALLOW, "default"),
        ("https://www.vapeclub.co.uk/", "year11", LUNCH, BLOCK, "drugs"),
        ("https://www.vapeclub.co.uk/", "staff", LUNCH, ALLOW, "default"),
        ("https://tinder.com/", "sixth-form", EVENING, BLOCK, "dating"),
        ("https://tinder.com/", "guests", EVENING, ALLOW, "default"),
        ("https://thepiratebay.org/", "guests", LUNCH, BLOCK, "piracy"),
        ("https://www.ukessays.com/", "sixth-form", LESSON, BLOCK, "essay-mills"),
        ("https://www.ukessays.com/", "staff", LESSON, ALLOW, "default"),
        # TikTok and Snapchat, with the hosts they use
        ("https://www.tiktok.com/@somebody", "year9", LUNCH, BLOCK, "tiktok"),
        ("https://v16.tiktokcdn-eu.com/video", "year7", NIGHT, BLOCK, "tiktok"),
        ("https://www.tiktok.com/", "10.30.20.7", EVENING, BLOCK, "tiktok"),
        ("https://www.tiktok.com/", "staff", LESSON, ALLOW, "social-networks-staff"),
        ("https://www.tiktok.com/", "guests", LESSON, ALLOW, "default"),
        ("https://web.snapchat.com/", "year11", LUNCH, BLOCK, "snapchat"),
        ("https://cf-st.sc-cdn.net/x", "year11", LUNCH, BLOCK, "snapchat"),
        ("https://web.snapchat.com/", "staff", LUNCH, ALLOW, "social-networks-staff"),
        # YouTube, but for one path
        ("https://www.youtube.com/", "year9", LESSON, ALLOW, "youtube-restricted"),
        ("https://www.youtube.com/watch?v=abcdefghijk", "year3", LESSON, ALLOW, "youtube-restricted"),
        ("https://www.youtube.com/shorts/abcdefghijk", "year9", LESSON, BLOCK, "youtube-shorts"),
        ("https://m.youtube.com/shorts/abcdefghijk?feature=share", "year7", NIGHT, BLOCK, "youtube-shorts"),
        ("https://youtube.com//%53HORTS", "year9", LUNCH, BLOCK, "youtube-shorts"),
        ("https://www.youtube.com/youtubei/v1/reel/reel_item_watch", "year9", LUNCH, BLOCK, "youtube-shorts"),
        ("https://www.youtube.com/youtubei/v1/player", "year9", LUNCH, ALLOW, "youtube-restricted"),
        ("https://www.youtube.com/shortstories", "year9", LUNCH, ALLOW, "youtube-restricted"),
        ("https://www.youtube.com/shorts/abcdefghijk", "staff", LESSON, ALLOW, "default"),
        ("https://youtubei.googleapis.com/youtubei/v1/reel/x", "year9", LUNCH, BLOCK, "youtube-shorts"),
        ("https://www.youtube.com/@HillsideMaths/videos", "year9", LESSON, ALLOW, "revision-videos"),
        ("https://www.youtube.com/shorts/hillside-01", "year9", LESSON, ALLOW, "revision-videos"),
        # Social networks and chat
        ("https://www.instagram.com/", "year9", LUNCH, BLOCK, "social-networks"),
        ("https://www.instagram.com/", "staff", LUNCH, ALLOW, "social-networks-staff"),
        ("https://www.instagram.com/", "guests", LUNCH, ALLOW, "default"),
        ("https://x.com/home", "sixth-form", LUNCH, BLOCK, "social-networks"),
        ("https://netflix.com/", "year9", LUNCH, ALLOW, "default"),  # ends in "x.com" and is not X
        ("https://discord.com/app", "year9", SATURDAY, BLOCK, "social-networks"),
        ("https://web.whatsapp.com/", "learning-support", LUNCH, BLOCK, "social-networks"),
        ("https://teams.microsoft.com/", "year9", LESSON, ALLOW, "always-open"),
        ("https://www.instagram.com/", "10.30.20.7", EVENING, ALLOW, "boarding-evening"),
        ("https://web.whatsapp.com/", "10.30.20.7", "2026-11-28T21:29", ALLOW, "boarding-evening"),
        ("https://web.whatsapp.com/", "10.30.20.7", "2026-11-28T21:30", BLOCK, "social-networks"),
        ("https://www.instagram.com/", "10.30.13.7", EVENING, BLOCK, "social-networks"),
        # AI chat by age
        ("https://chatgpt.com/", "year3", LESSON, BLOCK, "ai-chat"),
        ("https://chatgpt.com/", "year7", LESSON, BLOCK, "ai-chat"),
        ("https://chatgpt.com/", "year9", NIGHT, BLOCK, "ai-chat"),
        ("https://chatgpt.com/", "sixth-form", LESSON, ALLOW, "ai-chat-sixth-form"),
        ("https://chatgpt.com/", "staff", LESSON, ALLOW, "ai-chat-sixth-form"),
        ("https://gemini.google.com/app", "year11", LESSON, BLOCK, "ai-chat"),
        ("https://gemini.google.com/app", "sixth-form", LESSON, ALLOW, "ai-chat-sixth-form"),
        ("https://www.google.com/", "year7", LESSON, ALLOW, "safe-search"),
        ("https://claude.ai/", "staff", LESSON, ALLOW, "default"),
        ("https://claude.ai/", "sixth-form", LESSON, BLOCK, "ai-chat"),
        ("https://character.ai/", "sixth-form", EVENING, BLOCK, "ai-chat"),
        # Games and films in lesson time only
        ("https://www.roblox.com/", "year9", LESSON, BLOCK, "games-in-lessons"),
        ("https://www.roblox.com/", "year9", BREAK, ALLOW, "default"),
        ("https://www.roblox.com/", "year9", LUNCH, ALLOW, "default"),
        ("https://www.roblox.com/", "year9", AFTERNOON, BLOCK, "games-in-lessons"),
        ("https://www.roblox.com/", "year9", SATURDAY, ALLOW, "default"),
        ("https://www.roblox.com/", "staff", LESSON, ALLOW, "default"),
        ("https://poki.com/", "reception", "2026-11-24T09:14", ALLOW, "default"),
        ("https://poki.com/", "reception", "2026-11-24T09:15", BLOCK, "games-in-lessons"),
        ("https://poki.com/", "reception", "2026-07-07T15:29", BLOCK, "games-in-lessons"),  # British Summer Time
        ("https://poki.com/", "reception", "2026-07-07T15:30", ALLOW, "default"),
        ("https://www.minecraft.net/", "year3", LESSON, BLOCK, "games-in-lessons"),
        ("https://scratch.mit.edu/", "year3", LESSON, ALLOW, "always-open"),
        ("https://www.netflix.com/", "year11", LESSON, BLOCK, "streaming-in-lessons"),
        ("https://www.twitch.tv/", "year11", AFTER_SCHOOL, ALLOW, "default"),
        # File sharing
        ("https://wetransfer.com/", "year9", LESSON, CAUTION, "file-sharing"),
        ("https://www.dropbox.com/s/abc", "sixth-form", LESSON, CAUTION, "file-sharing"),
        ("https://wetransfer.com/", "staff", LESSON, ALLOW, "default"),
        ("https://drive.google.com/", "year9", LESSON, ALLOW, "always-open"),
        # By address: the school, this machine, anywhere else
        ("https://www.tiktok.com/", "10.30.7.20", LESSON, BLOCK, "tiktok"),
        ("https://www.tiktok.com/", "10.30.99.20", LESSON, ALLOW, "social-networks-staff"),
        ("https://www.tiktok.com/", "10.30.200.20", LESSON, ALLOW, "default"),
        ("https://www.tiktok.com/", "127.0.0.1", LESSON, BLOCK, "tiktok"),
        ("https://www.tiktok.com/", "127.0.99.1", LESSON, ALLOW, "social-networks-staff"),
        ("https://www.tiktok.com/", "::1", LESSON, BLOCK, "tiktok"),
        ("https://chatgpt.com/", "127.0.13.1", LESSON, ALLOW, "ai-chat-sixth-form"),
        ("https://www.tiktok.com/", "192.0.2.1", LESSON, BLOCK, "tiktok"),
        ("https://www.tiktok.com/", "2001:db8::1", LESSON, BLOCK, "tiktok"),
        ("https://example.org/", "192.0.2.1", LESSON, ALLOW, "default"),
    ],
)
def test_the_school_answers(url: str, who: str, at: str, effect: Effect, rule: str) -> None:
    decision = answer(url, subject(who), at)
    assert decision.rule is engine().rule_by_id[rule]
    assert decision.effect is effect


@pytest.mark.parametrize(
    ("address", "groups", "reader"),
    [
        ("10.30.1.5", ("reception",), Reader.EARLY),
        ("127.0.3.1", ("year3",), Reader.PRIMARY),
        ("127.0.7.1", ("year7",), Reader.SECONDARY),
        ("127.0.0.1", ("year9",), Reader.SECONDARY),
        ("::1", ("year9",), Reader.SECONDARY),
        ("fd30:5a1e:7::20", ("year7",), Reader.SECONDARY),
        ("127.0.13.1", ("sixth-form",), Reader.ADULT),
        ("10.30.20.5", ("sixth-form",), Reader.ADULT),
        ("10.30.40.5", ("learning-support",), Reader.EASY_READ),
        ("127.0.99.1", ("staff",), Reader.ADULT),
        ("10.30.200.5", ("guests",), Reader.ADULT),
        ("203.0.113.9", ("unknown",), Reader.SECONDARY),
        ("2001:db8::9", ("unknown",), Reader.SECONDARY),
    ],
)
def test_a_device_belongs_where_its_network_says(address: str, groups: tuple[str, ...], reader: Reader) -> None:
    found = subject(address)
    assert (found.named_groups, found.reader) == (groups, reader)
    assert ("students" in found.groups) is (groups not in {("staff",), ("guests",)})


def test_a_host_with_a_rule_about_paths_needs_the_whole_url() -> None:
    access = Access(subject("year9"), target_of_host("www.youtube.com"), local(LESSON))
    assert decide(engine(), NO_GRANTS, access).needs_url


def test_the_school_is_in_london_and_open_by_default() -> None:
    assert school().school.name == "Hillside School"
    assert str(school().school.timezone) == "Europe/London"
    assert school().school.languages == available_languages()
    assert school().default.effect is Effect.ALLOW
    assert school().reach.ports == {80, 443}
    assert school().reach.addresses == ()


def test_the_school_is_as_large_as_promised() -> None:
    catalogue = school().catalogue
    assert len(school().rules) >= 18
    assert len(BLOCKS) >= 12
    assert len(catalogue.categories) >= 12
    assert len(catalogue.apps) >= 16
    assert len(catalogue.purposes) >= 10
    for purpose in catalogue.purposes.values():
        assert 2 <= len(purpose.alternatives) <= 4, purpose.id


def test_every_category_and_every_app_covers_something() -> None:
    catalogue = school().catalogue
    listed = {(one.kind, one.id) for found in catalogue.names.values() for one in found}
    listed |= {(one.kind, one.id) for found in catalogue.patterns.values() for _, one in found}
    defined = {("category", one.id): one.source for one in catalogue.categories.values()}
    defined |= {("app", one.id): one.source for one in catalogue.apps.values()}
    own = {key for key, source in defined.items() if source is not None and not source.builtin}
    assert len(own) >= 28
    assert own <= listed


def test_every_list_says_what_it_is_and_is_used() -> None:
    categories = (FOLDER / "categories.yaml").read_text(encoding="utf-8")
    lists = sorted((FOLDER / "lists").glob("*.txt"))
    assert len(lists) >= 8
    for file in lists:
        lines = file.read_text(encoding="utf-8").splitlines()
        names = [line for line in lines if line and not line.startswith("#")]
        assert lines[0].startswith("# "), file.name
        assert 8 <= len(names) <= 40, file.name
        assert len(names) == len(set(names)), file.name
        assert f"lists/{file.name}" in categories


def test_no_app_claims_a_host_that_others_share() -> None:
    for host in ("docs.google.com", "maps.google.com", "www.gstatic.com", "www.microsoft.com", "www.googleapis.com"):
        assert not engine().membership(host, None).apps, host
