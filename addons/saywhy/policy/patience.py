"""How long an origin may take to begin its answer, before the person who waits is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

USUAL: Final = 30  # seconds
SHORTEST: Final = 5
LONGEST: Final = 600


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, in general and for some sites (canonical; each covers its subdomains): those of long polls."""

    seconds: int = USUAL
    longer: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        some = [f"{seconds} for {host}" for host, seconds in self.longer.items()]
        return f"{self.seconds} seconds{f' ({", ".join(some)})' if some else ''}"

    @property
    def shortest(self) -> int:
        """The shortest time that any site is given."""
        return min(self.seconds, *self.longer.values()) if self.longer else self.seconds

    def of(self, host: str) -> int:
        """Seconds for a canonical host: those of the nearest name that is given any."""
        name = host
        while name:
            if name in self.longer:
                return self.longer[name]
            name = name.partition(".")[2]
        return self.seconds
