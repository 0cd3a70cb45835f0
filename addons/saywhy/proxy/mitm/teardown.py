"""Takes the layers of a connection that is over apart, so that their memory is free at once.

Layers, contexts and HTTP/2 connections hold one another in circles, which only the garbage collector would find; it does
not know that two TLS objects hang on each of them, and comes late. Whoever is in no circle goes with its last holder.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from h2.connection import H2Connection
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.http import HttpStream


def take_apart(layer: object) -> None:
    """Empty a layer and all layers, contexts and HTTP/2 connections that it holds. None of them is to be used again."""
    waiting = [layer]
    while waiting:
        one = waiting.pop()
        held = vars(one)
        for value in held.values():
            waiting.extend(_ours(value.values() if isinstance(value, dict) else (value,)))
        held.clear()


def let_go(stream: HttpStream) -> None:
    """Empty a stream that was dropped, and nothing that it shares with others. Not while something of it is awaited."""
    if stream._paused is None:  # noqa: SLF001 — nobody else knows
        stream.context.layers.clear()
        vars(stream).clear()


def is_at_work(layer: Layer) -> bool:
    """Whether one of the layers of a connection to an origin waits for the answer to something that it asked."""
    return any(one._paused is not None for one in _stack(layer))  # noqa: SLF001 — nobody else knows


def let_go_of_stack(layer: Layer) -> None:
    """Empty the layers of one connection to an origin, and nothing that they share with others."""
    for one in list(_stack(layer)):
        held = vars(one)
        if isinstance(held.get("h2_conn"), H2Connection):
            vars(held["h2_conn"]).clear()
        one.context.layers.clear()
        held.clear()


class Streams(dict[int, HttpStream]):
    """The streams of a connection. Those that were dropped are kept until they have come to rest, then let go."""

    def __init__(self) -> None:
        super().__init__()
        self._dropped: list[HttpStream] = []

    def pop(self, stream_id: int, default: object = None) -> Any:
        """Take a stream out."""
        stream = super().pop(stream_id, None)
        if stream is not None:
            self._dropped.append(stream)
        return default if stream is None else stream

    def settle(self) -> None:
        """None of them is at work any more."""
        while self._dropped:
            let_go(self._dropped.pop())


def _stack(layer: Layer) -> Iterator[Layer]:
    one: object = layer
    while isinstance(one, Layer):
        yield one
        one = vars(one).get("child_layer")


def _ours(values: Iterable[object]) -> Iterable[object]:
    return (one for one in values if isinstance(one, Layer | Context | H2Connection))
