import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from saywhy.observe.expose import MetricsServer, forget_process, metrics_app
from saywhy.observe.metrics import Metrics

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
type InProcess = Callable[[str], subprocess.CompletedProcess[str]]

MADE = """
from datetime import datetime, UTC
from saywhy.observe.metrics import Metrics
metrics = Metrics(groups=["year7"])
at = lambda hour: datetime(2026, 11, 23, hour, tzinfo=UTC)
"""
SCRAPED = """
from saywhy.observe.expose import serve_metrics
import urllib.request
server = serve_metrics("127.0.0.1", 0)
print(urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10).read().decode(), end="")
server.close()
"""
EVERYTHING = (
    MADE
    + """
metrics.decided("block", "rule", "year7")
metrics.lanes.decided("thin", 2e-5)
metrics.requested("https")
metrics.lanes.relayed("thin", "up", 10)
metrics.lanes.relayed("thin", "down", 1000)
metrics.page_rendered("block", "secondary", 0.001)
metrics.fault("hook")
metrics.policy_loaded("a1", at(9))
metrics.policy_failed(at(10))
metrics.exception_requests({"open": 1})
metrics.grants(3)
metrics.overblocked("help", 20, 1)
metrics.connection_opened()
metrics.log_lines_dropped()
"""
)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def served(metrics: Metrics) -> Iterator[tuple[MetricsServer, list[str]]]:
    wrong: list[str] = []
    server = MetricsServer(
        "127.0.0.1", 0, metrics_app(metrics.registry, health=lambda: (not wrong, "; ".join(wrong) or "ok"))
    )
    yield server, wrong
    server.close()


def get(server: MetricsServer, path: str) -> tuple[int, str]:
    url = f"http://{server.host}:{server.port}{path}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_health_is_ok_until_something_is_wrong(served: tuple[MetricsServer, list[str]]) -> None:
    server, wrong = served
    assert get(server, "/healthz") == (200, "ok\n")
    wrong.append("not running: worker")
    assert get(server, "/healthz") == (503, "not running: worker\n")


def test_other_paths_say_what_is_here(served: tuple[MetricsServer, list[str]]) -> None:
    assert get(served[0], "/") == (404, "Here are /metrics, /healthz, /healthz/live and /healthz/ready.\n")


def test_a_probe_is_told_in_json_at_a_path_of_its_own(metrics: Metrics) -> None:
    def probe(query: str) -> tuple[bool, dict[str, object]]:
        if query == "odd":
            raise ValueError("there is no kind odd")
        return query == "well", {"asked": query}

    server = MetricsServer("127.0.0.1", 0, metrics_app(metrics.registry, probes={"/healthz/ready": probe}))
    try:
        assert get(server, "/healthz/ready?well") == (200, '{"asked": "well"}\n')
        assert get(server, "/healthz/ready?ill") == (503, '{"asked": "ill"}\n')
        assert get(server, "/healthz/ready?odd") == (400, "there is no kind odd\n")
        assert get(server, "/healthz") == (200, "ok\n")
    finally:
        server.close()


def test_only_the_policy_loaded_last_is_shown(metrics: Metrics, served: tuple[MetricsServer, list[str]]) -> None:
    assert "saywhy_policy_info" not in get(served[0], "/metrics")[1]
    metrics.policy_loaded("a1", NOW)
    metrics.policy_loaded("b2", NOW + timedelta(minutes=1))
    text = get(served[0], "/metrics")[1]
    found = samples(text)
    assert found["saywhy_policy_info{revision=b2}"] == 1
    assert found["saywhy_policy_loaded_timestamp_seconds"] == (NOW + timedelta(minutes=1)).timestamp()
    assert "a1" not in text


def test_going_back_to_an_earlier_policy_shows_that_one(
    metrics: Metrics, served: tuple[MetricsServer, list[str]]
) -> None:
    for minute, revision in enumerate(["a1", "b2", "a1"]):
        metrics.policy_loaded(revision, NOW + timedelta(minutes=minute))
    assert samples(get(served[0], "/metrics")[1])["saywhy_policy_info{revision=a1}"] == 1


def test_closing_ends_at_once_even_with_somebody_connected() -> None:
    server = MetricsServer("127.0.0.1", 0, metrics_app(CollectorRegistry()))
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=10):
        started = monotonic()
        server.close()
    assert monotonic() - started < 5
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=10)


def test_it_listens_on_ipv6_as_well() -> None:
    try:
        server = MetricsServer("::1", 0, metrics_app(CollectorRegistry()))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        assert ip_address(server.host).version == 6
        with urllib.request.urlopen(f"http://[::1]:{server.port}/healthz", timeout=10) as answer:
            assert answer.status == 200
    finally:
        server.close()


def test_an_address_that_is_taken_is_an_error(served: tuple[MetricsServer, list[str]]) -> None:
    with pytest.raises(OSError, match="in use"):
        MetricsServer("127.0.0.1", served[0].port, metrics_app(CollectorRegistry()))


def test_figures_of_several_processes_become_one(in_process: InProcess) -> None:
    in_process(
        MADE
        + 'metrics.decided("block", "rule", "year7"); metrics.lanes.decided("relay", 1e-5); metrics.policy_loaded("old", at(8))'
    )
    in_process(
        MADE
        + 'metrics.decided("block", "rule", "year7"); metrics.lanes.decided("relay", 1e-5); metrics.policy_loaded("new", at(9))'
    )
    in_process(MADE + 'metrics.grants(5); metrics.exception_requests({"open": 2})')
    in_process(MADE + 'metrics.grants(4); metrics.exception_requests({"open": 1})')
    found = samples(in_process(SCRAPED).stdout)
    assert found["saywhy_decisions_total{effect=block,group=year7,reason=rule}"] == 2
    assert found["saywhy_decision_duration_seconds_count{lane=relay}"] == 2
    assert found["saywhy_grants"] == 4
    assert found["saywhy_exception_requests{state=open}"] == 1
    assert [name for name in found if name.startswith("saywhy_policy_info")] == ["saywhy_policy_info{revision=new}"]
    assert found["saywhy_policy_loaded_timestamp_seconds"] == datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()


def test_one_process_that_could_not_load_the_policy_is_enough_to_say_so(in_process: InProcess) -> None:
    in_process(MADE + 'metrics.policy_failed(at(8)); metrics.policy_loaded("new", at(9))')
    in_process(MADE + "metrics.policy_failed(at(9))")
    in_process(MADE + 'metrics.policy_loaded("new", at(9))')
    found = samples(in_process(SCRAPED).stdout)
    assert found["saywhy_policy_last_reload_successful"] == 0
    assert found["saywhy_policy_reload_failures_total"] == 2


def test_a_process_that_loads_no_policy_does_not_look_like_a_failure(in_process: InProcess) -> None:
    in_process(MADE + 'metrics.policy_loaded("new", at(9))')
    in_process(MADE + "metrics.grants(1)")
    assert samples(in_process(SCRAPED).stdout)["saywhy_policy_last_reload_successful"] == 1


def test_what_a_dead_process_had_open_is_forgotten_and_what_it_counted_stays(in_process: InProcess) -> None:
    died = in_process(
        MADE + 'import os; metrics.connection_opened(); metrics.requested("http"); print(os.getpid())'
    ).stdout.strip()
    in_process(MADE + "metrics.connection_opened()")
    assert samples(in_process(SCRAPED).stdout)["saywhy_connections"] == 2
    forget = f"from saywhy.observe.expose import forget_process\nforget_process({died})\n"
    found = samples(in_process(forget + SCRAPED).stdout)
    assert found["saywhy_connections"] == 1
    assert found["saywhy_requests_total{scheme=http}"] == 1


def test_forgetting_a_process_without_shared_figures_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    forget_process(1)


def test_sharing_empties_the_folder_and_works_after_prometheus_client_was_imported(
    tmp_path: Path, in_process: InProcess
) -> None:
    figures = tmp_path / "state" / "figures"
    in_process(MADE + 'metrics.requested("http")')
    found = samples(
        in_process(
            "import os, prometheus_client\n"
            "del os.environ['PROMETHEUS_MULTIPROC_DIR']\n"
            "from pathlib import Path\n"
            "from saywhy.observe.expose import share_figures\n"
            f"directory = Path({str(figures)!r})\n"
            "directory.mkdir(parents=True)\n"
            "(directory / 'counter_1.db').write_bytes(b'left over')\n"
            "share_figures(directory)\n" + MADE + "metrics.requested('https')\n" + SCRAPED
        ).stdout
    )
    assert found["saywhy_requests_total{scheme=https}"] == 1
    assert found["saywhy_requests_total{scheme=http}"] == 0


def test_promtool_has_nothing_to_say_about_a_real_scrape(in_process: InProcess) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "promtool is missing: run deploy/system-packages.sh"
    in_process(EVERYTHING)
    scraped = in_process(SCRAPED).stdout
    checked = subprocess.run([promtool, "check", "metrics"], input=scraped, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_metric_has_the_prefix_and_a_help_text(in_process: InProcess) -> None:
    in_process(EVERYTHING)
    families = list(text_string_to_metric_families(in_process(SCRAPED).stdout))
    assert len(families) >= 15
    assert all(family.name.startswith("saywhy_") and family.documentation for family in families)


def test_the_module_alone_does_not_need_the_rest_of_the_house() -> None:
    code = (
        "import sys, saywhy.observe.expose\n"
        "print([name for name in sys.modules if name.startswith(('mitmproxy', 'flask', 'sqlalchemy', 'jinja2'))])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert ran.stdout == "[]\n"
