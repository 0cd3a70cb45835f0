"""Which system asks, by what browsers really send."""

import pytest

from saywhy.portal.devices.system import System, system_of

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
)
CHROMEBOOK = (
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 ({}; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.mark.parametrize(
    ("said", "platform", "system"),
    [
        (WINDOWS, "", System.WINDOWS),
        (MAC, "", System.MACOS),
        (IPHONE, "", System.IOS),
        (IPAD, "", System.IOS),
        (ANDROID, "", System.ANDROID),
        (CHROMEBOOK, "", System.CHROMEOS),
        (LINUX, "", System.LINUX),
        (FIREFOX.format("X11; Ubuntu; Linux x86_64"), "", System.FIREFOX),
        (FIREFOX.format("Windows NT 10.0; Win64; x64"), "", System.WINDOWS),
        (FIREFOX.format("Macintosh; Intel Mac OS X 10.15"), "", System.MACOS),
        (FIREFOX.format("Android 14; Mobile"), "", System.ANDROID),
        (LINUX, '"Chrome OS"', System.CHROMEOS),
        (LINUX, '"Android"', System.ANDROID),
        ("", '"macOS"', System.MACOS),
        (WINDOWS, '"Fuchsia"', System.WINDOWS),
        ("curl/8.14.1", "", None),
        ("", "", None),
        ("Mozilla/5.0 (PlayStation 5)", '"Unknown"', None),
    ],
)
def test_the_system_is_known_by_what_its_browser_says(said: str, platform: str, system: System | None) -> None:
    assert system_of(said, platform) is system
