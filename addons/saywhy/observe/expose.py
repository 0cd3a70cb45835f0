"""One address to scrape: the figures of all processes merged, and a health check.

The supervisor calls `share_figures` before it starts any child, `serve_metrics` once, and `forget_process` for each
child that has ended. docs/decisions/0001-metrics-from-several-processes.md says why it is done like this.
"""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Metric, make_wsgi_app, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from waitress import create_server
from waitress.server import BaseWSGIServer

from saywhy.observe.channels import share_out
from saywhy.observe.in_force_labels import told_in_force
from saywhy.observe.metrics import POLICY_LOADED
from saywhy.observe.process_figures import PROCESS_POLICY

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

type Health = Callable[[], tuple[bool, str]]  # whether all is well, and lines for people
type Asked = tuple[bool, Mapping[str, object]]  # whether it is so, and all about it, as JSON has it
# By path; each is asked with the query, and raises ValueError for one that it does not take.
type Probes = Mapping[str, Callable[[str], Asked]]

_OK: Final = "200 OK"
_UNAVAILABLE: Final = "503 Service Unavailable"
_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"


def share_figures(directory: Path) -> None:
    """Let this process and all that it starts keep their figures in a folder, emptied of an earlier run's.

    Call it before any Metrics are made. Raises OSError when the folder cannot be made or emptied.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in directory.glob("*.db"):
        left_over.unlink()
    os.environ[_DIRECTORY] = str(directory)
    choose_figures()


def figures_environment() -> Mapping[str, str]:
    """What has to stand in the environment of a process that keeps its figures where this one does."""
    return {_DIRECTORY: os.environ[_DIRECTORY]} if _DIRECTORY in os.environ else {}


def choose_figures() -> None:
    """Let prometheus-client, which chose when it was imported, choose again by the environment where figures are kept."""
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def forget_process(pid: int) -> None:
    """Take what a process that has ended had open out of the figures; what it counted stays."""
    if _DIRECTORY in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _Merged(Collector):
    """All figures, with the one stored series about the policy told as the two that dashboards expect."""

    def __init__(self, source: CollectorRegistry | MultiProcessCollector) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        """The metrics, merged now."""
        for metric in told_in_force(self._source.collect()):
            if metric.name == POLICY_LOADED:
                yield from _policy_in_force(metric)
            elif metric.name == PROCESS_POLICY:
                yield _policy_by_process(metric)
            else:
                yield metric


def _policy_in_force(loads: Metric) -> Iterator[Metric]:
    if not loads.samples:
        return
    newest = max(loads.samples, key=lambda sample: sample.value)
    info = GaugeMetricFamily("saywhy_policy_info", "The policy in force, by its revision.", labels=["revision"])
    info.add_metric([newest.labels["revision"]], 1)
    yield info
    yield GaugeMetricFamily(POLICY_LOADED, loads.documentation, value=newest.value)


def _policy_by_process(loads: Metric) -> Metric:
    newest: dict[str, Sample] = {}
    for one in loads.samples:
        known = newest.get(one.labels["process"])
        if known is None or known.value < one.value:
            newest[one.labels["process"]] = one
    info = GaugeMetricFamily(PROCESS_POLICY, loads.documentation, labels=["process", "revision"])
    for process, one in sorted(newest.items()):
        info.add_metric([process, one.labels["revision"]], 1)
    return info


def _well() -> tuple[bool, str]:
    return True, "ok"


def metrics_app(
    registry: CollectorRegistry | None = None,
    health: Health = _well,
    also: Sequence[Collector] = (),
    probes: Probes | None = None,
) -> "WSGIApplication":
    """A WSGI app: /metrics is the figures of all processes (or of one registry), /healthz is 200, or 503 and why.

    `also` are told beside the figures of processes, `probes` in JSON at paths of their own: 200, or 503 where it is not so.
    """
    figures = CollectorRegistry()
    source = MultiProcessCollector(None) if registry is None else registry  # type: ignore[no-untyped-call]
    figures.register(_Merged(source))
    for one in also:
        figures.register(one)
    scrape = make_wsgi_app(figures)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            answer: Iterable[bytes] = scrape(environ, start_response)
            return answer
        kind, probe = "text/plain; charset=utf-8", (probes or {}).get(environ["PATH_INFO"])
        if probe is not None:
            try:
                holds, told = probe(environ.get("QUERY_STRING", ""))
            except ValueError as error:
                status, text = "400 Bad Request", str(error)
            else:
                kind, text = "application/json", json.dumps(told)
                status = _OK if holds else _UNAVAILABLE
        elif environ["PATH_INFO"] == "/healthz":
            is_well, text = health()
            status = _OK if is_well else _UNAVAILABLE
        else:
            status, text = "404 Not Found", "Here are /metrics, /healthz, /healthz/live and /healthz/ready."
        body = f"{text}\n".encode()
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(status, [*headers, ("Cache-Control", "no-store")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return app


class MetricsServer:
    """The address to scrape, answered by a thread of its own until it is closed."""

    def __init__(self, host: str, port: int, app: "WSGIApplication") -> None:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
        self.host = host
        self.port: int = listening.getsockname()[1]
        server = create_server(
            app,
            sockets=[listening],
            threads=2,
            ident=None,
            clear_untrusted_proxy_headers=True,
            connection_limit=1_000,
            channel_timeout=10,
            cleanup_interval=2,
            asyncore_use_poll=True,
        )
        assert isinstance(server, BaseWSGIServer)  # one socket, one server
        share_out(server)
        self._server = server
        self._thread = threading.Thread(target=server.run, name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering. Comes back within seconds, whoever is still connected."""
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(timeout=5)

    def _close(self) -> None:
        # Runs in the server's own thread, whose loop ends once nothing is left to watch.
        self._server.task_dispatcher.shutdown(timeout=1)
        for watched in list(self._server._map.values()):  # noqa: SLF001 — waitress closes only its listening socket
            watched.close()


def serve_metrics(
    host: str, port: int, health: Health = _well, also: Sequence[Collector] = (), probes: Probes | None = None
) -> MetricsServer:
    """Answer /metrics, /healthz and `probes` at an IP address; port 0 takes a free one (see `.port`). Raises OSError."""
    return MetricsServer(host, port, metrics_app(health=health, also=also, probes=probes))
