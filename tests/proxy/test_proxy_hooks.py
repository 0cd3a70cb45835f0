"""Hooks are answered directly, all of them, and one that raises closes the way."""

import asyncio
from collections.abc import Callable

from mitmproxy.proxy.server_hooks import ClientConnectedHook
from mitmproxy.test.tflow import tclient_conn

from saywhy.proxy.mitm.faults import Faults
from saywhy.proxy.mitm.fixed_options import FIXED_OPTIONS
from saywhy.proxy.mitm.hooks import Hooks


class Counts:
    def __init__(self) -> None:
        self.kinds: list[str] = []

    def fault(self, kind: str) -> None:
        self.kinds.append(kind)


class Answers:
    def __init__(self, name: str, method: Callable[[object], object]) -> None:
        setattr(self, name, method)


def test_every_object_is_asked_even_after_one_that_raised() -> None:
    said: list[str] = []

    def raises(_: object) -> None:
        raise RuntimeError

    async def slow(_: object) -> None:
        said.append("slow")
        await asyncio.sleep(0)

    counts = Counts()
    hooks = Hooks(
        Faults(counts),
        [
            Answers("client_connected", raises),
            Answers("client_connected", slow),
            Answers("client_connected", raises),
            Answers("client_connected", lambda _: said.append("quick")),
            Answers("something_else", lambda _: said.append("never")),
        ],
    )
    client = tclient_conn()

    async def ask() -> None:
        waiting = hooks.call(ClientConnectedHook(client))
        assert waiting is not None
        await waiting

    asyncio.run(ask())
    assert said == ["slow", "quick"]
    assert counts.kinds == ["hook", "hook"]
    assert client.error == "refused after a fault"


def test_a_hook_that_nobody_answers_is_done() -> None:
    assert Hooks(Faults(Counts()), []).call(ClientConnectedHook(tclient_conn())) is None


def test_the_fixed_options_are_the_closed_ones() -> None:
    from saywhy.proxy.mitm.fixed_options import CLOSED_OPTIONS

    for name, value in CLOSED_OPTIONS.items():
        if hasattr(FIXED_OPTIONS, name):
            assert getattr(FIXED_OPTIONS, name) == value
