"""What the event loop calls, wrapped: whatever raises there closes the way."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Protocol

logger = logging.getLogger(__name__)


class Breaks(Protocol):
    """Something of which a step may raise."""

    def broke(self) -> None:
        """Refuse what can be refused, end what cannot."""


def closed_on_fault[S: Breaks, **P](step: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Wrap a step so that an exception in it is logged and breaks what it belongs to, and goes no further."""

    @wraps(step)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            step(self, *args, **kwargs)
        except Exception:
            logger.exception("the thin lane raised; the request is refused")
            self.broke()

    return guarded
