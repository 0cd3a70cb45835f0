"""Why did that just stop? What this device was refused in the last hour, by app, each with its explanation and a way to ask.

Apps show no page. So what happened to them is told here, from the decision log, which is read from its end: nothing is added to the
way of a request. Each is decided anew, for this device and this moment: that is what is told, and what can be asked.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from saywhy.decide.access import Target
from saywhy.decide.decision import Reason
from saywhy.decide.engine import Engine
from saywhy.decide.grants import Grants
from saywhy.decide.signs import SIGNS
from saywhy.decide.use import use_logged
from saywhy.explain.explanation import Explanation, Kind
from saywhy.explain.fault import FaultKind
from saywhy.explain.reference import BadReferenceError, read_code
from saywhy.explain.words import FaultWords, shipped_languages
from saywhy.observe.decision_log import DecisionRecord
from saywhy.observe.lately import Lately
from saywhy.policy.address import AddressError, canonical_host, canonical_url
from saywhy.policy.catalogue import SEALED, WITHHELD
from saywhy.portal.context import PortalContext
from saywhy.portal.here import decided_here, device_here
from saywhy.portal.language import translation

_MOST: Final = 30  # entries of a page
_MOST_HOSTS: Final = 3
_CUT: Final = "…"  # ends a path that the log holds in part
_FAULTS: Final = frozenset(FaultKind)
_AT_THE_SITE: Final = {one.value: one for one in (Reason.ACCOUNT, Reason.OBLIGATION, Reason.PRIVATE_ADDRESS)}


@dataclass(slots=True)
class _Group:
    """What is told together: the newest refusal, how many there were, at which hosts, with which references."""

    newest: DecisionRecord
    times: int = 0
    hosts: dict[str, None] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    def add(self, record: DecisionRecord) -> None:
        self.times += 1
        self.hosts[record.host] = None
        if record.reference is not None:
            self.references.add(record.reference)


@dataclass(frozen=True, slots=True)
class Entry:
    """One app or site. `told` is why it is closed now, or that it is open; `fault` what was wrong, where no rule closed it.

    Of what cares for its reader there is no name, no number and no host.
    """

    name: str
    times: int
    last: datetime
    hosts: tuple[str, ...]
    more_hosts: int
    told: Explanation | None
    fault: FaultWords | None = None
    sought: bool = False  # the reference that was asked for is of this one

    @property
    def caring(self) -> bool:
        """Whether it is a page that cares."""
        return self.told is not None and self.told.kind is Kind.CARE


class Stopped:
    """The page `/stopped`."""

    def __init__(self, context: PortalContext) -> None:
        self._context = context

    def install(self, app: Flask) -> None:
        """Add the page. It is for the device that asks."""
        app.add_url_rule("/stopped", "stopped", self.stopped, methods=["GET"])

    def stopped(self) -> ResponseReturnValue:
        """What was refused here."""
        engine, now = self._context.in_force(), self._context.now()
        lately = self._context.outside.lately(device_here(), now)
        sought = _sought(request.args.get("reference", ""))
        groups, withheld = _grouped(lately.refused)
        entries: list[Entry] = []
        if groups:
            grants = Grants(self._context.store.live_grants(now))
            entries = self._told(engine, grants, groups, sought)
        return render_template(
            "stopped.html",
            entries=entries[:_MOST],
            more=len(entries) - _MOST,
            withheld=withheld,
            lately=lately,
            certificate=certificate_trouble(lately, device_here()),
            sought=sought,
            found=any(one.sought for one in entries),
        )

    def _told(self, engine: Engine, grants: Grants, groups: Iterable[_Group], sought: str) -> list[Entry]:
        faults = shipped_languages().by_code[translation().tag].faults
        entries: list[Entry] = []
        for group in groups:
            record, found = group.newest, sought in group.references
            hosts = tuple(group.hosts)[:_MOST_HOSTS]
            more = len(group.hosts) - len(hosts)
            if record.reason in _FAULTS:
                fault = faults[record.reason]
                entries.append(Entry(record.host, group.times, record.at, (), 0, None, fault))
                continue
            target = target_logged(record)
            if target is None:
                continue
            met = _AT_THE_SITE.get(record.reason)
            rule = engine.rule_by_id.get(record.rule or "")
            told = decided_here(self._context, engine, grants, target, record.reference, met, rule).told
            if told.kind is Kind.CARE:
                if not any(one.caring for one in entries):
                    entries.append(Entry("", 0, record.at, (), 0, told, None, found))
            elif told.rule != SEALED and told.what:
                name = _name(engine, record)
                entries.append(Entry(name, group.times, record.at, hosts, more, told, None, found))
        return sorted(entries, key=lambda one: not one.sought)  # otherwise as they came


def certificate_trouble(lately: Lately, device: str) -> str:
    """What the handshakes of the last day tell of a device: "all" of its programs do not trust the filter, "some", or ""."""
    if any(one.device == device for one in lately.handshakes.distrusting):
        return "all"
    return "some" if lately.handshakes.partly or lately.handshakes.pinned else ""


def target_logged(record: DecisionRecord) -> Target | None:
    """What a line of the log was about, as far as it tells; None for what is no address."""
    use = use_logged(record.method, record.uses, blocked=True)
    signs = SIGNS.intersection(record.categories)
    try:
        host = canonical_host(record.host)
        if not record.path:
            return Target(host, record.port)
        path = "/" if _CUT in record.path else record.path
        url = canonical_url(f"{record.scheme}://{record.host}:{record.port}{path}")
        return Target(url.host, url.port, url, signs=signs, use=use)
    except AddressError:
        return None


def _sought(text: str) -> str:
    try:
        return read_code(text[:40])
    except BadReferenceError:
        return ""


def _grouped(refused: Iterable[DecisionRecord]) -> tuple[list[_Group], int]:
    """What is told together, the newest first, and how many refusals are not named to anybody."""
    groups: OrderedDict[tuple[str, ...], _Group] = OrderedDict()
    withheld = 0
    for record in refused:
        if record.host == WITHHELD:
            withheld += 1
            continue
        if record.reason in _FAULTS:
            key: tuple[str, ...] = ("fault", record.reason, record.host)
        elif record.apps:
            key = ("app", record.apps[0])
        else:
            key = ("host", record.host)
        groups.setdefault(key, _Group(record)).add(record)
    return list(groups.values()), withheld


def _name(engine: Engine, record: DecisionRecord) -> str:
    """The app's name, or the host."""
    if not record.apps:
        return record.host
    app = engine.policy.catalogue.apps.get(record.apps[0])
    return record.apps[0] if app is None else app.label
