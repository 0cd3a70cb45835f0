"""What `saywhy run` is told: folders and addresses."""

import json
from dataclasses import asdict, dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from saywhy.serve.database_url import database_in

WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 — compared, not bound
DRAIN_SECONDS = 30.0  # for what had begun, after no more is taken


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reachable_host(self) -> str:
        """Where to knock from this machine: a wildcard address means loopback."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 — compared, not bound

    def overlaps(self, other: "Endpoint") -> bool:
        """Whether one machine cannot listen on both."""
        if self.port != other.port or (":" in self.host) != (":" in other.host):
            return False
        return self.host == other.host or not {self.host, other.host}.isdisjoint(WILDCARDS)


def every_family(endpoint: Endpoint) -> tuple[Endpoint, ...]:
    """The endpoint and, for `[::]`, the same port for IPv4: each family has a socket of its own, so no address is mapped."""
    return (endpoint, Endpoint("0.0.0.0", endpoint.port)) if endpoint.host == "::" else (endpoint,)  # noqa: S104


def parse_endpoint(text: str) -> Endpoint:
    """Read `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`. Raises ValueError with what to write instead."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError(f"{text!r} is no address to listen on; write HOST:PORT, like 127.0.0.1:8080 or [::1]:8080")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        ip_address(host)
    except ValueError:
        raise ValueError(f"{text!r}: the host has to be an IP address of this machine, like 127.0.0.1") from None
    return Endpoint(host, int(port))


def revisions_in(state: Path) -> Path:
    """The folder of accepted policies in a state folder."""
    return state / "policy"


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Paths are absolute, since several processes read them."""

    policies: Path
    state: Path
    listen: tuple[Endpoint, ...]  # the first is the one to name
    portal: Endpoint
    metrics: Endpoint
    upstream_ca: Path | None = None
    hosts: Path | None = None
    policy_settled: float = 0.5  # seconds without a change before the policy's folder is read
    lists: Path | None = None  # the folder of category lists, where it is not in the state folder
    workers: int = 1  # processes of the proxy
    telling: Path | None = None  # the file that says whom to tell, where it is not in the state folder
    portal_names: tuple[str, ...] = ()  # what the portal is called besides, in small letters
    proxy_address: Endpoint | None = None  # how devices reach the proxy, by name or address, where somebody said so

    def as_json(self) -> str:
        """The settings as one line, for a child process's environment."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote."""
        raw = json.loads(text)
        values: dict[str, object] = {}
        for one in fields(cls):
            value = raw[one.name]
            if isinstance(value, list):
                values[one.name] = tuple(Endpoint(**each) if isinstance(each, dict) else each for each in value)
            elif isinstance(value, dict):
                values[one.name] = Endpoint(**value)
            elif isinstance(value, float | int):
                values[one.name] = value
            else:
                values[one.name] = None if value is None else Path(value)
        return cls(**values)  # type: ignore[arg-type]

    # What lies where in the state folder.
    @property
    def database(self) -> str:
        """The store's SQLAlchemy URL. Raises StoreUnavailable."""
        return database_in(self.state)

    @property
    def authority(self) -> Path:
        """The folder of the certificate authority."""
        return self.state / "ca"

    @property
    def all_roots(self) -> Path:
        """The authority's certificate and all that origins are checked by, for programs that take one file of roots."""
        return self.authority / "all-roots.pem"

    @property
    def lists_folder(self) -> Path:
        """The folder of category lists and of their index."""
        return self.state / "lists" if self.lists is None else self.lists

    @property
    def lists_taken(self) -> Path:
        """What remembers that lists were in force."""
        return self.state / "lists-taken"

    @property
    def sealed_copy(self) -> Path:
        """Where sealed lists are kept a second time, apart from the other lists."""
        return self.state / "sealed-copy"

    @property
    def secret(self) -> Path:
        """The file of the key that references and sessions are signed with."""
        return self.state / "secret.key"

    @property
    def limits(self) -> Path:
        """The file in which the portal remembers what was tried and sent."""
        return self.state / "limits.jsonl"

    @property
    def revisions(self) -> Path:
        """The folder of accepted policies."""
        return revisions_in(self.state)

    @property
    def trail_anchor(self) -> Path:
        """What remembers the end of the audit trail."""
        return self.state / "trail.anchor"

    @property
    def decision_log(self) -> Path:
        """The decision log (JSON lines)."""
        return self.state / "decisions.jsonl"

    @property
    def handshake_log(self) -> Path:
        """The log of handshakes that clients ended (JSON lines)."""
        return self.state / "handshakes.jsonl"
