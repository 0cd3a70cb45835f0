import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from saywhy.proxy.outbound import names as outbound_names
from saywhy.proxy.outbound.names import Names, Resolved, by_turns
from saywhy.proxy.outbound.not_reachable import NotReachableError
from tests.proxy.name_server import NAME_ERROR, REFUSED, SERVER_FAILURE, NameServer, Says

type Run = Callable[[Coroutine[Any, Any, Any]], Any]

PUBLIC = "93.184.216.34"


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.param
    return found


@pytest.fixture
def server() -> Iterator[NameServer]:
    with NameServer({"a.test": Says((PUBLIC,))}) as started:
        yield started


def names(server: NameServer, **settings: Any) -> Names:
    return Names(nameservers=[server.address], **{"first_try": 0.1, **settings})


def look_up(run: Run, server: NameServer, host: str, **settings: Any) -> Resolved:
    async def once() -> Resolved:
        return await names(server, **settings).look_up(host)

    found: Resolved = run(once())
    return found


@pytest.mark.parametrize(
    ("says", "addresses"),
    [
        (Says((PUBLIC,)), {PUBLIC}),
        (Says((PUBLIC, "8.8.8.8")), {PUBLIC, "8.8.8.8"}),
        (Says(("2606:4700::1111",)), {"2606:4700::1111"}),
        (Says((PUBLIC, "2606:4700::1111")), {PUBLIC, "2606:4700::1111"}),
        (Says((PUBLIC, "10.0.0.1")), {PUBLIC, "10.0.0.1"}),  # who checks has to see both
        (Says((PUBLIC,), aliases=("b.test", "c.test")), {PUBLIC}),
        (Says(tuple(f"93.184.0.{last}" for last in range(20))), {f"93.184.0.{last}" for last in range(20)}),
    ],
)
def test_both_families_and_aliases_are_found(run: Run, server: NameServer, says: Says, addresses: set[str]) -> None:
    server.names["a.test"] = says
    found = look_up(run, server, "a.test")
    assert (set(found.addresses), found.failure) == (addresses, None)


@pytest.mark.parametrize(
    ("says", "failure"),
    [
        (Says(code=NAME_ERROR), NotReachableError.NO_SUCH_NAME),
        (Says(), NotReachableError.NO_SUCH_NAME),
        (Says(code=SERVER_FAILURE), NotReachableError.NAME_FAILED),
        (Says(code=REFUSED), NotReachableError.NAME_FAILED),
        (Says(raw=lambda asked: asked[:7]), NotReachableError.NAME_FAILED),  # cut off in its head
        (Says(raw=lambda asked: asked[:2] + b"\x81\x80" + b"\xff" * 60), NotReachableError.NAME_FAILED),
        (Says(raw=lambda asked: asked[:2] + b"\x83\x80" + asked[4:]), NotReachableError.NAME_FAILED),  # nothing on TCP
        (
            Says(raw=lambda asked: b"\0\0" + asked[2:]),
            NotReachableError.NAME_TIMED_OUT,
        ),  # the answer to another question
        (None, NotReachableError.NAME_TIMED_OUT),
    ],
)
def test_what_goes_wrong_is_told_apart(run: Run, server: NameServer, says: Says | None, failure: str) -> None:
    server.names["a.test"] = says
    found = look_up(run, server, "a.test", limit=0.6)
    assert (found.addresses, found.failure) == ((), failure)


def test_an_endless_chain_of_aliases_ends(run: Run, server: NameServer) -> None:
    server.names["a.test"] = Says(aliases=("b.test", "a.test", "b.test", "a.test"))
    assert look_up(run, server, "a.test").failure == NotReachableError.NO_SUCH_NAME


def test_a_name_is_looked_up_as_it_stands_and_never_below_a_search_domain(
    run: Run, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCALDOMAIN", "hillside.test")  # what c-ares takes for the search list
    server.names |= {"intranet.hillside.test": Says((PUBLIC,)), "www.a.test.hillside.test": Says((PUBLIC,))}
    assert look_up(run, server, "intranet").failure == NotReachableError.NO_SUCH_NAME
    assert look_up(run, server, "www.a.test").failure == NotReachableError.NO_SUCH_NAME
    assert set(server.asked) == {"intranet", "www.a.test"}


def test_names_that_never_answer_hold_nobody_up(run: Run, server: NameServer) -> None:
    server.names |= dict.fromkeys((f"hung{number}.test" for number in range(200)), None)

    async def crowded() -> tuple[float, set[str | None]]:
        found = names(server, first_try=0.2)
        loop = asyncio.get_running_loop()
        hung = [asyncio.ensure_future(found.look_up(f"hung{number}.test")) for number in range(200)]
        await asyncio.sleep(0.01)
        began = loop.time()
        assert (await found.look_up("a.test")).addresses == (PUBLIC,)
        took = loop.time() - began
        assert not any(one.done() for one in hung)
        return took, {answer.failure for answer in await asyncio.gather(*hung)}

    took, failures = run(crowded())
    assert took < 0.15
    assert failures == {NotReachableError.NAME_TIMED_OUT}


def test_many_who_ask_for_one_name_ask_once(run: Run, server: NameServer) -> None:
    async def all_at_once() -> None:
        found = names(server)
        answers = await asyncio.gather(*(found.look_up("a.test") for _ in range(50)))
        assert {answer.addresses for answer in answers} == {(PUBLIC,)}

    run(all_at_once())
    assert server.asked["a.test"] == 2  # once for each family


def test_one_who_gives_up_waiting_does_not_end_the_look_up_of_others(run: Run, server: NameServer) -> None:
    server.names["slow.test"] = None

    async def two() -> str | None:
        found = names(server, first_try=1, limit=0.2)
        impatient = asyncio.ensure_future(found.look_up("slow.test"))
        patient = asyncio.ensure_future(found.look_up("slow.test"))
        await asyncio.sleep(0.01)
        impatient.cancel()
        return (await patient).failure

    assert run(two()) == NotReachableError.NAME_TIMED_OUT


def test_a_look_up_has_a_limit_of_its_own(run: Run, server: NameServer) -> None:
    server.names["slow.test"] = None

    async def limited() -> tuple[str | None, float]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await names(server, first_try=5, limit=0.1).look_up("slow.test")
        return answer.failure, loop.time() - began

    failure, took = run(limited())
    assert failure == NotReachableError.NAME_TIMED_OUT
    assert took < 1


def test_too_many_look_ups_at_once_are_refused_and_known_names_are_not(run: Run, server: NameServer) -> None:
    server.names |= dict.fromkeys(("one.test", "two.test"), None)

    async def crowded() -> list[str | None]:
        found = names(server, first_try=1, limit=0.2, most_under_way=2)
        await found.look_up("a.test")
        waiting = [asyncio.ensure_future(found.look_up(host)) for host in ("one.test", "two.test")]
        await asyncio.sleep(0.01)
        told = [(await found.look_up(host)).failure for host in ("three.test", "a.test")]
        joined = asyncio.ensure_future(found.look_up("one.test"))  # joining one under way is no other look-up
        await asyncio.gather(*waiting)
        return [*told, (await joined).failure, (await found.look_up("three.test")).failure]

    assert run(crowded()) == [
        NotReachableError.TOO_MANY_NAMES,
        None,
        NotReachableError.NAME_TIMED_OUT,
        NotReachableError.NO_SUCH_NAME,
    ]


@pytest.mark.parametrize(
    ("says", "seconds"),
    [
        (Says((PUBLIC,), ttl=60), 60),
        (Says((PUBLIC,), ttl=0), 5),
        (Says((PUBLIC,), ttl=86_400), 300),
        (Says((PUBLIC,), ttl=2**31 - 1), 300),
        (Says(code=NAME_ERROR), 2),
        (Says(code=SERVER_FAILURE), 2),
    ],
)
def test_an_answer_is_kept_as_long_as_it_says_within_limits(
    run: Run, server: NameServer, says: Says, seconds: float
) -> None:
    server.names["a.test"] = says
    assert look_up(run, server, "a.test", clock=lambda: 1000.0).until == 1000 + seconds


def test_a_kept_answer_is_asked_for_again_after_its_time(run: Run, server: NameServer) -> None:
    server.names["a.test"] = Says((PUBLIC,), ttl=0)
    now = [0.0]

    async def over_time() -> list[tuple[str, ...]]:
        found = names(server, clock=lambda: now[0])
        seen = [(await found.look_up("a.test")).addresses]
        server.names["a.test"] = Says(("10.0.0.1",), ttl=0)
        for at in (4.9, 5.1):
            now[0] = at
            seen.append((await found.look_up("a.test")).addresses)
        return seen

    assert run(over_time()) == [(PUBLIC,), (PUBLIC,), ("10.0.0.1",)]


def test_the_oldest_answers_go_first_and_not_all_at_once(run: Run, server: NameServer) -> None:
    server.names |= {f"n{number}.test": Says((PUBLIC,), ttl=0) for number in range(4)}

    async def four() -> None:
        found = names(server, most_kept=3)
        for number in range(4):
            await found.look_up(f"n{number}.test")
        server.asked.clear()
        for number in (3, 2, 1):
            await found.look_up(f"n{number}.test")
        assert server.asked.total() == 0
        await found.look_up("n0.test")
        assert server.asked["n0.test"] > 0

    run(four())


def test_what_the_library_keeps_is_forgotten_from_time_to_time(
    run: Run, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound_names, "_LOOK_UPS_BETWEEN_FORGETTING", 1)
    server.names["a.test"] = Says((PUBLIC,), ttl=3600)
    now = [0.0]

    async def until_asked_again() -> None:
        found = names(server, clock=lambda: now[0])
        for _ in range(100):
            assert (await found.look_up("a.test")).addresses == (PUBLIC,)
            now[0] += 301
            if server.asked["a.test"] > 2:
                return
            await asyncio.sleep(0.01)

    run(until_asked_again())
    assert server.asked["a.test"] > 2


def test_an_answer_after_the_end_is_nobodys(run: Run, server: NameServer, capfd: pytest.CaptureFixture[str]) -> None:
    server.names["slow.test"] = None
    found = names(server, first_try=0.05)

    async def begun() -> None:
        asyncio.ensure_future(found.look_up("slow.test")).cancel()
        waiting = asyncio.ensure_future(found.look_up("slow.test"))
        await asyncio.sleep(0.01)
        waiting.cancel()

    run(begun())
    channel = found._resolver._channel if found._resolver is not None else None
    assert channel is not None
    channel.cancel()  # c-ares tells all who wait, from here on
    found.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("given", "tried"),
    [
        ("", ""),
        ("4a 4b", "4a 4b"),
        ("6a 6b 4a 4b", "6a 4a 6b 4b"),
        ("4a 6a 6b 6c", "4a 6a 6b 6c"),
        ("6a 6b 6c 4a", "6a 4a 6b 6c"),
    ],
)
def test_families_take_turns(given: str, tried: str) -> None:
    def addresses(text: str) -> tuple[str, ...]:
        return tuple(one.replace("6", "::") if one[0] == "6" else one for one in text.split())

    assert by_turns(addresses(given)) == addresses(tried)


@given(st.lists(st.ip_addresses().map(str), unique=True).map(tuple))
def test_taking_turns_loses_and_adds_nothing(found: tuple[str, ...]) -> None:
    assert sorted(by_turns(found)) == sorted(found)
    assert by_turns(found)[:1] == found[:1]
