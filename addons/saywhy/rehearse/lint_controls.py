"""Lint of controls that a school wrote: hosts that are no part of the app, where no rule about the app reaches them."""

from collections.abc import Iterator

from saywhy.policy.address import suffixes
from saywhy.policy.codes import Code
from saywhy.policy.pattern import parse_pattern
from saywhy.policy.problem import Problem
from saywhy.policy.reading.written_controls import WrittenControl, written_controls, written_names
from saywhy.policy.reading.yaml12 import Document, Loc, Part
from saywhy.policy.suggest import did_you_mean, quoted
from saywhy.rehearse.findings import Locations, finding


def lint_controls(locations: Locations) -> Iterator[Problem]:
    """The problems of the names in controls, each where it stands."""
    for document in locations.written.documents.values():
        for app in document.node_at("apps").inner:
            for loc, host in _named(document, app):
                if not _is_part(locations, app, host):
                    own = written_names(document.node_at("apps", app, "domains"))
                    what = f"{quoted(host)} is no part of the app {quoted(str(app))}"
                    instead, nearest = "write it under domains of the app as well", did_you_mean(host, own)
                    if nearest.startswith("did"):
                        instead = f"{nearest} If not, {instead}"
                    yield finding(document, loc, Code.CONTROL_ELSEWHERE, what, instead)
            for control in written_controls(document, app):
                yield from _refused_elsewhere(document, control)


def _named(document: Document, app: Part) -> Iterator[tuple[Loc, str]]:
    """The names in the controls of an app, each with its place."""
    for control in written_controls(document, app):
        for key in ("hosts", "domains", "closed"):
            for host, index in written_names(document.node_at(*control.loc, key)).items():
                yield (*control.loc, key, index), host


def _refused_elsewhere(document: Document, control: WrittenControl) -> Iterator[Problem]:
    """Pages of refused accounts at hosts that the control is not for, so that nothing looks for them there."""
    for index, node in document.node_at(*control.loc, "refused_at").inner.items():
        host = parse_pattern(str(node.value)).host
        reached = not control.domains.isdisjoint(suffixes(host)) or any(
            host in suffixes(name) for name in control.names
        )
        if not reached:
            what = f"{quoted(host)} is no host of this control, so nothing looks there for accounts that are refused"
            loc = (*control.loc, "refused_at", index)
            yield finding(document, loc, Code.CONTROL_ELSEWHERE, what, "write it under hosts or domains as well")


def _is_part(locations: Locations, app: Part, host: str) -> bool:
    """Whether a name, or one below it, is of an app."""
    found = locations.engine.membership(host, None)
    if app in found.apps | found.undecided_apps:
        return True
    catalogue = locations.policy.catalogue
    below = [
        *catalogue.names.items(),
        *((name, [one for _, one in every]) for name, every in catalogue.patterns.items()),
    ]
    return any(
        host in suffixes(name) for name, every in below if any((one.kind, one.id) == ("app", app) for one in every)
    )
