"""What can be had of a channel, where one was asked for: its videos' addresses do not say whose they are."""

import re
from dataclasses import dataclass
from typing import Final

from saywhy.decide.engine import Engine
from saywhy.exceptions.request import Refusal
from saywhy.policy.address import AddressError, canonical_url

_YOUTUBE: Final = "youtube"
_CHANNEL: Final = re.compile(r"/(?:@|(?:c|channel|user|playlist)(?:/|\Z))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VideoNote:
    """`channel`: a channel's or a playlist's page was asked for. `restricted`: the service has a restricted mode."""

    label: str
    host: str
    channel: bool
    restricted: bool


def video_note(engine: Engine, refusal: Refusal) -> VideoNote | None:
    """What to say of a refusal at YouTube; None elsewhere."""
    if _YOUTUBE not in engine.membership(refusal.host, None).apps:
        return None
    catalogue = engine.policy.catalogue
    try:
        path = "/" if refusal.url is None else canonical_url(refusal.url).path
    except AddressError:
        path = "/"
    restricted = any(one.obligation == "restricted" for one in catalogue.controls_of(_YOUTUBE))
    return VideoNote(catalogue.apps[_YOUTUBE].label, refusal.host, _CHANNEL.match(path) is not None, restricted)
