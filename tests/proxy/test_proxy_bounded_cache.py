"""A mapping with a bound: what was kept longest ago goes first."""

from saywhy.proxy.bounded_cache import BoundedCache


def test_beyond_the_bound_the_oldest_goes() -> None:
    kept: BoundedCache[str, int] = BoundedCache(2)
    assert [kept.keep(key, number) for number, key in enumerate("abc")] == [0, 1, 2]
    assert dict(kept) == {"b": 1, "c": 2}


def test_keeping_or_using_one_anew_makes_it_the_youngest() -> None:
    kept: BoundedCache[str, int] = BoundedCache(3)
    for key in "abc":
        kept.keep(key, 1)
    kept.keep("a", 2)
    kept.move_to_end("b")
    kept.keep("d", 1)
    assert list(kept) == ["a", "b", "d"]
    assert kept["a"] == 2
