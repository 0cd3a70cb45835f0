"""A school day is the same in every run, and in the proportions that it says."""

from collections import Counter
from itertools import islice

from bench.peers.mix import BLOCKED_HOSTS, KINDS, MEAN_REQUESTS, MOST_REQUESTS, SIZES, hosts, school_day
from bench.peers.origin import hosts_file, sized


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    first, again, other = (list(islice(school_day(seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_kinds_come_in_their_shares_and_popular_hosts_often() -> None:
    day = list(islice(school_day(), 20_000))
    kinds = Counter(visit.kind for visit in day)
    assert sum(KINDS.values()) == 100
    for kind, share in KINDS.items():
        assert abs(kinds[kind] / len(day) - share / 100) < 0.01
    relayed = Counter(visit.host for visit in day if visit.kind == "relayed")
    assert relayed.most_common(1)[0][0] == hosts("relayed")[0]
    assert relayed.most_common(1)[0][1] > 50 * relayed[hosts("relayed")[-1]]


def test_connections_are_kept_for_some_requests_and_a_page_ends_one() -> None:
    day = list(islice(school_day(), 20_000))
    counts = [len(visit.sizes) for visit in day if visit.kind != "blocked"]
    assert abs(sum(counts) / len(counts) - MEAN_REQUESTS) < 0.3
    assert max(counts) <= MOST_REQUESTS
    assert {len(visit.sizes) for visit in day if visit.kind == "blocked"} == {1}
    assert {size for visit in day for size in visit.sizes} == set(SIZES)


def test_every_host_of_the_day_has_an_address_and_every_size_its_bytes() -> None:
    named = {name for line in hosts_file().splitlines() for name in line.split()[1:]}
    assert {host for kind in KINDS for host in hosts(kind)} <= named
    assert len(set(hosts("blocked"))) == BLOCKED_HOSTS
    assert [len(sized(size)) for size in SIZES] == list(SIZES)
