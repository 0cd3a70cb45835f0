"""What a process holds open and which policy it goes by, as whoever scrapes sees it."""

import os

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from saywhy.observe.process_figures import ProcessFigures, open_files
from tests.observe.conftest import InProcess

SCRAPED = """
from saywhy.observe.expose import serve_metrics
import urllib.request
server = serve_metrics("127.0.0.1", 0)
print(urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10).read().decode(), end="")
server.close()
"""
MADE = """
from prometheus_client import CollectorRegistry
from saywhy.observe.process_figures import ProcessFigures
figures = lambda name: ProcessFigures(CollectorRegistry(), name, 1024, 400)
"""


def test_files_that_are_open_are_counted() -> None:
    before = open_files()
    reading, writing = os.pipe()
    assert open_files() == before + 2
    os.close(reading)
    os.close(writing)


def test_limits_stand_beside_what_is_open() -> None:
    registry = CollectorRegistry()
    figures = ProcessFigures(registry, "worker-1", 1_024, 412)
    figures.look("", 1.0)
    of = {"process": "worker-1"}
    assert registry.get_sample_value("saywhy_open_files_limit", of) == 1_024
    assert registry.get_sample_value("saywhy_connections_limit", of) == 412
    assert (registry.get_sample_value("saywhy_open_files", of) or 0) > 0


def test_each_process_is_told_by_the_policy_that_it_took_last(in_process: InProcess) -> None:
    in_process(MADE + "one = figures('worker-1')\none.look('a1', 1.0)\none.look('b2', 2.0)")
    in_process(MADE + "figures('worker-2').look('a1', 1.5)")
    (found,) = (
        family
        for family in text_string_to_metric_families(in_process(SCRAPED).stdout)
        if family.name == "saywhy_process_policy_info"
    )
    assert [(one.labels, one.value) for one in found.samples] == [
        ({"process": "worker-1", "revision": "b2"}, 1),
        ({"process": "worker-2", "revision": "a1"}, 1),
    ]
