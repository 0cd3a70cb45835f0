"""What has to hold of an app's needs: that they are those of others. These checks read what was written."""

from collections.abc import Iterator

from saywhy.policy.address import suffixes
from saywhy.policy.codes import Code
from saywhy.policy.problem import Problem
from saywhy.policy.reading.written_controls import written_names
from saywhy.policy.reading.yaml12 import Document, Loc
from saywhy.policy.suggest import quoted


def need_problems(document: Document) -> Iterator[Problem]:
    """The problems of the needs of every app in a file."""
    for app in document.node_at("apps").inner:
        loc: Loc = ("apps", app, "needs")
        for place, node in document.node_at(*loc, "apps").inner.items():
            if isinstance(node.value, str) and node.value.strip() == app:
                what = f"{quoted(node.value)} is this app itself"
                yield document.problem((*loc, "apps", place), what, "take it out", code=Code.NEVER_USED)
        needed = written_names(document.node_at(*loc, "domains"))
        own = written_names(document.node_at("apps", app, "domains")) if needed else {}
        for host, index in needed.items():
            above = next((name for name in suffixes(host) if name in own), "")
            if above:
                by = "" if above == host else f", by {above}"
                what = f"{quoted(host)} is the app's own{by}"
                instead = "take it out: it opens and closes with the app"
                yield document.problem((*loc, "domains", index), what, instead, code=Code.NEVER_USED)
