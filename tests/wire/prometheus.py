"""Debian's Prometheus with the project's own configuration, scraping a filter each second."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from tests.wire.filter_process import free_port

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "prometheus"


class Prometheus:
    """Started when it is made."""

    def __init__(self, folder: Path, metrics_port: int) -> None:
        program = shutil.which("prometheus")
        assert program is not None, "prometheus is missing: run deploy/system-packages.sh"
        folder.mkdir()
        config = (FOLDER / "prometheus.yml").read_text("utf-8")
        for told, here in (("127.0.0.1:9090", f"127.0.0.1:{metrics_port}"), (" 15s", " 1s")):
            assert told in config
            config = config.replace(told, here)
        (folder / "prometheus.yml").write_text(config, "utf-8")
        shutil.copy(FOLDER / "saywhy.rules.yml", folder)
        self.url = f"http://127.0.0.1:{free_port()}"
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={self.url.removeprefix('http://')}",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def ready(self) -> bool:
        """Whether it answers, and has scraped twice."""
        assert self._process.poll() is None
        try:
            found = self.query('count_over_time(saywhy_lists{job="saywhy"}[1m])')
        except OSError:
            return False
        return bool(found) and found[0][1] >= 2

    def query(self, expression: str, at: float | None = None) -> list[tuple[dict[str, str], float]]:
        """The labels and values that are found at a moment (Unix seconds)."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        found = self._ask("query", query=expression, **moment)["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def query_range(self, expression: str, since: float, until: float, step: float) -> list[Any]:
        """What is found over time, as Prometheus tells it."""
        told = self._ask("query_range", query=expression, start=f"{since:.3f}", end=f"{until:.3f}", step=f"{step:.3f}")
        found: list[Any] = told["result"]
        return found

    def scraped_at(self) -> float:
        """When the last scrape was (Unix seconds)."""
        ((_, at),) = self.query('timestamp(saywhy_lists{job="saywhy"})')
        return at

    def await_scrape(self) -> float:
        """Wait for one that begins from now on; gives when it was."""
        now = time.time()
        while (at := self.scraped_at()) <= now:
            time.sleep(0.05)
        return at

    def alerts(self) -> dict[str, str]:
        """Each alert's state: inactive, pending or firing."""
        return {rule["name"]: rule["state"] for group in self._ask("rules")["groups"] for rule in group["rules"]}

    def _ask(self, what: str, **parameters: str) -> dict[str, Any]:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                told: dict[str, Any] = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code == HTTPStatus.SERVICE_UNAVAILABLE:  # it has only just begun
                    raise OSError(error.code, "not ready") from None
                raise AssertionError(f"{parameters}: {error.read().decode()}") from None
        return told
