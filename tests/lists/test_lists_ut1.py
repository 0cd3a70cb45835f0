import pytest

from addons.lists.ut1 import CATEGORY_OF
from addons.policy.shipped import shipped_catalogue

# The folders of the lists' subset that Saywhy is measured with.
SUBSET = [
    "ai",
    "audio-video",
    "celebrity",
    "chat",
    "dating",
    "doh",
    "download",
    "drugs",
    "dynamic-dns",
    "educational_games",
    "fakenews",
    "filehosting",
    "forums",
    "gambling",
    "games",
    "hacking",
    "jobsearch",
    "manga",
    "press",
    "proxy",
    "radio",
    "remote-control",
    "residential-proxies",
    "sexual_education",
    "shopping",
    "shortener",
    "social_networks",
    "translation",
    "violence",
    "vpn",
    "warez",
    "webmail",
]
# Those that only the whole collection has.
BESIDES = ["adult", "agressif", "drogue", "malware", "mixed_adult", "phishing", "publicite", "redirector", "tricheur"]


@pytest.mark.parametrize("folder", [*SUBSET, *BESIDES])
def test_every_folder_has_its_category(folder: str) -> None:
    assert folder in CATEGORY_OF


def test_every_category_named_exists() -> None:
    assert set(CATEGORY_OF.values()) - shipped_catalogue().categories.keys() == set()


@pytest.mark.parametrize(("link", "folder"), [("porn", "adult"), ("proxy", "redirector"), ("drugs", "drogue")])
def test_a_link_and_what_it_points_to_are_the_same(link: str, folder: str) -> None:
    assert CATEGORY_OF[link] == CATEGORY_OF[folder]


def test_what_helps_is_not_filed_with_what_harms() -> None:
    assert CATEGORY_OF["sexual_education"] not in {CATEGORY_OF["adult"], CATEGORY_OF["mixed_adult"]}
    assert CATEGORY_OF["educational_games"] != CATEGORY_OF["games"]
