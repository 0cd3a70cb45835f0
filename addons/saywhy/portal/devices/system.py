"""Which system a browser runs on, by what it says of itself. A guess: the pages for all systems are a link away."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class System(StrEnum):
    """What has steps of its own: systems, and the one browser that can trust others than its system."""

    WINDOWS = "windows"
    MACOS = "macos"
    IOS = "ios"
    ANDROID = "android"
    CHROMEOS = "chromeos"
    LINUX = "linux"
    FIREFOX = "firefox"


# What people call them. These are names, the same in every language.
NAMES: Final[Mapping[System, str]] = MappingProxyType(
    {
        System.WINDOWS: "Windows",
        System.MACOS: "Mac",
        System.IOS: "iPhone, iPad",
        System.ANDROID: "Android",
        System.CHROMEOS: "Chromebook",
        System.LINUX: "Linux",
        System.FIREFOX: "Firefox",
    }
)
# Sec-CH-UA-Platform (https://wicg.github.io/ua-client-hints/), which Chromium's browsers send inside TLS alone
_PLATFORMS: Final = {
    "windows": System.WINDOWS,
    "macos": System.MACOS,
    "ios": System.IOS,
    "android": System.ANDROID,
    "chrome os": System.CHROMEOS,
    "chromium os": System.CHROMEOS,
    "chromeos": System.CHROMEOS,
    "linux": System.LINUX,
}
# In this order: Android says that it is Linux, and ChromeOS that it has an X server.
_SAID: Final = (
    ("iphone", System.IOS),
    ("ipad", System.IOS),
    ("ipod", System.IOS),
    ("android", System.ANDROID),
    ("cros ", System.CHROMEOS),
    ("windows", System.WINDOWS),
    ("macintosh", System.MACOS),
    ("mac os x", System.MACOS),
    ("linux", System.LINUX),
    ("x11", System.LINUX),
)


def system_of(user_agent: str, platform: str) -> System | None:
    """The system by the values of User-Agent and Sec-CH-UA-Platform as they came; None where neither tells.

    Firefox on Linux is told of itself: nothing that the system trusts counts there. An iPad may say that it is a Mac.
    """
    said = user_agent.lower()
    found = _PLATFORMS.get(platform.strip().strip('"').lower())
    if found is None:
        found = next((system for text, system in _SAID if text in said), None)
    return System.FIREFOX if found is System.LINUX and "firefox/" in said else found
