"""What the folders of the UT1 lists (Université Toulouse Capitole) are called here.

The names are those of its `global_usage` and of the links beside them (`porn` is `adult`, `proxy` is `redirector`).
A folder that is not here is new or somebody's own: whoever imports it has to say which category it is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CATEGORY_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ads": "advertising",
        "adult": "pornography",
        "aggressive": "hate",
        "agressif": "hate",
        "ai": "ai-chat",
        "arjel": "gambling",  # bookmakers with a French licence
        "associations_religieuses": "religion",
        "astrology": "astrology",
        "audio-video": "streaming",
        "bank": "banking",
        "bitcoin": "cryptocurrency",
        "blog": "blogs",
        "celebrity": "celebrity",
        "chat": "chat",
        "child": "for-children",
        "cleaning": "updates",
        "cooking": "cooking",
        "cryptojacking": "malware-and-phishing",
        "dangerous_material": "weapons",
        "dating": "dating",
        "ddos": "hacking",
        "dialer": "malware-and-phishing",
        "doh": "encrypted-dns",
        "download": "download",
        "drogue": "drugs",
        "drugs": "drugs",
        "dynamic-dns": "dynamic-dns",
        "educational_games": "learning-games",
        "examen_pix": "exam-conditions",
        "fakenews": "misinformation",
        "filehosting": "file-sharing",
        "financial": "money",
        "forums": "forums",
        "gambling": "gambling",
        "games": "games",
        "hacking": "hacking",
        "jobsearch": "jobsearch",
        "lingerie": "lingerie",
        "liste_blanche": "learning",  # "white list", chosen for French schools
        "liste_bu": "learning",  # "library list"
        "malware": "malware-and-phishing",
        "manga": "manga",
        "marketingware": "advertising",
        "mixed_adult": "adult-themes",
        "mobile-phone": "mobile-extras",
        "phishing": "malware-and-phishing",
        "porn": "pornography",
        "press": "press",
        "proxy": "proxies-and-vpns",
        "publicite": "advertising",
        "radio": "radio",
        "reaffected": "changed-hands",
        "redirector": "proxies-and-vpns",
        "remote-control": "remote-control",
        "residential-proxies": "proxies-and-vpns",
        "sect": "cults",
        "sexual_education": "sexual-education",
        "shopping": "shopping",
        "shortener": "shorteners",
        "social_networks": "social-networks",
        "sports": "sports",
        "stalkerware": "stalkerware",
        "strict_redirector": "proxies-and-vpns",
        "strong_redirector": "proxies-and-vpns",
        "translation": "translation",
        "tricheur": "essay-mills",
        "tricheur_pix": "exam-conditions",
        "update": "updates",
        "violence": "violence",
        "vpn": "proxies-and-vpns",
        "warez": "piracy",
        "webhosting": "web-hosting",
        "webmail": "webmail",
    }
)
