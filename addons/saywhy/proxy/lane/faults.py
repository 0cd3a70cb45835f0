"""What the event loop calls may raise: nothing half-done goes on then."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Protocol

logger = logging.getLogger(__name__)


class Breakable(Protocol):
    """Who has steps that may raise."""

    def broke(self) -> None:
        """One has: refuse the request, or end the connection."""


def closed_on_fault[B: Breakable, **P](step: Callable[Concatenate[B, P], None]) -> Callable[Concatenate[B, P], None]:
    """Wrap a step so that what it raises refuses the request, or ends the connection."""

    @wraps(step)
    def guarded(self: B, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            step(self, *args, **kwargs)
        except Exception:
            logger.exception("the thin lane raised; the request is refused")
            self.broke()

    return guarded
