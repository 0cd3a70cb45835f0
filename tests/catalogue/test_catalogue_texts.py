"""What the catalogue that comes with Saywhy promises: whole, true to itself, and in words that readers understand."""

import re
from collections import Counter
from itertools import combinations

import pytest

from saywhy.decide.lookup import Lookup
from saywhy.policy.catalogue import App, Category, Purpose
from saywhy.policy.public_suffixes import public_suffixes
from saywhy.policy.reader import Reader
from saywhy.policy.reading.builtin import builtin, builtin_catalogue, builtin_folder
from saywhy.policy.reading.schema import AppPart, CategoryPart

CATALOGUE = builtin_catalogue()
LOOKUP = Lookup(CATALOGUE)
APPS = list(CATALOGUE.apps.values())
CATEGORIES = list(CATALOGUE.categories.values())
PURPOSES = list(CATALOGUE.purposes.values())
APP_PARTS = {name: part for file in builtin().files for name, part in file.part.apps.items()}
CATEGORY_PARTS = {name: part for file in builtin().files for name, part in file.part.categories.items()}

# Sentences, and words in each, at most: a page adds sentences of its own (early 4 x 6, primary 6 x 10, …).
LIMITS = {
    Reader.EARLY: (1, 6),
    Reader.PRIMARY: (2, 10),
    Reader.SECONDARY: (2, 15),
    Reader.ADULT: (2, 20),
    Reader.EASY_READ: (2, 8),
}
NOT_ON_A_PAGE = re.compile(
    r"\b(forbidden|forbid|banned|ban|violat\w*|oops|sorry|unauthori[sz]ed|prohibited|denied|illegal|inappropriate"
    r"|punish\w*|caught|offen[cs]e|suspicious|error|whoops|naughty|abuse)\b",
    re.IGNORECASE,
)
UK_SAFER_INTERNET_CENTRE = {
    "hate",
    "drugs",
    "extremism",
    "gambling",
    "malware-and-phishing",
    "hacking",
    "misinformation",
    "piracy",
    "pornography",
    "self-harm",
    "violence",
    "violence-against-women",
    "bullying-and-stunts",
}
USUALLY_CLOSED = {
    *UK_SAFER_INTERNET_CENTRE,
    "adult-themes",
    "ai-chat",
    "ai-companions",
    "alcohol-tobacco-vaping",
    "chat",
    "dating",
    "encrypted-dns",
    "essay-mills",
    "games",
    "proxies-and-vpns",
    "remote-control",
    "shopping",
    "social-networks",
    "stalkerware",
    "streaming",
    "weapons",
}
# Names that lie below another app's, because the narrower service is worth naming by itself.
LIES_BELOW = {
    ("music.youtube.com", "youtube.com"),
    ("us-browse.startpage.com", "startpage.com"),
    ("eu-browse.startpage.com", "startpage.com"),
    ("dns.mullvad.net", "mullvad.net"),
    ("doh.mullvad.net", "mullvad.net"),
    ("education.minecraft.net", "minecraft.net"),
}
SHARED = [
    "docs.google.com",
    "www.gstatic.com",
    "www.googleapis.com",
    "fonts.googleapis.com",
    "www.microsoft.com",
    "www.apple.com",
    "www.icloud.com.edgesuite.net",
    "d111.cloudfront.net",
    "bucket.s3.amazonaws.com",
    "x.akamaized.net",
    "x.fastly.net",
    "cdnjs.cloudflare.com",
    "www.bbc.co.uk",
    "upload.wikimedia.org",
    "www.qq.com",
    "www.live.com",
]


def words_per_sentence(text: str) -> list[int]:
    sentences = [one for one in re.split(r"(?<=[.!?])\s+", text.strip()) if one]
    return [len(re.findall(r"[\w'.-]*\w[\w'.-]*", sentence)) for sentence in sentences]


def fits(text: str, limits: tuple[int, int]) -> bool:
    sentences, words = limits
    counts = words_per_sentence(text)
    return 1 <= len(counts) <= sentences and max(counts) <= words


def test_it_is_as_large_as_promised() -> None:
    assert len(APPS) >= 70
    assert len(PURPOSES) >= 25
    assert CATALOGUE.categories.keys() >= UK_SAFER_INTERNET_CENTRE


def test_a_sentence_is_counted_as_a_reader_counts_it() -> None:
    assert words_per_sentence("It is a game. Games can wait.") == [4, 3]
    assert fits("It is a game.", (1, 4))
    assert not fits("It is a game.", (1, 3))
    assert not fits("It is a game. Games can wait.", (1, 9))


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.id)
class TestAnApp:
    def test_it_has_names_and_says_what_it_is(self, app: App) -> None:
        part: AppPart = APP_PARTS[app.id]
        assert part.domains or part.urls
        assert not part.lists
        assert app.label
        assert app.purposes
        assert app.source is not None
        assert app.source.builtin

    def test_its_names_are_given_once(self, app: App) -> None:
        part = APP_PARTS[app.id]
        assert [host for host, count in Counter(part.domains).items() if count > 1] == []

    def test_its_texts_are_short_and_plain(self, app: App) -> None:
        assert fits(app.about, (2, 20)), words_per_sentence(app.about)
        assert fits(app.know, (3, 30)), words_per_sentence(app.know)
        assert NOT_ON_A_PAGE.search(f"{app.label} {app.about}") is None
        assert len(app.label.split()) <= 4


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.id)
class TestACategory:
    def test_its_label_fits_into_a_sentence(self, category: Category) -> None:
        assert 1 <= len(category.label.split()) <= 3

    def test_its_texts_obey_the_limits_of_their_readers(self, category: Category) -> None:
        assert fits(category.about, LIMITS[Reader.ADULT]), words_per_sentence(category.about)
        assert fits(category.risk, (1, 20)), words_per_sentence(category.risk)
        for reader, text in category.readers.items():
            assert fits(text, LIMITS[reader]), (reader, words_per_sentence(text))

    def test_it_uses_no_words_that_blame_or_frighten(self, category: Category) -> None:
        texts = [category.label, category.about, category.risk, *category.readers.values()]
        assert [text for text in texts if NOT_ON_A_PAGE.search(text)] == []

    def test_it_offers_something_else_and_reads_no_list(self, category: Category) -> None:
        part: CategoryPart = CATEGORY_PARTS[category.id]
        assert category.purposes
        assert not part.lists

    def test_what_is_usually_closed_is_told_to_the_youngest_and_in_easy_words(self, category: Category) -> None:
        young = {Reader.EARLY, Reader.PRIMARY, Reader.EASY_READ}
        assert category.id not in USUALLY_CLOSED or young <= category.readers.keys()


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.id)
class TestAPurpose:
    def test_it_has_places_to_choose_from(self, purpose: Purpose) -> None:
        assert 2 <= len(purpose.alternatives) <= 4
        assert len({one.url for one in purpose.alternatives}) == len(purpose.alternatives)

    def test_each_place_says_why_it_is_trusted(self, purpose: Purpose) -> None:
        for one in purpose.alternatives:
            assert fits(one.trusted, (2, 15)), one.trusted
            assert one.url.scheme == "https"
            assert NOT_ON_A_PAGE.search(f"{one.name} {one.trusted}") is None

    def test_no_place_is_of_a_kind_that_schools_usually_close(self, purpose: Purpose) -> None:
        for one in purpose.alternatives:
            found = LOOKUP.membership(one.url.host, one.url)
            assert found.categories & USUALLY_CLOSED == set(), one.name

    def test_somebody_wants_it(self, purpose: Purpose) -> None:
        wanted = [one.purposes for one in APPS] + [one.purposes for one in CATEGORIES]
        assert any(purpose.id in purposes for purposes in wanted)


def test_no_name_belongs_to_two_apps_unless_that_is_stated() -> None:
    apps = {
        host: sorted(one.id for one in found if one.kind == "app")
        for host, found in CATALOGUE.names.items()
        if any(one.kind == "app" for one in found)
    }
    assert {host: ids for host, ids in apps.items() if len(ids) > 1} == {}
    below = {
        (lower, upper)
        for first, second in combinations(apps, 2)
        for lower, upper in ((first, second), (second, first))
        if lower.endswith(f".{upper}") and apps[lower] != apps[upper]
    }
    assert below == LIES_BELOW


@pytest.mark.parametrize("host", SHARED)
def test_no_host_that_many_services_share_is_claimed(host: str) -> None:
    assert LOOKUP.membership(host, None).apps == frozenset()


NEEDY = [app for app in APPS if app.needs]
# Hosts at which strangers publish, or on which any page may be: nothing that an app may open besides itself.
STRANGERS = [
    "www.google.com",
    "sites.google.com",
    "play.google.com",
    "lh3.googleusercontent.com",
    "drive.usercontent.google.com",
    "encrypted-tbn0.gstatic.com",
    "storage.googleapis.com",
    "firestore.googleapis.com",
    "www.youtube.com",
    "rr1.googlevideo.com",
    "www.bing.com",
    "contoso.sharepoint.com",
    "x.blob.core.windows.net",
    "onedrive.live.com",
    "x.cloudfront.net",
    "bucket.s3.amazonaws.com",
    "raw.githubusercontent.com",
    "upload.wikimedia.org",
    "cdnjs.cloudflare.com",
    "codeprojects.org",
    "x.firebaseio.com",
]


def test_there_are_apps_that_say_what_they_need() -> None:
    assert len(NEEDY) >= 10


@pytest.mark.parametrize("app", NEEDY, ids=lambda app: app.id)
def test_what_an_app_needs_is_not_its_own_and_no_place_of_strangers(app: App) -> None:
    assert not set(app.needs.domains) & set(APP_PARTS[app.id].domains)
    assert sorted(set(app.needs.domains)) == sorted(app.needs.domains)
    assert [host for host in app.needs.domains if public_suffixes().has(host)] == []
    assert [host for host in STRANGERS if app.id in LOOKUP.membership(host, None).needed] == []


@pytest.mark.parametrize("app", NEEDY, ids=lambda app: app.id)
def test_where_an_app_says_what_it_needs_its_source_stands_beside_it(app: App) -> None:
    assert app.source is not None
    lines = (builtin_folder().parent / app.source.file).read_text("utf-8").splitlines()[app.source.line :]
    needs = next(line for line in lines if line.startswith("    needs:"))
    assert re.fullmatch(r"    needs:  # https://\S+( \(sign-in\))?", needs)


def test_every_app_with_a_category_makes_its_names_belong_there() -> None:
    assert LOOKUP.membership("www.roblox.com", None).categories == {"games"}
    assert LOOKUP.membership("www.roblox.com", None).apps == {"roblox"}
    because = LOOKUP.membership("www.roblox.com", None).because
    assert {one.source.file for one in because} == {"catalogue/apps/games.yaml"}


def test_pages_about_help_are_of_no_kind_that_is_usually_closed() -> None:
    help_pages = ["childline.org.uk", "samaritans.org", "brook.org.uk", "nhs.uk", "beateatingdisorders.org.uk"]
    assert [host for host in help_pages if LOOKUP.membership(host, None).categories & USUALLY_CLOSED] == []
