"""How a layer asks whether an origin's chain of certificates can be completed, and waits for it."""

from dataclasses import dataclass

from mitmproxy.proxy.commands import StartHook


@dataclass(slots=True)
class Incomplete:
    """A host whose chain lacked something. `completed` is answered: whether to connect once more."""

    host: str
    completed: bool = False


@dataclass
class ChainIncompleteHook(StartHook):
    """Asks whether an origin's chain can be completed."""

    incomplete: Incomplete
