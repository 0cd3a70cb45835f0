"""A running filter asked for its figures and its health, at the address of its metrics. Nobody waits longer than some seconds."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Final

from saywhy.observe.filter_figures import FilterFigures
from saywhy.observe.health_told import HealthTold, read_lines, read_ready
from saywhy.observe.scraped import read_scrape
from saywhy.serve.settings import Endpoint

WITHIN: Final = 2.0  # seconds, for all of it
_MOST: Final = 8 * 1024 * 1024  # bytes of an answer


class NoAnswerError(Exception):
    """Nothing of use came; the message says what came instead, as a sentence without its end."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said. None for health that was not told in time."""

    figures: FilterFigures
    health: HealthTold | None


def ask(address: Endpoint, within: float = WITHIN) -> Answers:
    """Ask for both at once. Raises NoAnswerError."""
    asked = _Asked(address, lambda: _figures(address)), _Asked(address, lambda: _health(address))
    deadline = monotonic() + within
    figures, health = (one.wait(deadline - monotonic()) for one in asked)
    if not isinstance(figures, FilterFigures):
        raise NoAnswerError(f"{address} {figures or f'does not answer within {within:g} seconds'}")
    return Answers(figures, health if isinstance(health, HealthTold) else None)


class _Asked:
    """A question that a thread asks, so that whoever answers slowly, or a byte at a time, holds nobody up."""

    def __init__(self, address: Endpoint, question: Callable[[], FilterFigures | HealthTold]) -> None:
        self._question = question
        self._found: FilterFigures | HealthTold | str = ""
        self._thread = threading.Thread(target=self._ask, name=f"asks {address}", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> FilterFigures | HealthTold | str:
        """What was found, or why nothing was; empty where nothing came in time."""
        self._thread.join(max(0.0, seconds))
        return self._found

    def _ask(self) -> None:
        try:
            self._found = self._question()
        except TimeoutError:
            pass
        except OSError as error:
            self._found = f"does not answer ({error.strerror or error})"
        except (HTTPException, ValueError) as error:
            self._found = f"answers with something else ({str(error) or type(error).__name__})"


def _figures(address: Endpoint) -> FilterFigures:
    status, content = _got(address, "/metrics")
    if status != 200:
        raise ValueError(f"status {status}")
    return FilterFigures.of(read_scrape(content.decode("utf-8", "replace")))


def _health(address: Endpoint) -> HealthTold:
    with suppress(ValueError):
        return read_ready(_got(address, "/healthz/ready")[1])
    return read_lines(*_got(address, "/healthz"))


def _got(address: Endpoint, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection(address.reachable_host, address.port, timeout=WITHIN)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST)
    finally:
        connection.close()
