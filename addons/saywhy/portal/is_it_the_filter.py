"""Is it the filter? Whether an address is closed to this device, and what else the filter knows of trouble with it.

Nothing is fetched and no name is looked up: the answer is what would be decided, and what the logs have of this very device.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from saywhy.decide.access import target_at
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.explain.fault import FaultKind
from saywhy.explain.hostname import shown_host
from saywhy.explain.words import FaultWords, shipped_languages
from saywhy.observe.handshake_log import OF_CERTIFICATES
from saywhy.observe.lately import Lately
from saywhy.policy.address import AddressError, Url, canonical_url
from saywhy.portal.context import PortalContext
from saywhy.portal.forms import written
from saywhy.portal.here import DecidedHere, decided_here, device_here
from saywhy.portal.language import gettext as _
from saywhy.portal.language import translation
from saywhy.portal.stopped import certificate_trouble
from saywhy.portal.typed_address import NotAnAddress, Words, read_address

_LONGEST: Final = 8000  # characters of an address
_MOST_PARTS: Final = 5
_FAULTS: Final = frozenset(FaultKind)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of an address, for this device.

    `faults` is what was wrong on the way there in the last hour, and how often; `parts` other hosts that its pages asked for and
    that were closed; `ended`: how often a program on the device would not take the filter's certificate for it in the last day;
    `certificate` what is known of that beside this address: "all" or "some" of the device's programs, or "".
    """

    decided: DecidedHere
    link: str
    faults: tuple[tuple[FaultWords, int], ...]
    parts: tuple[str, ...]
    ended: int
    certificate: str
    read: bool  # whether the logs could be read


class IsItTheFilter:
    """The page `/is-it-the-filter`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the page. How often it may be asked is said by `limits`."""
        app.add_url_rule("/is-it-the-filter", "is_it", self.form, methods=["GET"])
        app.add_url_rule("/is-it-the-filter", "look_at", self.look, methods=["POST"])

    def form(self) -> ResponseReturnValue:
        """A field for an address."""
        return render_template("is_it_the_filter.html", found=None, address="", errors={})

    def look(self) -> ResponseReturnValue:
        """The answer for what was typed."""
        typed = written(request.form.get("address", ""))[:_LONGEST]
        engine = self._context.in_force()
        try:
            url = _read(typed, engine)
        except NotAnAddress as fault:
            return render_template(
                "is_it_the_filter.html", found=None, address=typed, errors={"address": f"{fault}"}
            ), 422
        now = self._context.now()
        grants = Grants(self._context.store.live_grants(now))
        device = device_here()
        lately = self._context.outside.lately(device, now)
        found = _found(url, decided_here(self._context, engine, grants, target_at(url)), lately, device)
        return render_template("is_it_the_filter.html", found=found, address=typed, errors={})


def _read(typed: str, engine: Engine) -> Url:
    """The address that somebody typed, or that of the app that they named. Raises NotAnAddress."""
    if not typed:
        raise NotAnAddress(_("Write the address that is not working"))
    read = read_address(typed, engine.policy.catalogue)
    if not isinstance(read, Words):
        return read
    try:
        return canonical_url(f"https://{read.host}/")
    except AddressError:
        told = _("Write an address with a dot in it, like www.example.org, or the name of an app")
        raise NotAnAddress(told) from None


def _found(url: Url, decided: DecidedHere, lately: Lately, device: str) -> Found:
    words = shipped_languages().by_code[translation().tag].faults
    faults = Counter(one.reason for one in lately.refused if one.host == url.host and one.reason in _FAULTS)
    parts = dict.fromkeys(one.host for one in lately.refused if one.page == url.host and one.host != url.host)
    ended = sum(1 for one in lately.ended if one.host == url.host and one.alert in OF_CERTIFICATES)
    return Found(
        decided=decided,
        link=f"{url.without_query}?{url.query}" if url.query else url.without_query,
        faults=tuple((words[name], times) for name, times in faults.most_common()),
        parts=tuple(shown_host(one) for one in parts)[:_MOST_PARTS],
        ended=ended,
        certificate=certificate_trouble(lately, device),
        read=lately.read,
    )
